"""Digests are short texts over plain figures, and a picture that reads in any theme."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.engine.figures import Far, Figures, Share
from bot.pictures.load import load_chart
from bot.screens.digests import (
    CAPTION,
    DigestView,
    Marks,
    MorningView,
    WeekView,
    evening,
    load_data,
    morning,
    week,
)
from bot.screens.screen import plain, units

DAY, NEXT = date(2026, 11, 3), date(2026, 11, 5)
PAST_US = "закрыто в CRM без анкеты 2 (без результата 1), стадии руками 1"
MOSCOW = ZoneInfo("Europe/Moscow")


def full() -> Figures:
    far = [Far(7, "Пётр П.", datetime(2026, 11, 20, tzinfo=UTC), reason) for reason in ("Вахта", "Вахта", "<b>")]
    return Figures(
        done=96,
        late=3,
        left=4,
        overdue=1,
        arrived=20,
        night=2,
        within=900,
        measured=18,
        in_time=17,
        waits=[60, 360, 900],
        dials=120,
        reached=41,
        meetings_set=8,
        meetings_held=4,
        meetings_due=6,
        contracts=2,
        activated=1,
        kept=13,
        broken=1,
        closed_past_us=2,
        untold=1,
        moved_by_hand=1,
        marks=Counter(no_report=2, odd=1, unqualified=9),
        far=far,
    )


def view(total: Figures, **more) -> DigestView:
    marks = Marks({"no_report": "без отчёта", "unqualified": "некачественные"}, {"no_report": "unqualified"})
    return DigestView("Отдел <продаж>", DAY, total, [], marks, NEXT, 5, MOSCOW, **more)


def test_the_evening_says_what_was_reached_first_and_what_needs_a_look_last() -> None:
    assert plain(evening(view(full())).text).split("\n") == [
        "Отдел <продаж> · итог: вт 03.11",
        "Записаны 8, пришли 4 из 6 · договоры 2, оплаты 1",
        "Первый звонок ≤ 15 мин: 94 % (17 из 18), обычно 6 мин, с ночи 2",
        "Обещания вовремя 13 из 14 (поздно 0, сорваны 1)",
        "Задач закрыто 96 (с опозданием 3), осталось 4, из них просрочено 1",
        "Звонков 120, на связи 34 % (41 из 120)",
        f"Посмотрите: odd 1, некачественные 9 (без отчёта 2), далёкие сроки 3 (Вахта 2, <b> 1), {PAST_US}",
        "На чт 05.11 встреч 5",
    ]


def test_reasons_for_which_there_is_no_room_stand_together() -> None:
    far = [Far(7, "Пётр П.", datetime(2026, 11, 20, tzinfo=UTC), reason) for reason in "аббвввгд"]
    assert "далёкие сроки 8 (в 3, б 2, а 1, прочее 2)" in plain(evening(view(Figures(far=far))).text)


def test_a_day_that_goes_on_and_one_without_anything() -> None:
    text = plain(evening(view(Figures(), at=datetime(2026, 11, 3, 9, tzinfo=UTC))).text)
    assert text == "Отдел <продаж> · сегодня к 12:00\nДел и новых лидов не было.\nНа чт 05.11 встреч 5"


def test_of_a_day_before_nobody_knows_what_was_left() -> None:
    text = plain(evening(view(Figures(done=5), left_known=False)).text)
    assert "Задач закрыто 5\n" in text
    assert "осталось" not in text


def test_the_morning_says_what_is_due() -> None:
    people = [("Анна К.", 3, 1), ("Олег", 0, 0)]
    found = morning(MorningView("Отдел", DAY, 64, 11, 2, 6, 2, 14, 3, 4, 9, people))
    assert plain(found.text).split("\n") == [
        "Отдел · вт 03.11, открываемся",
        "Дел 64, новых за ночь 11, просрочено 2",
        "Встреч 6, не подтверждены 2 · обещаний 14 · без оплаты 3 (старший 4 дня) · не поместятся 9",
        "Анна К. 3",
    ]
    calm = plain(morning(MorningView("Отдел", DAY, 3, 0, 0, 1, 0, 0, 1, 0, 0, people)).text)
    assert calm.split("\n")[2] == "Встреч 1 · без оплаты 1"


def test_a_part_of_a_mark_whose_whole_is_not_there_stands_alone() -> None:
    text = plain(evening(view(Figures(done=1, marks=Counter(no_report=2)))).text)
    assert "Посмотрите: без отчёта 2" in text


def test_no_caption_is_longer_than_a_picture_may_carry() -> None:
    total = full()
    total.marks = Counter({f"отметка «{number}» 🔴": number for number in range(60)})
    for screen in (evening(view(total)), week(WeekView("Отдел", DAY, NEXT, total, [], Marks({})))):
        assert units(plain(screen.text)) <= CAPTION
        assert screen.text.count("<b>") == screen.text.count("</b>") == 1
    crowd = [(f"Очень Длинное-Имя {number}", 5, 0) for number in range(90)]
    assert units(plain(morning(MorningView("Отдел", DAY, 9, 0, 0, 0, 0, 0, 0, 0, 0, crowd)).text)) <= CAPTION


@pytest.mark.parametrize("count", [0, 1, 12, 30])
def test_the_picture_is_as_wide_as_a_phone_shows_and_has_its_own_ground(count: int) -> None:
    rows = [(f"Менеджер с длинной фамилией {number}", number, 3, number % 4) for number in range(count)]
    picture = Image.open(BytesIO(load_chart(load_data("Задачи за вт 03.11", rows))))
    assert picture.width == 1080
    assert 400 < picture.height <= 1500
    assert picture.mode == "RGB"


def test_a_few_beside_very_many_are_drawn_and_nothing_says_so() -> None:
    """One of a thousand was thinner than a line, and no picture came; an empty one looked like a broken one."""
    few = load_chart(load_data("", [("Иван С.", 2000, 0, 0), ("Анна К.", 0, 1, 0)]))
    row = [Image.open(BytesIO(few)).convert("RGB").getpixel((42, 220 + place * 97 + 62)) for place in (0, 1)]
    assert row == [(0x8F, 0xB8, 0xDE), (0x7B, 0xC4, 0x7F)]  # Анна has one left, Иван has done two thousand
    empty, idle = (load_chart(load_data("", rows)) for rows in ([], [("Иван С.", 0, 0, 0)]))
    for picture in (empty, idle):
        ink = Image.open(BytesIO(picture)).convert("L").crop((40, 230, 400, 320))
        assert len(set(ink.tobytes())) > 2  # words on the ground


def test_who_has_most_overdue_stands_first() -> None:
    data = load_data("", [("а", 9, 0, 0), ("б", 0, 1, 2), ("в", 0, 9, 0)])
    assert [row[0] for row in data["rows"]] == ["б", "в", "а"]
    assert data["foot"] == "Всего: 9 закрыто, 10 ждут срока, 2 просрочено"


@pytest.mark.parametrize(
    ("part", "whole", "interval"), [(0, 0, (0, 100)), (3, 7, (15, 75)), (50, 100, (40, 60)), (0, 30, (0, 12))]
)
def test_shares_come_with_honest_intervals(part: int, whole: int, interval: tuple[int, int]) -> None:
    share = Share(part, whole)
    assert share.interval() == interval
    assert share.enough == (whole >= 30)
