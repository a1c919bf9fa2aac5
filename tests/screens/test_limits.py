"""What a messenger refuses never leaves the screens: too long texts, half tags, too long callback data."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from bot.playbooks.load import builtin, builtin_names
from bot.screens.press import pack, pack_minute, unpack_minute
from bot.screens.screen import LIMIT, esc, lines, plain

_CASE = 10**9
_TASK = f"{_CASE}-999"
_STEP = 99


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("long", ["<b>Пётр</b> & " * 1000, "😀" * 4000, esc("<&>" * 2000), "ж" * 5000])
def test_a_long_text_is_cut_where_it_stays_readable(long: str) -> None:
    text = lines(["<b>Первая</b>", long, "третья"])
    assert _units(text) <= LIMIT
    assert text.startswith("<b>Первая</b>\n")
    assert text.endswith("…")
    assert text.count("<b>") == text.count("</b>") == 1
    assert not re.search(r"&(?!(amp|lt|gt);)", text), "an entity was cut"
    assert html.unescape(text) != ""


def test_short_parts_stay_as_they_are() -> None:
    assert lines(["<b>раз</b>", None, "", "два & три"]) == "<b>раз</b>\nдва & три"
    assert plain("<b>раз</b> &amp; два") == "раз & два"


@pytest.mark.parametrize("name", builtin_names())
def test_the_longest_callback_data_of_a_playbook_fits(name: str) -> None:
    playbook = builtin(name).playbook
    latest = pack_minute(datetime(2099, 12, 31, 23, 59, tzinfo=UTC))
    for key, question in playbook.questions.items():
        for option in question.options:
            pack("q", _TASK, _STEP, key, option)
        pack("q", _TASK, _STEP, key, f"={2 ** len(question.options) - 1:x}")
        pack("q", _TASK, _STEP, key, _CASE)
        pack("t", _TASK, _STEP, key, f"at.{latest}.p")
        pack("t", _TASK, _STEP, key, "day.2099-12-31")
        pack("c", _TASK, _STEP, "pick", key)
        pack("f", _TASK, key)
    pack("c", _TASK, _STEP, "give", _CASE)
    for pipeline in playbook.pipelines.values():
        for stage in pipeline.stages:
            pack("n", _CASE, _STEP, "stage", stage)
    for key in (*playbook.pipelines, *playbook.sources, *playbook.places):
        pack("n", _CASE, _STEP, "source", key)
    pack("n", _CASE, _STEP, "t", f"at.{latest}.p")


@pytest.mark.parametrize("forged", ["", "²", "١٢", "zzzzzzzz", "-5", "0", "ж", "1_0", "9" * 40])
def test_a_forged_moment_is_none_or_a_moment_of_this_century(forged: str) -> None:
    moment = unpack_minute(forged)
    assert moment is None or 2000 <= moment.year < 2100
