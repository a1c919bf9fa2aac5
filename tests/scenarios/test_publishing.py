"""The playbook is changed while clients are in work: tasks in the portal and cards on the phones follow, or stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import tables as t
from bot.db import versions as db_versions
from bot.db.people import Person
from bot.playbooks.load import Loaded, builtin, load
from bot.services.published import Mode
from tests.scenarios.floor import Floor

ADMIN = Person(99, "Админ Админов", "admin", None, None)
MISS = "Не дозвонился"
SLOTS = "['09:30', '11:15', '13:00', '15:00', '17:30']"


def with_slots(slots: str) -> Loaded:
    """The built-in playbook, other slots in every cadence."""
    return load(builtin("bankruptcy").text.replace(SLOTS, slots), checked=True)


NEW = with_slots("['10:20', '12:40', '16:10']")


async def test_attempts_follow_promises_stay_and_all_comes_back(tmp_path: Path) -> None:
    """Two clients: one is to be called again by the rule, one at the minute that was agreed with him."""
    async with Floor(tmp_path, "2026-11-02T17:50") as floor:
        publishing = floor.demo.app.publishing
        ruled = await floor.new_lead("Пётр Правилов", "+74952223301")
        agreed = await floor.new_lead("Олег Обещанный", "+74952223302")
        await floor.press("Иван", MISS, "Правилов")
        for label in ("Просит перезвонить", "завтра 10:00"):
            await floor.press("Иван", label, "Обещанный")
        await floor.at("2026-11-02T18:30")
        await floor.press("Иван", MISS, "Правилов")
        await floor.advance("PT1M")
        before = [["вт 3 09:30"], ["вт 3 10:00"]]
        assert [await floor.deadlines(f"L_{lead}") for lead in (ruled, agreed)] == before
        messages = await floor.messages("Иван")
        (first,) = [one.hash for one in await publishing.versions() if one.active]

        await publishing.publish(NEW, base=first, by=ADMIN, note="слоты", mode=Mode.ALL)
        await floor.idle()
        assert [await floor.deadlines(f"L_{lead}") for lead in (ruled, agreed)] == [["вт 3 10:20"], before[1]]
        assert (await floor.lead(ruled))["UF_CRM_DZ_NEXT_AT"].startswith("2026-11-03T10:20")
        await publishing.rollback(first, base=NEW.hash, by=ADMIN, mode=Mode.ALL)
        await floor.idle()
        assert [await floor.deadlines(f"L_{lead}") for lead in (ruled, agreed)] == before
        assert [one["message_id"] for one in await floor.messages("Иван")] == [one["message_id"] for one in messages]

        await publishing.publish(NEW, base=first, by=ADMIN, note="слоты", mode=Mode.ALL)
        assert await cards(floor, "Попытка 3 из 6") == 0
        await floor.at("2026-11-03T10:20")
        assert await cards(floor, "Попытка 3 из 6") == 1
        await floor.press("Иван", MISS, "Правилов")
        assert await floor.deadlines(f"L_{ruled}") == ["вт 3 12:40"]


async def test_a_talk_that_is_open_ends_as_it_began(tmp_path: Path) -> None:
    """The question that has new words now keeps its old ones until it is answered; the next card has the new ones."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        publishing = floor.demo.app.publishing
        await floor.new_lead("Пётр Спрошенный", "+74952223301")
        await floor.new_lead("Анна Ждущая", "+74952223302")
        await floor.press("Иван", "Дозвонился", "Спрошенный")
        words, shown = (await floor.card("Иван", "Спрошенный"))["text"], len(await floor.messages("Иван"))
        assert "Долги с процентами?" in words
        text = builtin("bankruptcy").text.replace("Долги с процентами?", "Сколько всего долгов?")
        change = load(text.replace("title: Обработать лид", "title: Разобрать лид"), checked=True)
        (first,) = [one.hash for one in await publishing.versions() if one.active]
        await publishing.publish(change, base=first, by=ADMIN, note="слова", mode=Mode.ALL)
        await floor.idle()
        assert (await floor.card("Иван", "Спрошенный"))["text"] == words
        assert "Разобрать лид" in (await floor.card("Иван", "Ждущая"))["text"]
        assert len(await floor.messages("Иван")) == shown
        await floor.press("Иван", "До 250 тыс.", "Спрошенный")
        await floor.press("Иван", "Дозвонился", "Ждущая")
        assert "Сколько всего долгов?" in (await floor.card("Иван", "Ждущая"))["text"]


