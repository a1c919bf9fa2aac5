"""Every command that the bot has, with nonsense, by every role, in private and in the group: one clear answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.dialogs.dispatcher import commands_of
from tests.scenarios.floor import Floor
from tests.scenarios.test_admin_playbook import text_in_force

START = "2026-11-02T10:00"
NONSENSE = (
    "",
    "😀😀😀",
    "99999999999999999999999",
    "-1",
    "<b>&amp;</i> {0} %s \\d+",
    "Недозвон на Марс 5 попыток за 3 дня",
    "31.02 25:99-26:00",
    "абв " * 900,
)
ALLOWED = re.compile(r"[А-Яа-яё]{3}")
ADMINS = {"admin", "audit", "cadence", "sla", "hours", "holidays", "sources", "alerts", "playbook", "simulate"} | {
    *("health", "people", "invite", "outbox", "team", "bind", "unbind"),
}


def known(floor: Floor) -> list[str]:
    dispatcher = floor.demo.app._dispatcher
    assert dispatcher is not None
    return sorted(commands_of(dispatcher) - {"start"})


async def answers(floor: Floor, who: str, text: str, chat: str | None = None) -> list[str]:
    """What the bot has said anew in this chat."""
    place = chat or who
    before = {one["message_id"] for one in await floor.messages(place)}
    person = floor.people[who]["id"]
    await floor.post(f"/sandbox/chats/{await floor.chat(place)}/messages", {"user_id": person, "text": text})
    await floor.advance("PT3S")
    new = [one for one in await floor.messages(place) if one["message_id"] not in before and one["from_id"] != person]
    return [str(one.get("text") or one.get("caption") or "") for one in new]


def check(said: list[str], asked: str) -> None:
    assert said, f"{asked}: no answer"
    assert len(said) <= 2, (asked, said)  # a simulation and a digest bring a picture
    assert ALLOWED.search(said[0]), (asked, said)
    assert "пошло не так" not in said[0], asked
    assert "жду нажатия" not in said[0], asked


async def test_admin_commands_answer_nonsense(tmp_path: Path) -> None:
    """In private with a word that means nothing; in the group what belongs into the private chat says so."""
    async with Floor(tmp_path, START) as floor:
        before, names = await text_in_force(floor), known(floor)
        assert {"cadence", "people", "outbox", "invite", "audit", "away", "case"} <= set(names)
        assert set(names) >= ADMINS
        for name in sorted(ADMINS - {"simulate"}):
            check(await answers(floor, "Алла", f"/{name} 😀 -1"), f"/{name}")
        for name in ("health", "people", "outbox", "invite", "today"):
            said = f"Слова после /{name} я не читаю, поэтому ничего не сделал. Отправьте просто /{name}"
            assert await answers(floor, "Алла", f"/{name} Иван") == [said]
        assert await answers(floor, "Алла", "/unbind Отдел продаж", "группа") == [
            "Слова после /unbind я не читаю, поэтому ничего не сделал. Отправьте просто /unbind"
        ]
        for name in ("people", "outbox", "cadence", "funnel"):
            (said,) = await answers(floor, "Алла", f"/{name} 😀", "группа")
            assert "личном чате" in said, name
        assert await text_in_force(floor) == before


@pytest.mark.slow
async def test_every_command_answers_every_role(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        before, roles = await text_in_force(floor), {one["role"]: name for name, one in floor.people.items()}
        names = known(floor)
        for role in ("admin", "supervisor", "manager", "lawyer"):
            for name in names:
                said = await answers(floor, roles[role], f"/{name} 😀 -1")
                check(said, f"{role} /{name}")
                if role != "admin" and name in ADMINS:
                    assert "администратор" in said[0], (role, name, said)
        for name in sorted(set(names) - {"help"}):
            check(await answers(floor, roles["admin"], f"/{name} 😀", "группа"), f"in the group /{name}")
            await floor.advance("PT5S")  # a group takes so many messages a minute
        assert await text_in_force(floor) == before


@pytest.mark.slow
async def test_admin_commands_with_all_kinds_of_nonsense(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        before = await text_in_force(floor)
        for name in sorted(ADMINS):
            for words in NONSENSE:
                said = await answers(floor, "Алла", f"/{name} {words}".strip()[:4096])
                check(said, f"/{name} {words[:20]}")
                assert "Применить" not in str((await floor.messages("Алла"))[-1].get("buttons")), (name, words[:20])
        assert await text_in_force(floor) == before
