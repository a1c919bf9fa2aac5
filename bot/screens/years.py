"""The line about a year whose holidays nobody has told us yet."""

from __future__ import annotations

from datetime import datetime

from bot.engine.years import unknown_year
from bot.locales.ru import screens as ru
from bot.playbooks.model import Playbook


def unknown_year_words(playbook: Playbook, moment: datetime) -> str | None:
    """What is said of a time that falls into such a year; nothing of any other."""
    year = unknown_year(playbook, moment)
    return ru.UNKNOWN_YEAR.format(year=year) if year is not None else None
