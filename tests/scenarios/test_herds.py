"""Much at once: sixty tasks at the opening, three hours without the CRM, an hour without Telegram. Messages counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.crowd import Crowd, Watch, most_within, new_a_day
from tests.scenarios.shop import live_cards

MONDAY = "2026-11-09"
MINUTE = timedelta(minutes=1)
OPEN_CARDS = 5
KNOWN = ("Иван", "Анна")
"""They were there before, and have work of their own."""
pytestmark = pytest.mark.slow


async def _night_of_leads(crowd: Crowd, people: list[str], each: int) -> None:
    for number in range(each):
        for place, name in enumerate(people):
            first = f"Клиент{number:02}{place:02}"
            fields = {"NAME": first, "TITLE": first, "ASSIGNED_BY_ID": crowd.people[name]["crm_user_id"]}
            phone = [{"VALUE": f"+74952{number:03}{place:03}", "VALUE_TYPE": "WORK"}]
            await crowd.portal("crm.lead.add", {"fields": {**fields, "SOURCE_ID": "WEB", "PHONE": phone}})
        await crowd.advance("PT5S")  # the portal's pace is on this clock too


async def _watch(crowd: Crowd) -> Watch:
    watch = Watch(crowd)
    await watch.look()
    watch.calls.clear()
    return watch


async def _counted(crowd: Crowd, watch: Watch, people: list[str]) -> tuple[int, dict[str, int]]:
    """New messages of the group, and of each phone."""
    await watch.look()
    group = watch.of(await crowd.chat("группа"))
    assert most_within(group, MINUTE) <= 18
    assert most_within([call for call in group if call.new], MINUTE) <= 1
    new = {name: [call for call in watch.of(await crowd.chat(name)) if call.new] for name in people}
    return sum(new_a_day(group).values()), {name: len(calls) for name, calls in new.items()}


async def test_sixty_tasks_at_the_opening(tmp_path: Path) -> None:
    """Six people, ten clients of the night each, and nobody touches anything until ten."""
    async with Crowd(tmp_path, f"{MONDAY}T03:00") as crowd:
        people = await crowd.hire(6)
        await _night_of_leads(crowd, people, 10)
        watch = await _watch(crowd)
        await crowd.at(f"{MONDAY}T09:01")
        group, phones = await _counted(crowd, watch, people)
        assert group == 1  # the morning's digest
        # The summary and the freshest client; two of them have two tasks of the days before as well.
        assert all(count <= 2 + 2 * (name in KNOWN) for name, count in phones.items()), phones
        await crowd.at(f"{MONDAY}T10:00")
        group, phones = await _counted(crowd, watch, people)
        # A client in seven minutes, reminded of once and told of once when he is late; a summary; none of it at once.
        assert group <= 1 + 5
        assert all(count <= 1 + 9 * 3 for count in phones.values()), phones
        for name in people:
            assert len(await live_cards(crowd, name)) <= OPEN_CARDS


async def test_three_hours_without_the_crm(tmp_path: Path) -> None:
    """Clients come meanwhile and cannot be read: afterwards one summary a phone, five cards, and a quiet group."""
    async with Crowd(tmp_path, f"{MONDAY}T11:00") as crowd:
        people = await crowd.hire(6)
        reads = ["batch", "crm.item.get", "crm.item.list", "tasks.task.list", "crm.timeline.comment.list"]
        await crowd.faults("bitrix24", "down", methods=reads)
        await _night_of_leads(crowd, people, 5)
        watch = await _watch(crowd)
        await crowd.at(f"{MONDAY}T14:00")
        group, phones = await _counted(crowd, watch, people)
        assert group == 0
        assert all(count <= 1 for count in phones.values()), phones  # what was known before falls due
        await crowd.faults("bitrix24", "none")
        watch.calls.clear()
        await crowd.advance("PT10M")
        group, phones = await _counted(crowd, watch, people)
        assert group <= 1, watch.of(await crowd.chat("группа"))
        assert all(count <= 1 + OPEN_CARDS for count in phones.values()), phones
        await crowd.at(f"{MONDAY}T15:00")
        group, _ = await _counted(crowd, watch, people)
        assert group <= 3
        for name in people:
            assert len(await live_cards(crowd, name)) <= OPEN_CARDS


async def test_an_hour_without_telegram(tmp_path: Path) -> None:
    """What the group would have been told of one by one comes as one message when Telegram is back."""
    async with Crowd(tmp_path, f"{MONDAY}T11:00") as crowd:
        people = await crowd.hire(6)
        await crowd.faults("telegram", "down")
        for _ in range(4):
            await _night_of_leads(crowd, people, 2)
            await crowd.advance("PT13M")
        watch = await _watch(crowd)
        await crowd.at(f"{MONDAY}T12:00")
        await crowd.faults("telegram", "none")
        await crowd.advance("PT3M")
        group, phones = await _counted(crowd, watch, people)
        assert group == 1
        assert all(count <= 1 + OPEN_CARDS for count in phones.values()), phones
