"""Nights, weekends and holidays: what came while the floor was closed is handed out at opening."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.shop import Restarts, live_cards, sent, when

NIGHT = ("23:40", "00:10", "01:20", "02:30", "03:40", "04:50", "05:55", "06:30", "07:15", "08:00", "08:59")
"""Clock times of Иван's leads in the night to Tuesday, 3 November."""


async def _night_of_eleven(floor: Floor) -> list[int]:
    """Eleven leads for Иван and two for Анна; Иван's, oldest first."""
    leads = []
    for number, clock in enumerate(NIGHT):
        await floor.at(f"2026-11-0{2 if clock > '12' else 3}T{clock}")
        leads.append(await floor.new_lead(f"Ночной{number:02} Клиент", f"+749511100{number:02}"))
        if clock in ("02:30", "03:40"):
            await floor.new_lead(f"Анин{number:02} Клиент", f"+749522200{number:02}", owner="Анна")
    return leads


async def test_eleven_leads_of_a_night(tmp_path: Path) -> None:
    """One summary for each manager, the freshest first, one card every seven minutes, deadlines to the minute."""
    async with Floor(tmp_path, "2026-11-02T21:00") as floor:
        leads = await _night_of_eleven(floor)
        for who in ("Иван", "Анна"):
            assert await sent(floor, who, "2026-11-02T21:01") == []
        await floor.at("2026-11-03T09:01")
        for who, count in (("Иван", "11 лидов"), ("Анна", "2 лида")):
            texts = [one["text"] for one in await sent(floor, who, "2026-11-03T09:00")]
            assert [f"За ночь {count}" in text for text in texts].count(True) == 1
        cards = [one for one in await sent(floor, "Иван", "2026-11-03T09:00") if "Ночной" in one["text"]]
        assert [("Ночной10" in card["text"], "до 09:15" in card["text"]) for card in cards] == [(True, True)]
        freshest_first = [await floor.deadlines(f"L_{lead}") for lead in reversed(leads)]
        minutes = [9 * 60 + 15 + 7 * place for place in range(len(NIGHT))]
        assert freshest_first == [[f"вт 3 {minute // 60:02}:{minute % 60:02}"] for minute in minutes]
        await floor.at("2026-11-03T10:15")
        came = await sent(floor, "Иван", "2026-11-03T09:00")
        # Before its time and when it is up a card comes again; this is about the first time.
        pushed = [next(one for one in came if f"Ночной{place:02}" in one["text"]) for place in reversed(range(11))]
        assert [when(one) for one in pushed] == [
            f"вт 3 {minute // 60:02}:{minute % 60:02}" for minute in (lead - 15 for lead in minutes)
        ]
        for place, message in enumerate(pushed):
            assert f"Ночной{len(NIGHT) - 1 - place:02}" in message["text"]


@pytest.mark.slow
async def test_the_last_minute_of_a_day(tmp_path: Path) -> None:
    """At 18:59 the floor is open: the card comes at once. From 19:00 on it is night."""
    async with Floor(tmp_path, "2026-11-02T18:50") as floor:
        await floor.at("2026-11-02T18:59")
        late = await floor.new_lead("Успел Вовремя", "+74951110001")
        assert "до завтра 09:14" in (await floor.card("Иван", "Успел"))["text"]
        await floor.at("2026-11-02T19:00")
        night = await floor.new_lead("Опоздал Чуть", "+74951110002")
        early = await floor.new_lead("Анин Чуть", "+74951110003", owner="Анна")
        assert await floor.deadlines(f"L_{late}") == ["вт 3 09:14"]
        await floor.at("2026-11-03T08:59")
        assert await sent(floor, "Иван", "2026-11-02T19:00") == []
        await floor.at("2026-11-03T09:01")
        assert "За ночь 1 лид." in (await sent(floor, "Иван", "2026-11-03T09:00"))[0]["text"]
        assert await floor.deadlines(f"L_{night}") == ["вт 3 09:15"]
        assert await floor.deadlines(f"L_{early}") == ["вт 3 09:15"]


@pytest.mark.parametrize(
    ("start", "closed", "opening"),
    [
        ("2026-10-30T20:00", "2026-10-31T12:00", "2026-11-02T09:00"),
        ("2026-11-03T20:00", "2026-11-04T12:00", "2026-11-05T09:00"),
    ],
    ids=["weekend", "holiday"],
)
async def test_closed_days(tmp_path: Path, start: str, closed: str, opening: str) -> None:
    """Nobody hears anything on a day off; БДТ has its own terms and is not in the queue."""
    async with Floor(tmp_path, start) as floor:
        evening = await floor.new_lead("Вечерний Клиент", "+74951110001")
        await floor.at(closed)
        freshest = await floor.new_lead("Выходной Клиент", "+74951110002")
        slow = await floor.new_lead("Списочный Клиент", "+74951110003", source="BDT")
        await floor.at(opening.replace("09:00", "08:59"))
        assert await sent(floor, "Иван", start.replace("20:00", "20:01")) == []
        assert await sent(floor, "Анна", start.replace("20:00", "20:01")) == []
        await floor.at(opening.replace("09:00", "09:10"))
        summaries = [one for one in await sent(floor, "Иван", opening) if "За ночь" in one["text"]]
        assert ["За ночь 2 лида" in one["text"] for one in summaries] == [True]
        day = "пн 2" if "10-30" in start else "чт 5"
        assert await floor.deadlines(f"L_{freshest}") == [f"{day} 09:15"]
        assert await floor.deadlines(f"L_{evening}") == [f"{day} 09:22"]
        assert await floor.deadlines(f"L_{slow}") == [f"{day} {'19:00'}"]


@pytest.mark.slow
@pytest.mark.parametrize("back", ["08:30", pytest.param("10:00", marks=pytest.mark.slow)])
async def test_restart_around_the_opening(tmp_path: Path, back: str) -> None:
    """The bot is down from the night until 08:30, or over the opening: still one summary, nothing twice, no flood."""
    async with Floor(tmp_path, "2026-11-02T21:00") as floor, Restarts(floor) as bot:
        known = [await floor.new_lead(f"Ночной{number} Клиент", f"+7495111000{number}") for number in range(4)]
        await floor.at("2026-11-03T01:00")
        await bot.stop()
        missed = []
        for number in range(4, 8):
            await floor.at(f"2026-11-03T0{number}:00")
            missed.append(await floor.new_lead(f"Ночной{number} Клиент", f"+7495111000{number}"))
        await floor.at(f"2026-11-03T{back}")
        await bot.start()
        await floor.at("2026-11-03T10:30")
        found = await sent(floor, "Иван", "2026-11-02T21:01")
        assert ["За ночь 8 лидов" in one["text"] for one in found if "Доброе утро" in one["text"]] == [True]
        assert not [one for one in found if "Накопилось" in one["text"]]
        assert len(await live_cards(floor, "Иван")) == 5
        for number in range(8):
            cards = [one for one in found if f"Ночной{number}" in one["text"]]
            assert len([one for one in cards if one["buttons"]]) <= 1, "a card was shown twice"
            assert len({when(one) for one in cards}) == len(cards) <= 3  # itself, its reminder, its time is up
        for lead in (*known, *missed):
            assert len(await floor.tasks(f"L_{lead}", open_only=False)) == 1
        order = [(await floor.deadlines(f"L_{lead}"))[0] for lead in (*reversed(missed), *reversed(known))]
        minutes = [max(9 * 60 + 15 + 7 * place, 0 if back == "08:30" else 600) for place in range(8)]
        assert order == [f"вт 3 {minute // 60:02}:{minute % 60:02}" for minute in minutes]
