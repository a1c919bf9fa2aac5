"""Telegram does not answer, answers late, asks to slow down, or loses its answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.oracle import check_phones, check_portal
from tests.chaos.story import WAYS, Told, answer_all, arrive, find_card
from tests.scenarios.floor import Floor

pytestmark = pytest.mark.chaos
START = "2026-11-02T10:00"


async def _cards(floor: Floor, story: list[Told]) -> Counter[str]:
    """How many messages of the owner's phone name each client."""
    texts = {who: [str(one["text"]) for one in await floor.messages(who)] for who in ("Иван", "Анна")}
    return Counter({told.client: sum(told.client in text for text in texts[told.who]) for told in story})


@pytest.mark.slow
async def test_down_for_an_hour(tmp_path: Path) -> None:
    """Leads that came meanwhile are on the phones afterwards, each once, and can be answered."""
    async with Floor(tmp_path, START) as floor:
        await floor.faults("telegram", "down")
        story = [await arrive(floor, number, WAYS[number]) for number in range(6)]
        assert set((await _cards(floor, story)).values()) == {0}
        await floor.advance("PT1H")
        await floor.faults("telegram", "none")
        await floor.advance("PT2M")
        assert set((await _cards(floor, story)).values()) == {1}
        await answer_all(floor, story)
        await check_portal(floor, story)
        await check_phones(floor, story)


@pytest.mark.slow
async def test_asks_to_slow_down(tmp_path: Path) -> None:
    """Half of the calls are refused with 429: every card comes, and once."""
    async with Floor(tmp_path, START) as floor:
        await floor.faults("telegram", "rate_limit", methods=["sendMessage", "editMessageText"], rate=0.5, seed=7)
        story = [await arrive(floor, number, WAYS[number]) for number in range(6)]
        await floor.advance("PT5M")
        assert set((await _cards(floor, story)).values()) == {1}
        await floor.faults("telegram", "none")
        await answer_all(floor, story)
        await check_portal(floor, story)
        await check_phones(floor, story)


@pytest.mark.slow
async def test_answers_to_sends_are_lost(tmp_path: Path) -> None:
    """Telegram cannot be asked whether a message arrived: a card may come again, never more often than answers were
    lost, and what is pressed on the last one counts once."""
    async with Floor(tmp_path, START) as floor:
        await floor.faults("telegram", "ambiguous", methods=["sendMessage"], rate=0.4, seed=2)
        story = [await arrive(floor, number, WAYS[number]) for number in range(6)]
        await floor.advance("PT3M")
        await floor.faults("telegram", "none")
        journal = await floor.get("/sandbox/journal?target=telegram&after=0")
        sent = [row for row in journal if row["method"] == "sendMessage"]
        for told in story:
            tries = [row for row in sent if told.client in str(row["params"].get("text"))]
            assert (await _cards(floor, [told]))[told.client] == len(tries)
            assert all(row["result"].get("lost") for row in tries[:-1]), tries
        await answer_all(floor, story)
        await floor.advance("PT1M")
        await check_portal(floor, story)


async def test_the_answer_to_a_press_does_not_get_through(tmp_path: Path) -> None:
    """The answer is recorded; nobody is told that something went wrong, because nothing did."""
    async with Floor(tmp_path, START) as floor:
        told = await arrive(floor, 0, WAYS[0])
        assert await find_card(floor, told.who, [told])
        # This seed's first throw is below the rate and its second above: one call fails, the next would get through.
        await floor.faults("telegram", "down", methods=["answerCallbackQuery"], rate=0.5, seed=1)
        press = asyncio.create_task(floor.press_message(told.who, told.card, "Не дозвонился"))
        while not await floor.comments("lead", told.lead):
            await floor.idle()
        await floor.faults("telegram", "none")
        answers = [
            row["params"].get("text")
            for row in await floor.get("/sandbox/journal?target=telegram&after=0")
            if row["method"] == "answerCallbackQuery"
        ]
        press.cancel()
        assert answers == [None]
        await check_portal(floor, [told])
        await check_phones(floor, [told])
