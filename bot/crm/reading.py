"""Reading whole lists: by windows of ids for what changes under the reader, by offset for small dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_dict, as_int, as_list
from bot.crm.errors import CrmError, CrmRejected
from bot.crm.windows import PAGE, Window, cut, left_over

_AT_ONCE = 400
"""Windows asked for in one round: eight requests side by side, under the reserve that people's writes have."""


class Portal(Protocol):
    """What a reader needs of the client."""

    async def fetch(
        self, method: str, params: Mapping[str, Any] | None = None, *, urgent: bool, patience: timedelta
    ) -> Result:
        """One call."""
        ...

    async def batch(
        self, commands: Mapping[str, Command], *, urgent: bool, patience: timedelta
    ) -> Mapping[str, Outcome]:
        """Many calls."""
        ...


async def every(
    client: Portal, method: str, params: Mapping[str, Any], *, urgent: bool, patience: timedelta
) -> AsyncIterator[dict[str, Any]]:
    """Each row of a list once, in no promised order, whatever is added or deleted meanwhile.

    Rows that exist during the whole read are never missed; rows added during it are given if they came in time.

    Raises:
        ValueError: the parameters sort, page or limit ids, which is the reader's business.
        CrmRejected: the method ignores id windows, so that a full read cannot be trusted.
        CrmError: a request failed.
    """
    ask = _Ask(method, params)
    outcomes = await client.batch(
        {"head": ask.command("ASC", {}, 0), "tail": ask.command("DESC", {}, -1)}, urgent=urgent, patience=patience
    )
    head, tail = _result(outcomes["head"]), _result(outcomes["tail"])
    rows = rows_of(head.value)
    for row in rows:
        yield row
    if len(rows) < PAGE:
        return
    after = max(ask.ids(rows))
    last = max([after, *ask.ids(rows_of(tail.value))])
    total = head.total or PAGE * (last - min(ask.ids(rows)) + 1) // (after - min(ask.ids(rows)) + 1)
    queue = cut(after, last, total - PAGE)
    while queue:
        now, queue = queue[:_AT_ONCE], queue[_AT_ONCE:]
        asked = {f"w{window.after}": ask.window(window) for window in now}
        outcomes = await client.batch(asked, urgent=urgent, patience=patience)
        unread: list[Window] = []
        for window in now:
            rows = rows_of(_result(outcomes[f"w{window.after}"]).value)
            ids = ask.ids(rows)
            if not all(window.holds(record_id) for record_id in ids):
                raise CrmRejected("WINDOW", "the list ignores its id filter", method=method)
            for row in rows:
                yield row
            unread += left_over(window, sorted(ids))
        queue = unread + queue


async def by_offset(
    client: Portal, method: str, params: Mapping[str, Any], *, urgent: bool, patience: timedelta
) -> AsyncIterator[dict[str, Any]]:
    """Each row of a list, page after page; only for lists that nobody edits meanwhile.

    Raises:
        CrmError: a request failed.
    """
    start: int | None = 0
    while start is not None:
        result = await client.fetch(method, {**params, "start": start}, urgent=urgent, patience=patience)
        for row in rows_of(result.value):
            yield row
        start = result.next if result.next is not None and result.next > start else None


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The rows of a list answer: bare, or under its only key (`items`, `tasks`, `categories`)."""
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    return [as_dict(row) for row in as_list(value)]


class _Ask:
    """The commands that read one list by windows."""

    def __init__(self, method: str, params: Mapping[str, Any]) -> None:
        self._method = method
        self._key = "id" if method.casefold().startswith("crm.item.") else "ID"
        self._params = {name: value for name, value in params.items() if name != "filter"}
        self._filter = as_dict(params.get("filter"))
        taken = {"order", "start"} & set(params) | {f">{self._key}", f"<={self._key}"} & set(self._filter)
        if taken:
            raise ValueError(f"a full read sets {sorted(taken)} by itself")
        select = params.get("select")
        if select and not {"*", self._key} & set(select):
            self._params["select"] = [self._key, *select]

    def command(self, order: str, limits: Mapping[str, int], start: int) -> Command:
        """One page in id order within limits."""
        where = {**self._filter, **limits}
        params = {**self._params, "order": {self._key: order}, "filter": where, "start": start}
        return Command(self._method, params)

    def window(self, window: Window) -> Command:
        """The first page of a window, uncounted."""
        limits = {f">{self._key}": window.after}
        if window.upto is not None:
            limits[f"<={self._key}"] = window.upto
        return self.command("ASC", limits, -1)

    def ids(self, rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """The rows' ids; a row without one cannot be placed in a window.

        Raises:
            CrmRejected: a row has no id.
        """
        ids = [as_int(row.get(self._key, row.get("id"))) for row in rows]
        if None in ids:
            raise CrmRejected("WINDOW", "the list gives rows without an id", method=self._method)
        return [record_id for record_id in ids if record_id is not None]


def _result(outcome: Outcome) -> Result:
    if isinstance(outcome, CrmError):
        raise outcome
    return outcome
