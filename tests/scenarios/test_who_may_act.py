"""Supervisors act where they lead: not in another team's group, not on a stale message, not by a forged press."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.db import tables as t
from bot.screens.press import pack
from tests.scenarios.floor import Floor
from tests.scenarios.teams import ADMIN, FIRST, alerts, group, join, read_departments, two_teams, write

START = "2026-11-02T10:00"
VERA = ("Вера Новикова", "+74951110002", "Анна")


async def pressed(floor: Floor, chat: int, message: dict[str, Any], who: str, **button: str) -> str:
    """What the presser of this label (`text`), or of this forged `data`, is told."""
    path = f"/sandbox/chats/{chat}/messages/{message['message_id']}/press"
    answer = await floor.post(path, {"user_id": floor.people[who]["id"], **button})
    await floor.advance("PT3S")
    return str((answer["answer"] or {}).get("text") or "")


async def owner(floor: Floor, lead: int) -> str:
    """Whose the lead is in the portal."""
    number = (await floor.lead(lead))["assignedById"]
    people = await floor.demo.app.people.everybody()
    return people.by_crm[number].name.split()[0]


async def case_of(floor: Floor, lead: int) -> int:
    async with floor.demo.app.database.read() as connection:
        query = select(t.cases.c.id).where(t.cases.c.crm_id == lead, t.cases.c.entity == "lead")
        return int((await connection.execute(query)).scalar_one())


async def test_another_team_s_supervisor_is_refused_quietly(tmp_path: Path) -> None:
    """In its group and by numbers on his own phone; who leads the team acts."""
    async with Floor(tmp_path, START) as floor:
        _, second = await two_teams(floor)
        lead = await floor.new_lead(*VERA)
        await floor.advance("PT31M")
        (message,) = await alerts(floor, second)
        cards = await floor.messages("Анна")
        told = "Это клиент отдела «Второй отдел». С ним может действовать: Пётр В."
        for label in ("Забираю", "Передать…", "Спросить: Анна", "Не напоминать 30 мин"):
            assert await pressed(floor, second, message, "Ольга", text=label) == told, label
        assert await pressed(floor, second, message, "Иван", text="Забираю") == "Это может только руководитель."
        await floor.say("Ольга", "/floor")
        view, chat, case = (await floor.messages("Ольга"))[-1], await floor.chat("Ольга"), await case_of(floor, lead)
        for kind, *args in (
            *(("r", verb, case, f"{case}-1") for verb in ("fix", "self", "man", "open", "give")),
            *(("x", verb, case) for verb in ("take", "hand", "back")),
            ("x", "advise", case, 1),
            ("x", "story", case, 1, 0),
        ):
            assert await pressed(floor, chat, view, "Ольга", data=pack(str(kind), *args)) == told, args
        assert await alerts(floor, second) == [message]
        assert await floor.messages("Анна") == cards
        assert (await floor.messages("Ольга"))[-1]["text"] == view["text"]
        assert await owner(floor, lead) == "Анна"
        await pressed(floor, second, message, "Пётр", text="Забираю")
        await floor.advance("PT5S")
        assert await owner(floor, lead) == "Пётр"


@pytest.mark.slow
async def test_a_client_who_has_moved_belongs_to_who_leads_his_team_now(tmp_path: Path) -> None:
    """The second group was told of him; by now he is the first team's."""
    async with Floor(tmp_path, START) as floor:
        _, second = await two_teams(floor)
        lead = await floor.new_lead(*VERA)
        await floor.advance("PT31M")
        (message,) = await alerts(floor, second)
        mover, number = floor.people["Иван"]["crm_user_id"], floor.people["Анна"]["crm_user_id"]
        await floor.portal("user.update", {"ID": mover, "UF_DEPARTMENT": [await _second(floor)]})
        await floor.portal("user.update", {"ID": number, "UF_DEPARTMENT": [FIRST]})
        await read_departments(floor)
        said = await pressed(floor, second, message, "Пётр", text="Забираю")
        assert said == "Это клиент отдела «Отдел продаж». С ним может действовать: Ольга Р."
        assert await owner(floor, lead) == "Анна"
        await pressed(floor, second, message, "Ольга", text="Забираю")
        await floor.advance("PT5S")
        assert await owner(floor, lead) == "Ольга"


async def _second(floor: Floor) -> int:
    people = await floor.demo.app.people.everybody()
    return next(team.id for team in people.teams.all.values() if team.name == "Второй отдел")


@pytest.mark.slow
async def test_while_the_supervisor_is_absent_the_next_above_stands_in(tmp_path: Path) -> None:
    """Пётр is ill: his team's alerts come to the director, who acts; once he is back they are his again."""
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor, group_too=False)
        await write(floor, await floor.chat("группа"), ADMIN, "/bind отдел продаж")
        await floor.say("Пётр", "/away")
        await floor.press("Пётр", "Пётр Второв")
        await floor.press("Пётр", "Заболел(а), сегодня")
        lead = await floor.new_lead(*VERA)
        await floor.advance("PT31M")
        assert "Вера" not in str(await floor.messages("Пётр"))
        await floor.press("Дмитрий", "Передать…", "Вера")
        assert "Иван Соколов" in str((await floor.card("Дмитрий", "Вера"))["buttons"])
        await floor.say("Пётр", "/away")
        await floor.press("Пётр", "Пётр Второв")
        await floor.press("Пётр", "Я вернулся(ась)")
        await floor.new_lead("Олег Новиков", "+74951110003", "Анна")
        await floor.advance("PT31M")
        assert "Олег" in (await floor.card("Пётр", "Олег"))["text"]
        assert await owner(floor, lead) == "Анна"


@pytest.mark.slow
async def test_a_director_and_a_deputy_act(tmp_path: Path) -> None:
    """A director in every group; a deputy in his own department, and he sees no other."""
    async with Floor(tmp_path, START) as floor:
        number, _ = await two_teams(floor, group_too=False)
        for name, role, place in (("Дина Верхняя", "director", 1), ("Зоя Вторая", "supervisor", number)):
            first, _, last = name.partition(" ")
            fields = {"NAME": first, "LAST_NAME": last, "UF_DEPARTMENT": [place]}
            await join(floor, name, role, int(await floor.portal("user.add", fields)))
        second = await group(floor, "Группа Петра")
        await write(floor, second, ADMIN, "/bind второй отдел")
        await read_departments(floor)
        await floor.new_lead(*VERA)
        await floor.say("Зоя", "/floor")
        assert "Анна К." in await floor.shows("Зоя")
        assert "Иван С." not in await floor.shows("Зоя")
        await floor.advance("PT31M")
        (message,) = await alerts(floor, second)
        assert await pressed(floor, second, message, "Дина", text="Спросить: Анна") == ""
        assert await pressed(floor, second, message, "Зоя", text="Не напоминать 30 мин") == ""
