"""An admin changes the playbook from his phone: commands, buttons, files; what he sees before and afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.playbooks.load import builtin
from bot.services.people import Invited
from tests.scenarios.floor import Floor

START = "2026-11-02T10:00"
NONSENSE = (
    *("/cadence scoring attempts=-1", "/cadence показать ничего", "/sla 15 мин", "/hours вечером", "/holidays 31.02 -"),
    *("/sources добавить", "/alerts <b>громче", "/playbook сжечь", "/playbook вернуть ffff", "/audit 😀"),
)
COMMANDS = (
    "/admin",
    "/cadence",
    "/sla",
    "/hours",
    "/holidays",
    "/sources",
    "/alerts",
    "/playbook",
    "/audit",
    "/health",
)


async def asked(floor: Floor, text: str, who: str = "Алла") -> str:
    """Say it and read the answer."""
    await floor.say(who, text)
    return str((await floor.messages(who))[-1].get("text"))


async def shown(floor: Floor, label: str, who: str = "Алла") -> str:
    """Press it on the newest message and read what that shows."""
    await floor.press(who, label)
    return str((await floor.messages(who))[-1].get("text"))


async def text_in_force(floor: Floor) -> str:
    """The text of the version in force."""
    publishing = floor.demo.app.publishing
    return await publishing.text_of((await publishing.versions(1))[0].hash)


@pytest.mark.slow
async def test_commands_help_and_nonsense_changes_nothing(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        before = await text_in_force(floor)
        for text in COMMANDS:
            told = await asked(floor, text)
            assert len(told) > 40, text
            assert (await floor.messages("Алла"))[-1]["buttons"], text
        for text in NONSENSE:
            told = await asked(floor, text)
            assert "пошло не так" not in told, text
            assert "жду нажатия" not in told, text
        assert "Применить" not in str(await floor.messages("Алла"))
        assert await text_in_force(floor) == before
        assert "только администратор" in await asked(floor, "/cadence scoring 4 попытки", "Иван")
        week = await asked(floor, "/cadence показать Недозвон на скоринг")
        assert "пн 02.11  10:00 · 10:40\nвт 03.11" in week
        assert "БДТ" in week
        await asked(floor, "/admin")
        assert "Обработать лид" in await shown(floor, "Сроки")
        assert "одним сообщением" in await shown(floor, "✏️ Изменить")
        assert "Не вижу" in await asked(floor, "побыстрее")
        assert "срок 15 мин → 20 мин" in await asked(floor, "Обработать лид 20 мин")
        assert "Отменено" in await shown(floor, "Отмена")
        assert "жду нажатия" in await asked(floor, "Обработать лид 25 мин")
        await asked(floor, "/sla")
        assert "Решить" in await shown(floor, "Дальше ›")
        assert "Настройка" in await shown(floor, "‹ Настройка")
        assert "CRM: отвечает" in await shown(floor, "Состояние")
        await floor.faults("bitrix24", "down")
        assert "❌ CRM" in await shown(floor, "Обновить")


async def test_two_admins_a_conflict_and_the_very_bytes_again(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        admin = floor.people["Алла"]
        floor.people["Вторая"] = second = await floor.post("/sandbox/people", {"name": "Вторая Админова"})
        token = await floor.demo.app.people.invite(Invited(second["name"], "admin", None), by=admin["id"])
        await floor.say("Вторая", f"/start {token}")
        before = await text_in_force(floor)
        assert before == builtin("bankruptcy").text

        told = await asked(floor, "/cadence scoring 6 попыток за 4 дня, для сайта")
        assert "Недозвон на скоринг, Сайт: добавлено" in told
        assert "Отменено" in await shown(floor, "Отмена")
        assert "• Недозвон на скоринг: попыток 5 → 6" in await asked(floor, "/cadence scoring 6 попыток")
        assert "пн-чт 09:00-19:00, пт 09:00-18:00" in await asked(floor, "/hours пт 9-18", "Вторая")
        assert "✅ Действует для новых" in await shown(floor, "Только к новым")
        lost = await shown(floor, "Применить ко всем", "Вторая")
        assert "Алла" in lost
        assert "не применена" in lost
        assert "попыток 5 → 6" in await shown(floor, "Показать новую версию", "Вторая")
        assert "Часы работы" in await shown(floor, "Повторить мою правку", "Вторая")
        assert "✅ Действует для всех" in await shown(floor, "Применить ко всем", "Вторая")
        changed = await text_in_force(floor)
        assert "attempts: 6                    # calls after the first miss" in changed
        assert "hours: {mon-thu: 09:00-19:00, fri: 09:00-18:00}\n" in changed

        audit = await asked(floor, "/audit")
        assert audit.index("Вторая") < audit.index("Алла")
        await asked(floor, "/playbook версии")
        buttons = [row[0]["text"] for row in (await floor.messages("Алла"))[-1]["buttons"]]
        first = next(label for label in reversed(buttons) if " · " in label)
        assert "попыток 5 → 6" in await shown(floor, first)
        assert "Вернуть версию" in await shown(floor, "Вернуть её")
        assert "✅" in await shown(floor, "Применить ко всем")
        assert await text_in_force(floor) == before


@pytest.mark.slow
async def test_the_file_goes_to_the_phone_and_comes_back(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        before = await text_in_force(floor)
        await floor.say("Алла", "/playbook скачать")
        document = (await floor.messages("Алла"))[-1]["document"]
        assert document["file_name"].startswith("bankruptcy-")
        assert document["file_size"] == len(before.encode())
        for broken in (before.replace("stage: no_contact", "stage: no_contakt", 1).encode(), b"\xff\xfe", b"- 1"):
            await floor.send("Алла", "new.yaml", broken, mime="application/yaml")
            refused = str((await floor.messages("Алла"))[-1]["text"])
            assert "не принят" in refused or "UTF-8" in refused
            if b"no_contakt" in broken:
                assert "нет такого: стадия «no_contakt». Может быть, «no_contact»?" in refused
        await floor.send("Алла", "new.yaml", b" " * 1_000_001, mime="application/yaml")
        assert "больше 1000 КБ" in str((await floor.messages("Алла"))[-1]["text"])
        assert await text_in_force(floor) == before
        good = before.replace("title: Новый лид\n", "title: Свежий лид\n", 1)
        await floor.say("Алла", "/cadence scoring 6 попыток")
        await floor.press("Алла", "Только к новым")
        before = await text_in_force(floor)
        await floor.send("Алла", document["file_name"], good.encode(), mime="application/yaml")
        preview = await floor.card("Алла", "Что изменится")
        assert "⚠️ Файл скачан из версии" in preview["text"]
        assert "попыток 6 → 5" in preview["text"]
        assert "Свежий лид: название «Новый лид» → «Свежий лид»" in preview["text"]
        data = preview["buttons"][0][0]["data"]
        forged = await floor.post(
            f"/sandbox/chats/{await floor.chat('Алла')}/messages/{preview['message_id']}/press",
            {"user_id": floor.people["Алла"]["id"], "data": data.replace("|ok|", "|zz|")},
        )
        assert forged is not None
        assert await text_in_force(floor) == before


@pytest.mark.slow
async def test_a_change_is_tried_out_before_it_is_published(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        told = await asked(floor, "/simulate 300 лидов, 3 менеджера, seed=7")
        assert "300 лидов за 30 дней, 3 менеджера, зерно 7" in await said(floor)
        assert "Нагрузка" in told
        assert (await floor.messages("Алла"))[-1]["photo"]
        for nonsense in ("/simulate много", "/simulate 5 слонов", "/simulate leads=-1", "/simulate foo=1"):
            told = await asked(floor, nonsense)
            assert "Моделирую" not in told, nonsense
            assert "пошло не так" not in told, nonsense
        assert "не больше 20000" in await asked(floor, "/simulate 100 000 лидов")
        assert "только администратор" in await asked(floor, "/simulate", "Иван")

        preview = await asked(floor, "/cadence scoring 2 попытки за 2 дня")
        assert "попыток 5 → 2" in preview
        await floor.press("Алла", "Смоделировать")
        told = await said(floor)
        assert "(новая версия)" in told
        assert "Звонков на лид:" in told
        assert "✅" in await shown_on(floor, "Что изменится", "Применить ко всем")


async def said(floor: Floor) -> str:
    """The simulation's words, above its picture."""
    return str((await floor.messages("Алла"))[-2].get("text"))


async def shown_on(floor: Floor, text: str, label: str) -> str:
    """Press it on the newest message of this text."""
    message = await floor.card("Алла", text)
    await floor.press_message("Алла", message["message_id"], label)
    return str(next(one for one in await floor.messages("Алла") if one["message_id"] == message["message_id"])["text"])
