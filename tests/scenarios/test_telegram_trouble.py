"""People block the bot, wipe messages, pile up cards: each card is there when it is needed, and is pressed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.shop import live_cards, sent

START = "2026-11-02T10:00"


async def _block(floor: Floor, who: str, blocked: bool) -> None:
    await floor.post(f"/sandbox/people/{floor.people[who]['id']}/block", {"blocked": blocked})
    await floor.idle()


async def test_a_manager_blocks_the_bot(tmp_path: Path) -> None:
    """The supervisor is told once; what fell due meanwhile comes when he is back, and what changed is brought up."""
    async with Floor(tmp_path, START) as floor:
        await floor.new_lead("Старый Клиент", "+74951110000")
        await _block(floor, "Иван", True)
        for number in range(3):
            await floor.new_lead(f"Тихий{number} Клиент", f"+749533300{number:02}")
            await floor.advance("PT20M")
        told = [one for one in await floor.messages("Ольга") if "заблокировал" in one["text"]]
        assert ["Иван Соколов" in one["text"] for one in told] == [True]
        assert not [one for one in await floor.messages("Иван") if "Тихий" in one["text"]]
        await _block(floor, "Иван", False)
        await floor.advance("PT1M")
        for name in ("Старый", "Тихий0", "Тихий1", "Тихий2"):
            cards = [one for one in await live_cards(floor, "Иван") if name in one["text"]]
            assert len(cards) == 1, name
            await floor.press("Иван", "Не дозвонился", name)
            assert "✅ Записано" in (await floor.card("Иван", name))["text"]
        told = [one for one in await floor.messages("Ольга") if "заблокировал" in one["text"]]
        assert len(told) == 1
        await _block(floor, "Иван", True)
        told = [one for one in await floor.messages("Ольга") if "заблокировал" in one["text"]]
        assert len(told) == 2


async def test_a_card_deleted_by_hand(tmp_path: Path) -> None:
    """The card that has to change is gone from the chat: it comes again, once, and works."""
    async with Floor(tmp_path, START) as floor:
        lead = await floor.new_lead("Пётр Проверкин", "+74951110001")
        card = await floor.card("Иван", "Проверкин")
        token = floor.demo.app.settings.bot_token.get_secret_value()
        body = {"chat_id": await floor.chat("Иван"), "message_id": card["message_id"]}
        await floor.post(f"/bot{token}/deleteMessage", body)
        await floor.at("2026-11-02T10:15")
        again = await floor.card("Иван", "Проверкин")
        assert again["message_id"] > card["message_id"]
        assert "⏰ Просрочено" in again["text"]
        await floor.at("2026-11-02T10:25")
        assert len([one for one in await live_cards(floor, "Иван") if "Проверкин" in one["text"]]) == 1
        await floor.press("Иван", "Не дозвонился", "Проверкин")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"


async def test_the_sixth_card_folds_the_oldest(tmp_path: Path) -> None:
    """Five live cards; the oldest that nobody has begun becomes a line with the client's name, and is in the list."""
    async with Floor(tmp_path, START) as floor:
        names = [f"Клиент{number}" for number in range(8)]
        await floor.new_lead(f"{names[0]} Первый", "+74951110000")
        await floor.press("Иван", "Дозвонился", names[0])
        await floor.new_lead(f"{names[1]} Второй", "+74951110001")
        await floor.press("Иван", "Звоню", names[1])
        for number, name in enumerate(names[2:], start=2):
            await floor.new_lead(f"{name} Следующий", f"+7495111000{number}")
            await floor.advance("PT2S")
        shown = {name: next(one for one in await floor.messages("Иван") if name in one["text"]) for name in names}
        assert [bool(shown[name]["buttons"]) for name in names] == [True, True, False, False, False, True, True, True]
        for name in names[2:5]:
            assert shown[name]["text"].endswith("→ /today")
            assert "Обработать лид" in shown[name]["text"]
        await floor.press("Иван", "До 250 тыс.", names[0])
        await floor.say("Иван", "/today")
        today = await floor.shows("Иван")
        assert [name for name in names if name not in today] == []


@pytest.mark.slow
async def test_a_folded_card_opens_again_from_the_list(tmp_path: Path) -> None:
    """[Начать с первого] and [Следующий] lead through everything that was folded."""
    async with Floor(tmp_path, START) as floor:
        for number in range(7):
            await floor.new_lead(f"Клиент{number} Следующий", f"+7495111000{number}")
        await floor.advance("PT10S")
        assert len(await live_cards(floor, "Иван")) == 5
        await floor.say("Иван", "/today")
        await floor.press("Иван", "▶️ Начать с первого")
        for number in range(7):
            await floor.press("Иван", "Не дозвонился", f"Клиент{number}")
            receipt = await floor.card("Иван", f"Клиент{number}")
            assert "✅ Записано" in receipt["text"]
            await floor.press_message("Иван", receipt["message_id"], "Следующий")
        assert not [one for one in await live_cards(floor, "Иван") if "Обработать лид" in one["text"]]
        assert len(await sent(floor, "Иван", START)) < 20
