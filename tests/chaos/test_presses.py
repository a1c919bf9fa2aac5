"""Presses that should not be: two at once, yesterday's, forged ones, a stranger's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.oracle import check_phones, check_portal
from tests.chaos.story import WAYS, arrive, find_card
from tests.scenarios.floor import Floor

pytestmark = pytest.mark.chaos
START = "2026-11-02T10:00"
FORGED = (
    "q|1-1|0|reached|no_answer",
    "q|999999999999999999999999|0|reached|no_answer",
    "q|{task}|0|reached|qualified",
    "q|{task}|0|no_such_question|no_answer",
    "q|{task}|7|reached|no_answer",
    "t|{task}|0|reached|at.zzzzzzzzzzzz.p",
    "m|{task}|0|reached|-1",
    "c|{task}|0|ok",
    "c|{task}|0|give|5",
    "c|{task}|0|give|'; DROP TABLE cases; --",
    "s|",
    "x|take|1",
    "x|give|1|2",
    "x|advise|1|1",
    "c",
    "|||||",
    "q|{task}",
    "\u0000",
    "z" * 64,
)
"""Button data that no button of the bot has ever had for this press."""


async def _data(floor: Floor, who: str, message: int, label: str) -> str:
    card = next(one for one in await floor.messages(who) if one["message_id"] == message)
    return str(next(one["data"] for row in card["buttons"] for one in row if one["text"] == label))


async def _press(floor: Floor, who: str, message: int, data: str, *, by: str | None = None) -> str:
    """Press by data; returns the toast, empty for none."""
    path = f"/sandbox/chats/{await floor.chat(who)}/messages/{message}/press"
    answer = await floor.post(path, {"user_id": floor.people[by or who]["id"], "data": data})
    return str((answer["answer"] or {}).get("text") or "")


async def test_one_button_pressed_five_times_at_once(tmp_path: Path) -> None:
    """A nervous thumb: one miss is recorded, the other presses are told that it is."""
    async with Floor(tmp_path, START) as floor:
        told = await arrive(floor, 0, WAYS[0])
        assert await find_card(floor, told.who, [told])
        data = await _data(floor, told.who, told.card, "Не дозвонился")
        toasts = await asyncio.gather(*(_press(floor, told.who, told.card, data) for _ in range(5)))
        assert sorted(map(bool, toasts)) == [False, True, True, True, True], toasts
        await floor.advance("PT1M")
        await check_portal(floor, [told])
        await check_phones(floor, [told])


async def test_a_colleague_presses_the_same_card(tmp_path: Path) -> None:
    """Data of another's card, sent from one's own phone: one honest line, and the owner's press counts."""
    async with Floor(tmp_path, START) as floor:
        told, other = await arrive(floor, 0, WAYS[0]), await arrive(floor, 1, WAYS[0])
        assert await find_card(floor, told.who, [told])
        assert await find_card(floor, other.who, [other])
        data = await _data(floor, told.who, told.card, "Не дозвонился")
        foreign, own = await asyncio.gather(
            _press(floor, other.who, other.card, data), _press(floor, told.who, told.card, data)
        )
        assert "Иван" in foreign
        assert own == ""
        await floor.advance("PT1M")
        assert [told.who, (await floor.lead(told.lead))["stageId"]] == ["Иван", "NO_ANSWER"]
        assert (await floor.lead(other.lead))["stageId"] == "NEW"
        assert len(await floor.comments("lead", told.lead)) == 1


async def test_yesterdays_card(tmp_path: Path) -> None:
    """A button read off a card before it became a receipt is refused a day later, and nothing moves."""
    async with Floor(tmp_path, START) as floor:
        told = await arrive(floor, 0, WAYS[0])
        assert await find_card(floor, told.who, [told])
        old = await _data(floor, told.who, told.card, "Не дозвонился")
        await floor.press_message(told.who, told.card, "Не дозвонился")
        await floor.at("2026-11-03T09:00")
        before = await floor.tasks(told.link, open_only=False)
        assert await _press(floor, told.who, told.card, old)
        await floor.advance("PT1M")
        assert await floor.tasks(told.link, open_only=False) == before
        assert len(await floor.comments("lead", told.lead)) == 1


async def test_forged_data(tmp_path: Path) -> None:
    """Made-up button data is answered with a line, whatever it is, and changes nothing."""
    async with Floor(tmp_path, START) as floor:
        told = await arrive(floor, 0, WAYS[0])
        assert await find_card(floor, told.who, [told])
        task = (await _data(floor, told.who, told.card, "Не дозвонился")).split("|")[1]
        before = await floor.tasks(told.link, open_only=False)
        for data in FORGED:
            toast = await _press(floor, told.who, told.card, data.replace("{task}", task))
            assert toast, data
            assert "пошло не так" not in toast, data
        await floor.advance("PT1M")
        assert await floor.tasks(told.link, open_only=False) == before
        assert (await floor.lead(told.lead))["stageId"] == "NEW"
        await floor.press_message(told.who, told.card, "Не дозвонился")
        await check_portal(floor, [told])


async def test_a_stranger(tmp_path: Path) -> None:
    """Somebody who is not linked gets «нет доступа» for whatever he sends, and reaches nothing."""
    async with Floor(tmp_path, START) as floor:
        told = await arrive(floor, 0, WAYS[0])
        assert await find_card(floor, told.who, [told])
        stranger = await floor.post("/sandbox/people", {"name": "Чужой Человек"})
        floor.people["Чужой"] = stranger
        for text in ("/start", "/start made-up-token", "/today", "привет", "/invite"):
            await floor.say("Чужой", text)
            assert "Нет доступа" in await floor.shows("Чужой"), text
        shown = [message["text"] for message in await floor.messages("Чужой")]
        assert not any(told.client in text for text in shown)
