"""The simulation as people read it: a dozen lines, and a picture for a phone."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.engine.floor.figures import Figures, figures
from bot.engine.floor.parameters import Parameters
from bot.engine.floor.tally import Tally
from bot.engine.simulate import Comparison
from bot.locales.ru import simulation as ru
from bot.pictures.canvas import Area, Canvas, Series
from bot.pictures.simulation import chart
from bot.screens.simulation import report

NOTHING = figures("empty", "Пустой", Parameters(), Tally())
NOW = replace(
    NOTHING,
    title="Нынешний",
    managers=4,
    leads=1000,
    contact_rate=0.6272,
    lost_share=0.3728,
    qualified_share=0.181,
    dials_per_manager_day=52.4,
    dials_per_lead=4.1,
    load=0.6,
    first_in_time=0.7719,
    overdue_share=0.18,
    overdue_days=0.62,
    median_wait=7,
    long_wait=129,
    peak_hour=9,
    by_hour={9: 7.9, 10: 6.7, 11: 5.0},
    by_dial=(0.25, 0.39, 0.5, 0.56, 0.59, 0.61, 0.6272),
)
THEN = replace(
    NOW,
    title="Новый",
    contact_rate=0.5831,
    first_in_time=0.7712,
    dials_per_manager_day=41.4,
    by_dial=(0.25, 0.39, 0.49, 0.5831),
    by_hour={9: 7.0, 10: 5.0, 11: 4.0},
)


def comparison(proposed: Figures | None = THEN, current: Figures = NOW) -> Comparison:
    return Comparison(Parameters(), 1, current, proposed)


def test_two_playbooks_are_compared_line_by_line() -> None:
    rows = report(comparison()).splitlines()
    assert rows[0] == "Моделирование: 1\u00a0000 лидов за 30 дней, 4 менеджера, зерно 1"
    assert "Сейчас: Нынешний" in rows
    assert "Предлагается: Новый" in rows
    assert "Дозвонились: 62,7 % → 58,3 % (−4,4 п. п.)" in rows
    assert "Потеряно, не дозвонились: 37,3 %, без перемен" in rows
    assert "Звонков менеджера в день: 52,4 → 41,4 (−21 %)" in rows
    assert "Ждут первого звонка, рабочее время: половина до 7 мин, девять из десяти до 2 ч 9 мин" in rows
    assert "Самый плотный час: 09:00–10:00, звонков на менеджера 7,9" in rows
    assert "    станет: 09:00–10:00, звонков на менеджера 7,0" in rows
    assert rows[-1] == ru.MODEL
    assert len(rows) < 25


def test_differences_are_those_of_the_figures_shown() -> None:
    assert "Первый звонок в срок: 77,2 % → 77,1 % (−0,1 п. п.)" in report(comparison())


def test_one_playbook_stands_alone() -> None:
    text = report(comparison(None))
    assert "Регламент: Нынешний" in text
    assert "→" not in text
    assert "станет" not in text


def test_a_new_version_of_the_same_playbook_is_told_apart() -> None:
    assert "Предлагается: Нынешний (новая версия)" in report(comparison(replace(THEN, title="Нынешний")))


def test_too_few_people_are_said_plainly() -> None:
    text = report(comparison(replace(THEN, unfinished=21)))
    assert "⚠ С новым регламентом людей мало: 21 лид так и ждут звонка." in text
    assert "⚠ Людей мало: 2 лида" in report(comparison(None, replace(NOW, unfinished=2)))


def test_nothing_at_all_can_be_told_and_drawn() -> None:
    assert "Дозвонились: 0,0 %" in report(comparison(None, NOTHING))
    assert Image.open(BytesIO(chart(comparison(None, NOTHING)))).size == (1080, 1350)


@pytest.mark.parametrize("proposed", [THEN, None], ids=["two", "one"])
def test_the_picture_has_its_own_ground_and_both_colours(proposed: Figures | None) -> None:
    picture = Image.open(BytesIO(chart(comparison(proposed))))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (1080, 1350))
    colours = {colour for _, colour in picture.getcolors(1 << 20) or ()}
    assert (0x8F, 0xB8, 0xDE) in colours
    assert ((0xFF, 0xB4, 0x54) in colours) == (proposed is not None)
    assert picture.getpixel((0, 0)) == (0x1C, 0x27, 0x33)


def test_the_same_figures_draw_the_same_picture() -> None:
    assert chart(comparison()) == chart(comparison())


def test_higher_values_make_higher_bars() -> None:
    canvas = Canvas(200, 200)
    canvas.bars(Area(50, 20, 190, 160), ["9", "10"], [Series("#ff0000", (1.0, 2.0))])
    picture = Image.open(BytesIO(canvas.png())).convert("RGB")
    heights = [sum(picture.getpixel((x, y)) == (255, 0, 0) for y in range(200)) for x in (85, 155)]
    assert heights[1] == pytest.approx(2 * heights[0], abs=3)
    assert heights[0] > 50


def test_the_letters_are_there() -> None:
    from bot.pictures.canvas import _font

    missing = _font(36).getmask("\uffff")
    words = (ru.CHART_TITLE, ru.CHART_HOURS, ru.CHART_DIALS, ru.CHART_FOOT, ru.CHART_PROPOSED, "ёЁ0123456789,.%")
    for letter in set("".join(words)) - {" "}:
        assert bytes(_font(36).getmask(letter)) != bytes(missing), letter