@pytest.mark.slow
async def test_a_reminder_that_would_have_come_before_does_not_come_now(tmp_path: Path) -> None:
    """The new version reminds of a meeting ten minutes ago; its other reminder is to come at half past nine."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        publishing = floor.demo.app.publishing
        await floor.new_lead("Пётр Встречин", "+74952223301")
        for label in ("Дозвонился", "250–500 тыс.", "Встреча в офисе", "завтра 10:00"):
            await floor.press("Иван", label, "Встречин")
        await floor.at("2026-11-02T18:40")
        shown = [one["message_id"] for one in await floor.messages("Иван")]
        remind = "      remind: {before: 2h, text: Напомните о встрече}\n"
        text = builtin("bankruptcy").text
        assert remind in text
        more = f"      early: {{before: 15h30m, text: Напомните заранее}}\n{remind.replace('2h', '30m')}"
        (first,) = [one.hash for one in await publishing.versions() if one.active]
        change = load(text.replace(remind, more), checked=True)
        await publishing.publish(change, base=first, by=ADMIN, note="напоминания", mode=Mode.ALL)
        await floor.advance("PT1M")
        assert [one["message_id"] for one in await floor.messages("Иван")] == shown
        async with floor.demo.app.database.read() as connection:
            coming = select(t.timers.c.at).where(~t.timers.c.done, t.timers.c.key.like("%:remind:%"))
            assert list((await connection.execute(coming)).scalars()) == [datetime(2026, 11, 3, 6, 30, tzinfo=UTC)]


async def test_what_a_stopped_bot_had_begun_goes_on_at_the_next_start(tmp_path: Path) -> None:
    """The version is in force, the bot is gone before any case has followed: they do at its next start."""
    async with Floor(tmp_path, "2026-11-02T17:50") as floor:
        lead = await floor.new_lead("Пётр Правилов", "+74952223301")
        await floor.press("Иван", MISS, "Правилов")
        await floor.at("2026-11-02T18:30")
        await floor.press("Иван", MISS, "Правилов")
        await floor.advance("PT1M")
        now = floor.demo.clock.now()
        async with floor.demo.app.database.write() as connection:
            await db_versions.keep(connection, NEW, "Админ Админов", "слоты", now)
            await db_versions.put_in_force(connection, NEW.hash, None, "Админ Админов", "слоты", "all", now)
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 09:30"]
    async with Floor(tmp_path, "2026-11-02T17:50") as floor:
        await floor.idle()
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 10:20"]
        (entry,) = [one for one in await floor.demo.app.publishing.history() if one.mode == "all"]
        assert entry.done


async def cards(floor: Floor, words: str) -> int:
    """How many messages with these words the manager has."""
    return sum(words in (one.get("text") or "") for one in await floor.messages("Иван"))


async def test_what_was_for_new_clients_can_become_for_all_later(tmp_path: Path) -> None:
    """Whoever has pressed «к новым», forward or back, is not left with clients in work on another version."""
    async with Floor(tmp_path, "2026-11-02T17:50") as floor:
        lead = await floor.new_lead("Пётр Правилов", "+74952223301")
        await floor.press("Иван", MISS, "Правилов")
        await floor.at("2026-11-02T18:30")
        await floor.press("Иван", MISS, "Правилов")
        await floor.advance("PT2M")
        await floor.say("Алла", "/cadence scoring слоты 10:20 12:40 16:10")
        await floor.press("Алла", "Только к новым")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 09:30"]
        await floor.say("Алла", "/playbook")
        await floor.press("Алла", "И к тем, кто в работе")
        told = (await floor.messages("Алла"))[-1]
        assert "сдвинутся задачи: 1" in told["text"]
        assert "Только к новым" not in str(told["buttons"])
        await floor.press("Алла", "Применить ко всем")
        told = (await floor.messages("Алла"))[-1]
        assert "Действует для всех" in told["text"]
        assert "Вернуть как было" not in str(told["buttons"])
        await floor.idle()
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 10:20"]
        await floor.say("Алла", "/playbook")
        assert "кто в работе" not in str((await floor.messages("Алла"))[-1]["buttons"])
        await floor.say("Алла", "/playbook отличия")
        assert "10:20 12:40 16:10" in (await floor.messages("Алла"))[-1]["text"]
