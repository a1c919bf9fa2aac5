"""The week as a file for spreadsheets: a row for each day and manager, each day's sum, the week's sum."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from bot.db.people import People
from bot.engine.figures import Figures
from bot.locales.ru import digests as ru
from bot.services.reports import Week
from bot.services.tally import Report

_BOM = "\ufeff"
"""By it spreadsheets know that a file is UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be calculated by a spreadsheet."""


def week_csv(week: Week) -> str:
    """CSV with semicolons, as a spreadsheet with Russian settings opens it by itself."""
    stream = StringIO()
    stream.write(_BOM)
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(ru.CSV_HEAD)
    for day, report in week.days:
        for row in _rows(f"{day:%d.%m.%Y}", report, week.people):
            writer.writerow(row)
    for row in _rows(ru.CSV_WEEK, week.total, week.people):
        writer.writerow(row)
    return stream.getvalue()


def _rows(day: str, report: Report, people: People) -> Iterator[list[str | int]]:
    named = [(people.name_of(user), figures) for user, figures in report.by_manager.items() if not figures.empty]
    for name, figures in sorted(named, key=lambda pair: pair[0]):
        yield [day, safe(name), *_cells(figures, known=report.left_known)]
    yield [day, ru.CSV_ALL, *_cells(report.total, known=report.left_known)]


def safe(text: str) -> str:
    """A person's text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(one: Figures, *, known: bool) -> list[str | int]:
    """What was left in an evening that nobody saw is not `known`."""
    middle = one.median_wait
    return [
        *(one.done, one.late, *((one.left, one.overdue) if known else ("", ""))),
        *(one.arrived, one.night, one.measured, one.in_time),
        f"{middle / 60:.1f}".replace(".", ",") if middle is not None else "",
        *(one.dials, one.reached),
        *(one.kept, one.kept_late, one.broken),
        *(one.meetings_set, one.meetings_held, one.contracts, one.activated),
        *(len(one.far), one.closed_past_us, one.moved_by_hand),
    ]
