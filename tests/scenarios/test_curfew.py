"""Our own bot is away over the end of the day: whatever has waited rings for nobody before his next opening."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.shop import Restarts, sent

FRIDAY, MONDAY = "2026-11-06", "2026-11-09"


async def _promise(floor: Floor, name: str, phone: str, words: str) -> None:
    await floor.new_lead(f"{name} Клиент", phone, owner="Анна")
    await floor.press("Анна", "Просит перезвонить", name)
    await floor.press("Анна", "Другое время", name)
    await floor.say("Анна", words)
    await floor.press("Анна", "Верно", name)
    await floor.advance("PT10S")


async def _everything(floor: Floor, after: str, until: str) -> dict[str, list[str]]:
    found = {who: await sent(floor, who, after, until) for who in (*floor.people, "группа")}
    return {who: [one["text"] for one in messages] for who, messages in found.items() if messages}


async def test_the_bot_is_away_over_the_closing(tmp_path: Path) -> None:
    """Promises of Friday's last minutes: nothing rings at the weekend; Monday has one summary and five cards."""
    async with Floor(tmp_path, f"{FRIDAY}T18:00") as floor, Restarts(floor) as bot:
        for number in range(6):
            await _promise(floor, f"Обещанный{number}", f"+749533300{number:02}", "сегодня в 18:55")
        await floor.at(f"{FRIDAY}T18:40")
        await bot.stop()
        await floor.at(f"{FRIDAY}T21:00")
        await bot.start()
        await floor.at(f"{MONDAY}T08:59")
        assert await _everything(floor, f"{FRIDAY}T21:00", f"{MONDAY}T09:00") == {}
        await floor.at(f"{MONDAY}T09:04")
        found = [one["text"] for one in await sent(floor, "Анна", f"{MONDAY}T09:00")]
        assert ["Накопилось: 8 задач" in text for text in found] == [True, *[False] * 5]
        assert sum("Обещанный" in text for text in found) == 3  # of the eight, two were due in the evening itself
        await floor.say("Анна", "/today")
        assert (await floor.shows("Анна")).count("Обещанный") == 6


@pytest.mark.slow
async def test_what_was_left_unsent_waits_over_the_weekend(tmp_path: Path) -> None:
    """Telegram takes nothing any more, and then we stop as well: rows of Friday are no news on Sunday."""
    async with Floor(tmp_path, f"{FRIDAY}T18:00") as floor, Restarts(floor) as bot:
        await floor.new_lead("Ранний Клиент", "+74953330001", owner="Анна")
        await floor.at(f"{FRIDAY}T18:50")
        await floor.faults("telegram", "down")
        await floor.new_lead("Поздний Клиент", "+74953330002", owner="Анна")
        await floor.at(f"{FRIDAY}T19:00")
        await floor.advance("PT5S")  # the digest is written
        await bot.stop()
        await floor.faults("telegram", "none")
        await floor.at("2026-11-08T12:00")
        await bot.start()
        await floor.at(f"{MONDAY}T08:59")
        assert await _everything(floor, "2026-11-08T12:00", f"{MONDAY}T09:00") == {}
        await floor.at(f"{MONDAY}T09:04")
        found = await _everything(floor, f"{MONDAY}T09:00", f"{MONDAY}T09:05")
        assert sum("Поздний" in text for text in found["Анна"]) == 1
        assert sum("итог" in text for text in found["группа"]) == 1


@pytest.mark.slow
async def test_a_promise_of_the_evening_does_not_ring_at_night(tmp_path: Path) -> None:
    """Promised for 19:40: within the hour it comes at 20:10, but nobody is woken for it at three in the morning."""
    async with Floor(tmp_path, f"{FRIDAY}T18:00") as floor, Restarts(floor) as bot:
        await _promise(floor, "Вечерний", "+74953330001", "сегодня в 19:40")
        await _promise(floor, "Поздний", "+74953330002", "сегодня в 20:30")
        await floor.at(f"{FRIDAY}T19:10")
        await bot.stop()
        await floor.at(f"{FRIDAY}T20:10")
        await bot.start()
        await floor.advance("PT1M")
        assert "Вечерний" in await floor.shows("Анна")
        await bot.stop()
        await floor.at("2026-11-07T03:00")
        await bot.start()
        await floor.at(f"{MONDAY}T08:59")
        assert await _everything(floor, "2026-11-07T03:00", f"{MONDAY}T09:00") == {}
        await floor.at(f"{MONDAY}T09:04")
        assert any("Поздний" in one["text"] for one in await sent(floor, "Анна", f"{MONDAY}T09:00"))
