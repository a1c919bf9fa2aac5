"""Alerts that reach nobody: the admin learns of it once, and nothing that somebody could hear is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.playbooks.load import builtin
from bot.screens.screen import Screen
from bot.services.escalations import Escalations
from bot.services.library import Library
from tests.scenarios.floor import Floor

ADMIN = "Алла"
SUPERVISOR = "Ольга"


async def _in_the_group(floor: Floor, text: str) -> None:
    body = {"user_id": floor.people[ADMIN]["id"], "text": text}
    await floor.post(f"/sandbox/chats/{await floor.chat('группа')}/messages", body)
    await floor.advance("PT3S")


async def _block(floor: Floor, who: str) -> None:
    await floor.post(f"/sandbox/people/{floor.people[who]['id']}/block", {"blocked": True})
    await floor.idle()


async def _said(floor: Floor) -> int:
    return sum("не узнаёт никто" in one["text"] for one in await floor.messages(ADMIN))


async def _alarms(floor: Floor, who: str) -> str:
    return "\n".join(one["text"] for one in await floor.messages(who) if "без звонка" in one["text"])


async def test_nobody_is_there_to_hear(tmp_path: Path) -> None:
    """No group, and nobody who leads: said once, with what to do; said again after somebody was there and has gone."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await _in_the_group(floor, "/unbind")
        staff = floor.demo.app.people
        by = next(one for one in (await staff.everybody()).all if one.role == "admin")
        for one in (await staff.everybody()).all:
            if one.role in ("supervisor", "director"):
                assert await staff.shut_out(by, one, Screen("Доступ закрыт."))
        for number in range(3):
            await floor.new_lead(f"Ждёт{number} Клиент", f"+749511100{number:02}")
            await floor.advance("PT10M")
        await floor.at("2026-11-02T11:10")
        assert await _said(floor) == 1
        text = next(one["text"] for one in await floor.messages(ADMIN) if "не узнаёт никто" in one["text"])
        assert "/bind" in text
        assert "/invite" in text
        await _in_the_group(floor, "/bind")
        await floor.new_lead("Слышно Клиент", "+74951110010")
        await floor.at("2026-11-02T11:45")
        assert "Слышно К." in await _alarms(floor, "группа")
        await _in_the_group(floor, "/unbind")
        await floor.new_lead("Снова Клиент", "+74951110011")
        await floor.at("2026-11-02T12:20")
        assert await _said(floor) == 2


async def test_a_clock_that_runs_while_it_is_told(tmp_path: Path) -> None:
    """What is due now is told now, though a moment has passed since it was asked what that is."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Ждёт Клиент", "+74951110001")
        app, clock = floor.demo.app, floor.demo.clock
        await floor.at("2026-11-02T10:29")
        floor.demo.floor.app = None
        await app.pulse.stop()
        clock.move_to(clock.now() + timedelta(minutes=2))
        clock.release()
        library = Library(builtin("bankruptcy"))
        assert await Escalations(app.database, clock, library, "http://portal").tell_due() == 1


async def test_who_leads_has_blocked_us(tmp_path: Path) -> None:
    """What only she was told of is told to who stands in for her; when nobody is left, to the admin's face."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await _in_the_group(floor, "/unbind")
        director = next(name for name, one in floor.people.items() if one["role"] == "director")
        await floor.new_lead("Ждёт Клиент", "+74951110001")
        await floor.at("2026-11-02T10:31")
        assert "Ждёт К." in await _alarms(floor, SUPERVISOR)
        assert await _alarms(floor, director) == ""
        await _block(floor, SUPERVISOR)
        await floor.advance("PT1M")
        assert "Ждёт К." in await _alarms(floor, director)
        assert await _said(floor) == 0
        await _block(floor, director)
        await floor.advance("PT1M")
        assert await _said(floor) == 1
        await floor.advance("PT1H")
        assert await _said(floor) == 1
