"""A working day of two replicas, one of which is killed again and again: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.chaos.oracle import check_phones, check_portal
from tests.chaos.replicas import Replicas
from tests.chaos.story import WAYS, arrive
from tests.chaos.test_kill import Storm, _live
from tests.databases import Cluster
from tests.scenarios.shop import sent

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.xdist_group("kill")]
DAY = "2026-11-02"
GROUP = "группа"
LEADS = 4
KILLS = 2
IDLERS = 3
"""Clients whom nobody calls."""


@pytest.mark.timeout(900)
async def test_a_day_of_two_replicas(tmp_path: Path, cluster: Cluster) -> None:
    (tmp_path / "data").mkdir()
    async with Replicas(tmp_path / "data", f"{DAY}T10:00", database_url=cluster.create()) as floor:
        story = [await arrive(floor, number, WAYS[number]) for number in range(LEADS)]
        await floor.advance("PT40S")  # a hint may have reached the replica that does not poll
        dice = random.Random(0)
        presses = sum(len(told.way.labels) for told in story)
        storm = Storm(floor, dice, set(dice.sample(range(1, presses + 1), KILLS)))  # type: ignore[arg-type]
        await _live(storm, story)
        assert (storm.kills, storm.lost) == (KILLS, [])
        await check_portal(floor, story)
        await check_phones(floor, story, doubled=KILLS)
        for number in range(IDLERS):
            await floor.new_lead(f"Забытый{number} Клиент", f"+749522200{number:02}")
            await floor.advance("PT2M")
        kills = KILLS
        for hour in range(11, 19):
            for minute in ("00", "20", "40"):
                await floor.at(f"{DAY}T{hour}:{minute}")
            if hour % 3 == 0:
                await floor.kill()
                kills += 1
                await floor.at(f"{DAY}T{hour}:50")
                await floor.begin()
        await floor.at(f"{DAY}T19:00")
        await floor.advance("PT3M")
        told = await sent(floor, GROUP, f"{DAY}T10:05")
        moments = sorted(one["date"] for one in told)
        assert all(later - earlier >= 57 for earlier, later in pairwise(moments)), moments
        texts = [one["text"] for one in told]
        assert sum("итог" in text for text in texts) in range(1, 2 + kills)
        boards = [one for one in await floor.messages(GROUP) if "сделано" in one["text"] and "итог" not in one["text"]]
        assert len(boards) == 1
        alarms = "\n".join(text for text in texts if "без звонка" in text or "Ждут ответа" in text)
        assert [number for number in range(IDLERS) if f"Забытый{number} К." not in alarms] == []
        doubled = sum(times - 1 for times in Counter(texts).values())
        assert doubled <= kills
