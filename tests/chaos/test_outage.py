"""The portal or Telegram does not answer while people work: nothing is lost, nothing doubled, nothing out of order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.oracle import check_order, check_phones, check_portal, newest_call, writes
from tests.chaos.story import WAYS, Told, answer_all, arrive, labels
from tests.scenarios.floor import Floor

pytestmark = pytest.mark.chaos
START = "2026-11-02T10:00"


async def _arrivals(floor: Floor, count: int) -> list[Told]:
    return [await arrive(floor, number, WAYS[number % len(WAYS)]) for number in range(count)]


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_three_hours_without_the_portal(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_answers_of_the_portal_are_lost(tmp_path: Path, seed: int) -> None:
    """Every third call is executed and its answer dropped: still nothing twice."""
    async with Floor(tmp_path, START) as floor:
        story = await _arrivals(floor, 6)
        await floor.faults("bitrix24", "ambiguous", rate=0.3, seed=seed)
        await answer_all(floor, story)
        await floor.advance("PT10M")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT5M")
        await check_portal(floor, story)
        await check_phones(floor, story)


@pytest.mark.slow
async def test_the_portal_asks_to_slow_down(tmp_path: Path) -> None:
    """Half of the calls are refused for their number: everything gets through, in order."""
    async with Floor(tmp_path, START) as floor:
        story = await _arrivals(floor, 6)
        mark = await newest_call(floor)
        await floor.faults("bitrix24", "rate_limit", rate=0.5, seed=4)
        await answer_all(floor, story)
        await floor.advance("PT5M")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT5M")
        await check_portal(floor, story)
        check_order(story, await writes(floor, mark))


@pytest.mark.slow
async def test_restarted_while_the_portal_is_down(tmp_path: Path) -> None:
    """What waits in the queues outlives the process that put it there."""
    async with Floor(tmp_path, START) as floor:
        story = await _arrivals(floor, 6)
        await floor.faults("bitrix24", "down")
        await answer_all(floor, story)
        await floor.advance("PT20M")
    async with Floor(tmp_path, START) as floor:
        await floor.advance("PT2M")
        await check_portal(floor, story)
        await check_phones(floor, story)


async def test_a_refused_write_is_parked_and_told(tmp_path: Path) -> None:
    """The portal refuses the comment: the rest is written, the admin is told and can have it tried again."""
    async with Floor(tmp_path, START) as floor:
        told = await arrive(floor, 0, WAYS[0])
        await floor.faults("bitrix24", "reject", methods=["crm.timeline.comment.add"])
        await answer_all(floor, [told])
        await floor.advance("PT1M")
        assert (await floor.lead(told.lead))["stageId"] == told.way.lead
        assert len(await floor.tasks(told.link)) == 1
        assert await floor.comments("lead", told.lead) == []
        assert "CRM не приняла запись" in await floor.shows("Алла")
        await floor.faults("bitrix24", "none")
        await floor.say("Алла", "/outbox")
        retry = next(label for label in labels((await floor.messages("Алла"))[-1]) if label.startswith("Повторить"))
        await floor.press("Алла", retry)
        await floor.advance("PT1M")
        await check_portal(floor, [told])
