"""When people work who do not keep the company's hours. Shape only."""

from __future__ import annotations

from pydantic import Field

from bot.playbooks.values import Day, Hours, Part, Words


class Shift(Part):
    """Hours that an admin can give to a person: the same every week, or days on and days off in turn."""

    title: Words = Field(max_length=30)
    """The words on the button."""
    hours: dict[str, Hours] = Field(default_factory=dict)
    """The same every week: `{mon-fri: 12:00-21:00}`."""
    window: Hours | None = None
    """A rotation instead: the hours of its working days."""
    days: int | None = Field(default=None, ge=1, le=31)
    """A rotation: working days in a row."""
    off: int | None = Field(default=None, ge=1, le=31)
    """A rotation: days off in a row after them."""
    since: Day | None = None
    """A rotation: the date of a first working day."""
    calendar: bool = True
    """False: it works on public holidays, and as long as ever on the days before them."""
