"""The bot, the portal or Telegram is away while the floor works: no flood afterwards, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.people import Invited
from tests.scenarios.floor import Floor
from tests.scenarios.shop import Restarts, live_cards, sent

START = "2026-11-02T10:00"


@pytest.mark.slow
async def test_three_hours_without_the_bot(tmp_path: Path) -> None:
    """Thirty tasks fall due meanwhile: one summary, then five cards at most, the most urgent and newest last."""
    async with Floor(tmp_path, START) as floor, Restarts(floor) as bot:
        for number in range(10):
            await floor.new_lead(f"Недозвон{number} Клиент", f"+749511100{number:02}")
            await floor.press("Иван", "Не дозвонился", f"Недозвон{number}")
            await floor.advance("PT3S")  # the portal's pace, too, is on this clock
        await floor.advance("PT2M")
        await bot.stop()
        leads = []
        for number in range(20):
            await floor.at(f"2026-11-02T{11 + number // 10}:{number % 10 * 5:02}")
            leads.append(await floor.new_lead(f"Новый{number:02} Клиент", f"+749522200{number:02}"))
        await floor.at("2026-11-02T13:10")
        await bot.start()
        await floor.advance("PT1M")
        found = await sent(floor, "Иван", "2026-11-02T13:10")
        assert [("Накопилось: 31 задача" in one["text"]) for one in found] == [True, *[False] * 5]
        assert "Новый19" in found[-1]["text"]
        assert all("🔴" in one["text"] for one in found[1:])
        assert len(await live_cards(floor, "Иван")) == 5
        assert ["Перезвонить · до 12:30" in one["text"] for one in await sent(floor, "Анна", "2026-11-02T13:10")] == [
            True
        ]
        for lead in leads:
            assert len(await floor.tasks(f"L_{lead}", open_only=False)) == 1
        await floor.press("Иван", "Не дозвонился", "Новый19")
        assert "✅ Записано" in (await floor.card("Иван", "Новый19"))["text"]
        await floor.say("Иван", "/today")
        today = await floor.shows("Иван")
        assert "Сегодня 32 · просрочено 29" in today
        assert "…и ещё 12" in today


@pytest.mark.slow
async def test_an_hour_without_telegram(tmp_path: Path) -> None:
    """What came meanwhile comes afterwards: one summary, five cards in their order, everything in the list."""
    async with Floor(tmp_path, START) as floor:
        await floor.faults("telegram", "down")
        for number in range(8):
            await floor.advance("PT5M")
            await floor.new_lead(f"Тихий{number} Клиент", f"+749533300{number:02}", owner="Анна")
        await floor.at("2026-11-02T11:00")
        await floor.faults("telegram", "none")
        await floor.advance("PT2M")
        found = [one["text"] for one in await sent(floor, "Анна", "2026-11-02T11:00")]
        assert "Накопилось: 8 задач." in found[0]
        assert [next(n for n in range(8) if f"Тихий{n}" in text) for text in found[1:]] == [3, 4, 5, 6, 7]
        await floor.say("Анна", "/today")
        today = await floor.shows("Анна")
        assert today.count("Тихий") == 8
        await floor.faults("telegram", "down")
        await floor.new_lead("Снова Тихий", "+74953330008", owner="Анна")
        await floor.advance("PT2M")
        for number in range(9, 14):
            await floor.new_lead(f"Снова{number} Тихий", f"+749533300{number:02}", owner="Анна")
        await floor.faults("telegram", "none")
        await floor.at("2026-11-02T11:20")
        summaries = [
            one["text"] for one in await sent(floor, "Анна", "2026-11-02T11:00") if "Накопилось" in one["text"]
        ]
        assert ["8 задач" in summaries[0], "6 задач" in summaries[1], len(summaries)] == [True, True, 2]


async def test_the_portal_is_away_when_the_bot_starts(tmp_path: Path) -> None:
    """The bot starts, presses on known cards are taken, and reach the portal when it is back."""
    async with Floor(tmp_path, START) as floor, Restarts(floor) as bot:
        lead = await floor.new_lead("Пётр Проверкин", "+74951110001")
        await bot.stop()
        await floor.faults("bitrix24", "down")
        await bot.start()
        await floor.press("Иван", "Не дозвонился", "Проверкин")
        assert "✅ Записано" in (await floor.card("Иван", "Проверкин"))["text"]
        await floor.press("Иван", "Исправить", "Проверкин")
        await floor.press("Иван", "Не дозвонился", "Проверкин")
        assert "CRM сейчас недоступна – внесу сам" in (await floor.card("Иван", "Проверкин"))["text"]
        await floor.at("2026-11-02T11:00")
        assert "Попытка 2 из 6" in (await floor.card("Иван", "Проверкин"))["text"]
        await floor.faults("bitrix24", "none")
        await floor.advance("PT2M")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"
        assert len(await floor.tasks(f"L_{lead}")) == 1
        fresh = await floor.new_lead("Вера Новикова", "+74951110002")
        await floor.advance("PT2M")
        assert len(await floor.tasks(f"L_{fresh}")) == 1
        assert "Новикова" in (await floor.card("Иван", "Новикова"))["text"]


async def test_a_new_bot_without_its_portal(tmp_path: Path) -> None:
    """A bot that knows nothing starts while the portal is down: people can link, the first sync comes later."""
    async with Floor(tmp_path, START) as floor, Restarts(floor) as bot:
        await bot.stop()
        await floor.faults("bitrix24", "down")
        app = await bot.start(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        token = await app.people.invite(Invited("Иван Соколов", "manager", 2), by=floor.people["Алла"]["id"])
        await floor.say("Иван", f"/start {token}")
        assert "Вы подключены" in await floor.shows("Иван")
        await floor.say("Иван", "/today")
        assert "задач нет" in await floor.shows("Иван")
        await floor.advance("PT30M")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT2M")
        await floor.say("Иван", "/today")
        assert "Сегодня 2" in await floor.shows("Иван")


async def test_telegram_is_away_over_the_closing(tmp_path: Path) -> None:
    """What has waited rings for nobody at night; at the opening each gets one summary, and the group one alert."""
    async with Floor(tmp_path, "2026-11-02T18:00") as floor:
        everybody = (
            "Анна",
            "Иван",
            "Ольга",
            "группа",
            *(n for n, one in floor.people.items() if one["role"] == "director"),
        )
        await floor.faults("telegram", "down")
        for number in range(8):
            await floor.new_lead(f"Поздний{number} Клиент", f"+749533300{number:02}", owner="Анна")
            await floor.advance("PT2M")
        await floor.at("2026-11-02T21:00")
        await floor.faults("telegram", "none")
        await floor.new_lead("Ночной Клиент", "+74953330009", owner="Анна")
        await floor.portal("crm.lead.update", {"id": 1, "fields": {"COMMENTS": "перезвонит сам"}})
        await floor.at("2026-11-03T08:59")
        assert {who: [one["text"] for one in await sent(floor, who, "2026-11-02T21:00")] for who in everybody} == {
            who: [] for who in everybody
        }
        await floor.at("2026-11-03T09:04")
        found = [one["text"] for one in await sent(floor, "Анна", "2026-11-03T09:00")]
        summaries = [text for text in found if "Накопилось" in text or "очью" in text]
        assert len(summaries) == 1
        assert found[0] == summaries[0]
        assert 5 <= sum("Клиент" in text for text in found) <= 6
        told = [one["text"] for one in await sent(floor, "группа", "2026-11-03T09:00")]
        assert ["Ждут ответа: 8" in text for text in told] == [True, False, False], told  # then the two digests


@pytest.mark.slow
async def test_a_slow_portal(tmp_path: Path) -> None:
    """Every answer of the portal takes five seconds: receipts do not wait, and all is written once."""
    async with Floor(tmp_path, START) as floor:
        lead = await floor.new_lead("Пётр Проверкин", "+74951110001")
        await floor.faults("bitrix24", "slow")
        await floor.press("Иван", "Не дозвонился", "Проверкин")
        assert "✅ Записано" in (await floor.card("Иван", "Проверкин"))["text"]
        await floor.advance("PT30S")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT1M")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:40"]
        assert len(await floor.tasks(f"L_{lead}", open_only=False)) == 2
        assert len(await floor.comments("lead", lead)) == 1
