"""A year without data warns instead of guessing in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.engine.years import unknown_year, unknown_years, year_findings
from bot.playbooks.load import load
from bot.screens.years import unknown_year_words
from tests.builders import moscow, playbook_text, small_playbook


@pytest.mark.parametrize(
    ("now", "years"),
    [
        ("2026-11-22 12:00", ()),
        ("2027-10-30 12:00", ()),
        ("2027-11-05 12:00", (2028,)),  # tasks are planned for January already
        ("2028-05-05 12:00", (2028,)),
        ("2028-12-05 12:00", (2028, 2029)),
    ],
)
def test_years_are_told_before_anything_falls_into_them(now: str, years: tuple[int, ...]) -> None:
    assert unknown_years(small_playbook(), moscow(now)) == years


def test_the_year_is_that_of_the_company() -> None:
    assert unknown_year(small_playbook(), moscow("2027-12-31 23:59")) is None
    assert unknown_year(small_playbook(), moscow("2028-01-01 00:00")) == 2028


def test_a_country_that_moves_days_by_rule_is_always_known() -> None:
    text = {**playbook_text(), "calendar": "DE", "zone": "Europe/Berlin"}
    assert unknown_years(load(json.dumps(text, ensure_ascii=False)).playbook, moscow("2031-05-05 12:00")) == ()


def test_people_read_of_it_only_where_a_time_falls_into_it() -> None:
    assert unknown_year_words(small_playbook(), moscow("2027-06-01 12:00")) is None
    words = unknown_year_words(small_playbook(), moscow("2028-01-10 12:00"))
    assert words == "⚠️ Календарь праздников на 2028 год ещё не введён: день мог стать нерабочим."


def test_the_linter_tells_of_it(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(json.dumps(playbook_text(), ensure_ascii=False), encoding="utf-8")
    assert year_findings(file, moscow("2026-11-22 12:00")) == []
    (finding,) = year_findings(file, moscow("2027-12-01 12:00"))
    assert str(finding) == "own.yaml:0 calendar: holidays of 2028 are not known; update the bot [calendar_year]"
    assert finding.level == "advice"
    file.write_text("playbook: [", encoding="utf-8")
    assert year_findings(file, moscow("2027-12-01 12:00")) == []
