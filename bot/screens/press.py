"""Callback data: what a button says when it is pressed. Short, without state, checked against SQL on each press.

    q|<task>|<step>|<question>|<option>   answer by an option
    t|<task>|<step>|<question>|<choice>   a moment (`at.<minutes>.<how>[.<day>]`) or a view (`cal.2026-11`)
    m|<task>|<step>|<question>|<boxes>    a box of a question with several answers
    c|<task>|<step>|<verb>[|<argument>]   the card's own buttons: call, back, cancel, ok, undo, hand, help, …
    n|<newcomer>|<version>|<verb>[|<argument>]  the form of a new client; `n|new` opens it
    s|<verb>[|<argument>…]                a screen of the person (today, next, …)
    a|<verb>[|<argument>…]                an absence: said of oneself or of others, and what becomes of the tasks
    d|<verb>                              what does not fit into the day, under the morning's digest
    e|<verb>|<task>[|<CRM user>]          a supervisor about a task that waits
    w|<verb>|<person>[|<argument>…]       shifts and duties of people
    g|bind|<team>                         of which team's tasks this group is to hear; 0: of the whole floor
    b|<verb>|<team>[|<what>[|<value>]]    a department: who leads it, when it works, which group hears of it; `set` has
                                          a mark of what it replaces after the value
    p|<verb>[|<argument>…]                the playbook on an admin's phone; `p|ok|<draft>|all` publishes
    o|<task>                              a new client who is offered is taken
    r|<verb>|<case>[|<argument>…]         a supervisor corrects a result of a case, or opens it again
    v|<view>|<page>                       a supervisor's view; `v|case|<case>|<page>` opens a client
    x|<verb>[|<argument>…]                an admin's or a supervisor's screen

`step` counts the answers given so far on this task, so that a repeated or stale press is told from a fresh one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 15
"""Digits; more do not fit the columns of the database."""


@dataclass(frozen=True, slots=True)
class Press:
    """A decoded press; `args` is what follows the kind."""

    kind: str
    args: tuple[str, ...]

    def arg(self, index: int) -> str:
        """The argument at this place, empty when the data is shorter (forged or of an older release)."""
        return self.args[index] if index < len(self.args) else ""


def pack(kind: str, *args: object) -> str:
    """The data of a button; at most 64 bytes, which the playbook's checks of id lengths guarantee."""
    data = "|".join((kind, *(str(arg) for arg in args)))
    if len(data.encode()) > 64:
        raise ValueError(f"callback data of {len(data.encode())} bytes: {data}")
    return data


def unpack(data: str) -> Press:
    """Any text is accepted: data can be forged, and old buttons stay pressable for weeks."""
    kind, *args = data.split("|")
    return Press(kind, tuple(args))


def day_mark(now: datetime, zone: ZoneInfo) -> str:
    """The day of which a button says «сегодня» or «завтра»."""
    return f"{now.astimezone(zone):%m%d}"


def pack_minute(moment: datetime) -> str:
    """A whole minute as short text."""
    minutes = int(moment.timestamp()) // 60
    text = ""
    while minutes:
        minutes, digit = divmod(minutes, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def unpack_minute(text: str) -> datetime | None:
    """The minute that `pack_minute` wrote; None for anything else, and for what lies outside this century."""
    try:
        moment = datetime.fromtimestamp(int(text, 36) * 60, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if in_this_century(moment.date()) else None


def in_this_century(day: date) -> bool:
    """Days near the ends of the calendar cannot be shifted by a zone or a month."""
    return 2000 <= day.year < 2100


def read_number(text: str) -> int | None:
    """A row's or a person's number; None for anything that no button of ours carries."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
