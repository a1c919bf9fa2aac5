"""The portal or Telegram does not answer while people work: nothing is lost, nothing doubled, nothing out of order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.oracle import check_order, check_phones, check_portal, newest_call, writes
from tests.chaos.story import WAYS, Told, answer_all, arrive
from tests.scenarios.floor import Floor

pytestmark = pytest.mark.chaos
START = "2026-11-02T10:00"


async def _arrivals(floor: Floor, count: int) -> list[Told]:
    return [await arrive(floor, number, WAYS[number % len(WAYS)]) for number in range(count)]


@pytest.mark.timeout(240)
async def test_three_hours_without_the_portal(tmp_way: Way) -> None:
    """Twenty answers given while the portal is down are receipts at once and in the portal afterwards, in order."""
    async with Floor(tmp_path, START) as floor:
        story = await _arrivals(floor, 20)
        mark = await newest_call(floor)
        await floor.faults("bitrix24", "down")
        await answer_all(floor, story)
        await check_phones(floor, story)
        await floor.advance("PT3H")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT2M")
        await check_portal(floor, story)
        await check_phones(floor, story)
        check_order(story, await writes(floor, mark))
