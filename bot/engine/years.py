"""Years whose production calendar is not known: what is planned then is said to be a guess."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from bot.engine.calendars import calendar_of, zone_of
from bot.playbooks.errors import Finding, PlaybookInvalid
from bot.playbooks.load import load
from bot.playbooks.model import Playbook

_AHEAD = timedelta(days=60)
"""So far ahead tasks are planned every day."""


def unknown_year(playbook: Playbook, moment: datetime) -> int | None:
    """The company's year of `moment` when its moved and short days are not known."""
    year = moment.astimezone(zone_of(playbook)).year
    return None if calendar_of(playbook).known_year(year) else year


def unknown_years(playbook: Playbook, now: datetime) -> tuple[int, ...]:
    """The years without data into which tasks fall now or soon, for those who run the bot."""
    found = (unknown_year(playbook, now), unknown_year(playbook, now + _AHEAD))
    return tuple(dict.fromkeys(year for year in found if year is not None))


def year_findings(path: Path, now: datetime) -> list[Finding]:
    """Advice about a playbook file: years without data into which tasks fall soon; none about an invalid one."""
    try:
        playbook = load(path).playbook
    except PlaybookInvalid:
        return []
    return [
        Finding(
            path.name, 0, "calendar", f"holidays of {year} are not known", "update the bot", "advice", "calendar_year"
        )
        for year in unknown_years(playbook, now)
    ]
