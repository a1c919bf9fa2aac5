"""What people of the floor do for each other, and what everybody else is told."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk

NAME = "Проверкин"


async def test_handed_over(tmp_path: Path) -> None:
    """[Передать]: lead and task change hands in the portal, the colleague gets the card, one line stays."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        old = await floor.card("Иван", NAME)
        await walk(floor, "Иван", NAME, "Передать → Анна Ковалёва")
        anna = floor.people["Анна"]["crm_user_id"]
        assert (await floor.lead(lead))["assignedById"] == anna
        (task,) = await floor.tasks(f"L_{lead}")
        assert task["responsibleId"] == str(anna)
        (line,) = [one for one in await floor.messages("Иван") if one["message_id"] == old["message_id"]]
        assert "\n" not in line["text"]
        assert "передано" in line["text"]
        assert not line.get("buttons")
        await walk(floor, "Анна", NAME, "Просит перезвонить → завтра 10:00")
        assert "Записал(а): Анна Ковалёва" in (await floor.comments("lead", lead))[0]


async def test_help_is_answered_taken_and_handed_on(tmp_path: Path) -> None:
    """[Нужна помощь]: the supervisor answers, takes the case, or hands it on; the due time stays."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        assert "увидит" in (await floor.press("Иван", "Нужна помощь", NAME) or "")
        assert "уже просили" in (await floor.press("Иван", "Нужна помощь", NAME) or "")
        call = await floor.card("Ольга")
        assert call["text"].startswith("🆘 Иван Соколов просит помощи: Пётр Проверкин")
        assert labels(call) == ["Ответить", "Забираю", "Передать…"]
        await floor.press("Ольга", "Ответить")
        await floor.say("Ольга", "Предложите видео")
        assert "Ольга Руднева" in await floor.shows("Иван")
        assert "Предложите видео" in await floor.shows("Иван")
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:15"]

        await floor.press("Иван", "Нужна помощь", NAME)
        await floor.press("Ольга", "Передать…")
        await floor.press("Ольга", "Анна Ковалёва")
        assert (await floor.lead(lead))["assignedById"] == floor.people["Анна"]["crm_user_id"]
        assert NAME in (await floor.card("Анна", NAME))["text"]

        await floor.press("Анна", "Нужна помощь", NAME)
        await floor.press("Ольга", "Забираю")
        assert any("Забрал(а) Ольга Р." in one["text"] for one in await floor.messages("Ольга"))
        assert (await floor.lead(lead))["assignedById"] == floor.people["Ольга"]["crm_user_id"]
        await floor.press("Ольга", "Не дозвонился", NAME)
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"


async def test_presses_that_come_wrong(tmp_path: Path) -> None:
    """Stale, repeated, foreign and forged presses get one honest line and change nothing."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        card = await floor.card("Иван", NAME)
        data = {one["text"]: one.get("data") for row in card["buttons"] for one in row}
        path = f"/sandbox/chats/{await floor.chat('Иван')}/messages/{card['message_id']}/press"

        async def forge(data: str, who: str = "Иван") -> str:
            answer = await floor.post(path, {"user_id": floor.people[who]["id"], "data": data})
            return str((answer["answer"] or {}).get("text") or "")

        await floor.press("Иван", "Дозвонился", NAME)
        assert "устарела" in await forge(data["Не дозвонился"])
        assert await forge("q|999999-1|0|reached|no_answer")
        assert await forge("q|x")
        assert await forge("nonsense")
        assert await forge(data["Не дозвонился"].replace("no_answer", "no_such"))
        await floor.press("Иван", "Отмена", NAME)
        await floor.press("Иван", "Не дозвонился", NAME)
        assert "Уже записано" in await forge(data["Не дозвонился"])
        assert len(await floor.comments("lead", lead)) == 1
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:40"]


async def test_foreign_cards(tmp_path: Path) -> None:
    """Somebody else's card: whose it is, and nothing changes."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        card = await floor.card("Иван", NAME)
        miss = next(one["data"] for row in card["buttons"] for one in row if one["text"] == "Не дозвонился")
        await floor.say("Анна", "/today")
        shown = await floor.card("Анна")
        path = f"/sandbox/chats/{await floor.chat('Анна')}/messages/{shown['message_id']}/press"
        answer = await floor.post(path, {"user_id": floor.people["Анна"]["id"], "data": miss})
        assert answer["answer"]["text"] == "Это задача другого менеджера: Иван С."
        assert (await floor.lead(lead))["stageId"] == "NEW"


async def test_a_stranger_gets_one_line(tmp_path: Path) -> None:
    """Nobody else gets any answer but how to ask for an invite."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        row = await floor.post("/sandbox/people", {"name": "Сосед Соседов"})
        floor.people["Сосед"] = row
        for words in ("/start", "/today", "привет"):
            await floor.say("Сосед", words)
            assert await floor.shows("Сосед") == "Нет доступа. Попросите у администратора ссылку-приглашение."


async def test_the_day_card_by_card(tmp_path: Path) -> None:
    """/today counts and lists, «Начать с первого» and «Следующий» walk it, «Завтра» shows tomorrow."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Анна Первая", "+74950000001")
        await floor.at("2026-11-02T10:05")
        await floor.new_lead("Борис Второй", "+74950000002")
        await floor.at("2026-11-02T10:16")
        await floor.say("Иван", "/today")
        head, *rows = (await floor.shows("Иван")).split("\n")
        assert head.startswith("Сегодня 4 · просрочено 1 · след. в 10:20")
        assert rows[0].startswith("🔴 10:15 Обработать лид – Анна П.")
        assert rows[0].endswith("⏰")
        await floor.press("Иван", "▶️ Начать с первого")
        await walk(floor, "Иван", "Первая", "Просит перезвонить → завтра 10:00")
        assert "Следующий" in labels(await floor.card("Иван", "Первая"))
        await floor.press("Иван", "Следующий", "Первая")
        assert "Борис Второй" in (await floor.card("Иван"))["text"]
        await walk(floor, "Иван", "Второй", "Другой результат → Тест → ✅ Записать")
        await floor.say("Иван", "/today")
        await floor.press("Иван", "Завтра")
        tomorrow = (await floor.card("Иван"))["text"]
        assert "10:00 Перезвонить – Анна П." in tomorrow
        await floor.say("Иван", "/help")
        assert "/today" in await floor.shows("Иван")


async def test_the_sixth_card_folds_the_oldest(tmp_path: Path) -> None:
    """Five live cards on a phone; the oldest untouched one becomes a line; one that was begun stays."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        for number in range(6):
            await floor.advance("PT10S")
            await floor.new_lead(f"Клиент Номер{number}", f"+7495000001{number}")
            if number == 0:
                await floor.press("Иван", "Дозвонился", "Номер0")
        live = [one["text"] for one in await floor.messages("Иван") if one.get("buttons")]
        assert len(live) == 5
        assert not any("Номер1" in text for text in live)
        folded = next(one["text"] for one in await floor.messages("Иван") if "Номер1" in (one["text"] or ""))
        assert folded.endswith("→ /today")
        assert "\n" not in folded
        assert (
            folded == "🔴 Обработать лид · до 10:15 · Клиент Номер1 → /today"
        )  # no «осталось 14 мин» that stays for ever
