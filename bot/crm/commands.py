"""What is asked of the portal and what it gave back, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.crm.errors import CrmError


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a batch.

    Args:
        method: the REST method.
        params: its parameters; a text `$result[key][…]` refers to an earlier command of the same request.
        write: whether it changes the portal, so that a lost answer is ambiguous.
    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    write: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a method returned.

    Args:
        value: the method's result.
        total: for lists, how many rows there are; 0 when the count was switched off.
        next: for lists, where the next page starts; None on the last one.
    """

    value: Any
    total: int | None = None
    next: int | None = None


Outcome = Result | CrmError
"""How one command of a batch ended."""
