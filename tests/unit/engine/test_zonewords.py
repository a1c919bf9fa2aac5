"""Zones by the words that people type, and by the words on the buttons, on both sides of the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.engine.zonewords import HOME, PLACES, read_zone, say_zone
from bot.locales.ru import places as ru

MOSCOW = ZoneInfo("Europe/Moscow")
WINTER, SUMMER = datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC)
BEFORE, AFTER = datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Берлин", "Europe/Berlin"),
        (" германия. ", "Europe/Berlin"),
        ("в Алма-Ата", "Asia/Almaty"),
        ("алма ата", "Asia/Almaty"),
        ("Кишинев", "Europe/Chisinau"),
        ("ТЕЛЬ-АВИВ!", "Asia/Jerusalem"),
        ("питер", "Europe/Moscow"),
        ("+5", "Asia/Irkutsk"),
        ("+ 7", "Asia/Vladivostok"),
        ("-1", "Europe/Kaliningrad"),
        ("\u22121", "Europe/Kaliningrad"),
        ("мск+2", "Asia/Yekaterinburg"),
        ("Москва +2", "Asia/Yekaterinburg"),
        ("UTC+3", "Europe/Moscow"),
        ("gmt+5", "Asia/Yekaterinburg"),
        ("utc-8", "Etc/GMT+8"),
        ("UTC+5:30", "Asia/Kolkata"),
        ("UTC+14", "Etc/GMT-14"),
    ],
)
def test_words_name_a_zone(text: str, zone: str) -> None:
    assert read_zone(text, MOSCOW, WINTER) == zone
    assert ZoneInfo(zone).key == zone


@pytest.mark.parametrize("text", ["", "+", "5", "Марс", "UTC+15", "+40", "UTC+5:20", "завтра в 14", "😀", "a" * 5000])
def test_other_words_name_none(text: str) -> None:
    assert read_zone(text, MOSCOW, WINTER) is None


def test_every_place_is_a_zone_and_is_read_back_by_its_own_name() -> None:
    for zone, title, names in (*ru.HOME, *ru.ABROAD, *ru.OTHERS):
        assert ZoneInfo(zone).key == zone
        assert {read_zone(name, MOSCOW, WINTER) for name in (title, *names)} == {zone}
    assert {zone for zone, _ in PLACES[:HOME]} == {zone for zone, *_ in ru.HOME}


def test_what_a_button_says_is_how_far_it_is_now() -> None:
    assert say_zone("Asia/Vladivostok", MOSCOW, WINTER) == "Владивосток +7"
    assert say_zone("Europe/Moscow", MOSCOW, WINTER) == "Москва"
    assert say_zone("Europe/Berlin", MOSCOW, WINTER) == "Берлин −2"
    assert say_zone("Europe/Berlin", MOSCOW, SUMMER) == "Берлин −1"
    assert [say_zone("Europe/Berlin", MOSCOW, at) for at in (BEFORE, AFTER)] == ["Берлин −2", "Берлин −1"]
    assert say_zone("Asia/Kolkata", MOSCOW, WINTER) == "Дели +2:30"
    assert say_zone("Etc/GMT+8", MOSCOW, WINTER) == "UTC−8"
    assert say_zone("Asia/Colombo", MOSCOW, WINTER) == "Asia/Colombo"
