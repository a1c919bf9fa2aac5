"""What the portal needs of the sandbox around it: faults and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

_JOURNAL_ROWS = 10


class FaultLike(Protocol):
    """What shall go wrong."""

    @property
    def mode(self) -> str: ...


class FaultsLike(Protocol):
    """The switchboard of faults."""

    def check(self, target: str, method: str) -> FaultLike | None: ...

    def touches(self, target: str, method: str) -> bool: ...


class JournalLike(Protocol):
    """Where every received call is written down."""

    def record(
        self, target: str, method: str, params: Mapping[str, object], result: object, at: datetime, caller: str
    ) -> object: ...


@dataclass
class FaultPlan:
    """What the faults say about one request."""

    modes: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)


def brief(body: Mapping[str, object]) -> dict[str, object]:
    """What the journal keeps of a success: long lists shortened, without the time block."""
    return {key: _shorten(value) for key, value in body.items() if key != "time"}


def brief_batch(body: Mapping[str, object]) -> dict[str, object]:
    """Of a batch only its errors; each command has a row of its own."""
    result = body["result"]
    return {"result_error": result["result_error"]} if isinstance(result, dict) else {}


def _shorten(value: object) -> object:
    if isinstance(value, list) and len(value) > _JOURNAL_ROWS:
        return [*value[:_JOURNAL_ROWS], f"… {len(value)} in all"]
    if isinstance(value, dict):
        return {key: _shorten(item) if isinstance(item, list) else item for key, item in value.items()}
    return value
