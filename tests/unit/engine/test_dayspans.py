"""Days of a leave, as they are typed."""

from __future__ import annotations

from datetime import date

import pytest

from bot.engine.dayspans import read_days

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("с 1 по 14 декабря", "2026-12-01", "2026-12-14"),
        ("С 1 ПО 14 Декабря", "2026-12-01", "2026-12-14"),
        ("с 28 декабря по 10 января", "2026-12-28", "2027-01-10"),
        ("01.12-14.12", "2026-12-01", "2026-12-14"),
        ("1–14 декабря", "2026-12-01", "2026-12-14"),
        ("до 30 ноября", "2026-11-24", "2026-11-30"),
        ("с завтра до 30.11", "2026-11-25", "2026-11-30"),
        ("5 декабря", "2026-12-05", "2026-12-05"),
        ("завтра", "2026-11-25", "2026-11-25"),
    ],
)
def test_days_that_are_understood(text: str, first: str, last: str):
    assert read_days(text, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text", ["", "скоро", "с 14 по 1 декабря", "1 ноября", "с 1 по 35 декабря", "с 1.12 по 1.12.2028"]
)
def test_days_that_are_not(text: str):
    assert read_days(text, TODAY) is None
