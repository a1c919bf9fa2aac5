"""`kill -9` in the middle of a manager's day: nothing is lost, nothing is doubled.

The number of stories and of kills grows with DOZVON_STORM (`make storm`).
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.chaos.oracle import check_phones, check_portal
from tests.chaos.running import Running
from tests.chaos.story import WAYS, Told, arrive, find_card, labels

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("kill")]
START = "2026-11-02T10:00"
STORM = int(os.environ.get("DOZVON_STORM", "0"))
KILLS = 10 if STORM else 2
LEADS = 8 if STORM else 3
LONGEST = 0.2
"""Seconds from a press to the kill, at most: a press and its deliveries take about as long."""


@dataclass
class Storm:
    """A person who presses on, whatever happens to the bot, and the one who pulls the plug."""

    floor: Running
    dice: random.Random
    moments: set[int]
    """The presses, counted from the first, at which the bot is killed."""
    presses: int = 0
    kills: int = 0
    outage: bool = False
    lost: list[str] = field(default_factory=list)

    async def press(self, told: Told, label: str) -> None:
        """Press a button; with some luck the bot dies meanwhile, and what went unanswered is pressed again."""
        data = await self._data(told, label)
        assert data is not None, (told, label)
        self.presses += 1
        if self.presses not in self.moments:
            await self._send(told, data)
            await self.floor.advance("PT3S")
            return
        sent = asyncio.create_task(self._send(told, data))
        if self.dice.random() < 0.4:
            await sent  # the kill hits what the press has set going, not the press
        await asyncio.wait([sent], timeout=self.dice.uniform(0, LONGEST))
        answered = sent.done() and sent.exception() is None
        await self._die()
        await asyncio.gather(sent, return_exceptions=True)
        await self._rise()
        still = await self._data(told, label) == data
        if still and answered:
            self.lost.append(f"{told.client}: {label}")
        if still:
            await self._send(told, data)
        await self.floor.advance("PT3S")

    async def _data(self, told: Told, label: str) -> str | None:
        for message in await self.floor.messages(told.who):
            if message["message_id"] == told.card and label in labels(message):
                return next(str(one["data"]) for row in message["buttons"] for one in row if one["text"] == label)
        return None

    async def _send(self, told: Told, data: str) -> None:
        path = f"/sandbox/chats/{await self.floor.chat(told.who)}/messages/{told.card}/press"
        await self.floor.post(path, {"user_id": self.floor.people[told.who]["id"], "data": data})

    async def _die(self) -> None:
        self.kills += 1
        await self.floor.kill()

    async def _rise(self) -> None:
        await self.floor.begin()
        await self.floor.idle()
        if self.outage:
            await self.floor.faults("bitrix24", "down")


async def _live(storm: Storm, story: Sequence[Told]) -> None:
    """Answer for every client, some steps of the one between steps of the others."""
    left: dict[int, list[str]] = {}
    for told in story:
        found = await find_card(storm.floor, told.who, [told])
        assert found is not None, (told, await storm.floor.shows(told.who))
        left[told.lead] = list(told.way.labels)
    while left:
        lead = storm.dice.choice(sorted(left))
        told = next(one for one in story if one.lead == lead)
        await storm.press(told, left[lead].pop(0))
        if not left[lead]:
            del left[lead]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(max(1, STORM)))
async def test_killed_at_random_moments(tmp_path: Path, seed: int) -> None:
    """The story goes on over every kill, the portal down for half of it, and ends as if there had been none."""
    async with Running(tmp_path / "data", START) as floor:
        story = [await arrive(floor, number, WAYS[(number + seed) % len(WAYS)]) for number in range(LEADS)]
        dice = random.Random(seed)
        presses = sum(len(told.way.labels) for told in story)
        storm = Storm(floor, dice, set(dice.sample(range(1, presses + 1), KILLS)))
        half = storm.dice.sample(story, LEADS // 2)
        await _live(storm, half)
        storm.outage = True
        await floor.faults("bitrix24", "down")
        await _live(storm, [told for told in story if told not in half])
        await floor.faults("bitrix24", "none")
        await floor.advance("PT3M")
        assert storm.kills == KILLS
        assert storm.lost == []
        await check_portal(floor, story)
        await check_phones(floor, story, doubled=storm.kills)


@pytest.mark.timeout(240)
@pytest.mark.slow
async def test_stopped_in_the_middle(tmp_path: Path) -> None:
    """SIGTERM right after an answer: the process ends well, and the next one goes on from there."""
    async with Running(tmp_path / "data", START) as floor:
        story = [await arrive(floor, number, WAYS[number]) for number in range(2)]
        for told in story:
            assert await find_card(floor, told.who, [told])
        storm = Storm(floor, random.Random(0), set())
        await storm.press(story[0], "Не дозвонился")
        assert await floor.stop() == 0
        await floor.begin()
        for label in story[1].way.labels:
            await storm.press(story[1], label)
        await floor.advance("PT1M")
        await check_portal(floor, story)
        await check_phones(floor, story)
