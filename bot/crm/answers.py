"""From what the portal answered to an error of ours: one table for whole requests and for commands of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.crm.encode import plain
from bot.crm.errors import CrmAmbiguous, CrmError, CrmForbidden, CrmNotFound, CrmPaced, CrmRejected, CrmUnavailable

TOO_MANY = "QUERY_LIMIT_EXCEEDED"
TOO_LONG = "OPERATION_TIME_LIMIT"
OVERLOAD = "OVERLOAD_LIMIT"
OVERLOAD_PAUSE = timedelta(minutes=15)
"""How long to leave an overloaded account alone; support lifts that block by hand."""

_PACED = {TOO_MANY.casefold(), TOO_LONG.casefold()}
_BROKEN = {"internal_server_error", "error_unexpected_answer"}
_NOT_FOUND = {"not_found", "error_not_found", "owner_not_found"}
_FORBIDDEN = {
    "no_auth_found",
    "invalid_credentials",
    "expired_token",
    "invalid_token",
    "insufficient_scope",
    "wrong_auth_type",
    "user_access_error",
    "allowed_only_intranet_user",
    "portal_deleted",
    "invalid_request",
}


def error_of(
    status: int | None, body: Mapping[str, Any], *, method: str, write: bool, now: datetime, retry_at: datetime
) -> CrmError:
    """The error behind `{"error": …, "error_description": …}`.

    Args:
        status: the HTTP status, None for a command inside a batch.
        body: the portal's answer; its code may be empty, a number or a sentence.
        method: the REST method that was called.
        write: whether it may have changed something in the portal.
        now: the present moment.
        retry_at: when to come back if the portal says "too many".
    """
    code = str(body.get("error", ""))
    description = plain(str(body.get("error_description") or ""))
    known = code.casefold()
    if known in _PACED or status == 429:
        return CrmPaced(retry_at, code, description, method=method)
    if known == OVERLOAD.casefold():
        return CrmUnavailable(code, description, method=method, retry_at=now + OVERLOAD_PAUSE)
    # ACCESS_DENIED means the plan with 403 and one record's rights with 400: only the status tells them apart.
    if known in _FORBIDDEN or status in (401, 403):
        return CrmForbidden(code, description, method=method)
    if known in _BROKEN or (status is not None and status >= 500):
        return lost_answer(code or f"HTTP_{status}", description, method=method, write=write)
    if known in _NOT_FOUND:
        return CrmNotFound(code, description, method=method)
    return CrmRejected(code, description, method=method)


def error_of_page(status: int, *, method: str, write: bool, retry_at: datetime) -> CrmError:
    """The error behind an answer that is not the portal's JSON: a proxy, a balancer or a login page spoke instead."""
    code, description = f"HTTP_{status}", "the answer is not JSON"
    if status == 429:
        return CrmPaced(retry_at, code, description, method=method)
    # The portal itself refuses in JSON, so a foreign 3xx or 4xx page means that the request never got there.
    if 300 <= status < 500:
        return CrmUnavailable(code, description, method=method)
    return lost_answer(code, description, method=method, write=write)


def lost_answer(code: str, description: str, *, method: str, write: bool) -> CrmError:
    """The error of a request that the portal may have executed without our seeing the result."""
    if write:
        return CrmAmbiguous(code, description, method=method)
    return CrmUnavailable(code, description, method=method)
