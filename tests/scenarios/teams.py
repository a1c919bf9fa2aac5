"""A floor of two teams: a second department with Анна in it, a supervisor over it, and a group of its own."""

from __future__ import annotations

from typing import Any

from bot.services.people import Invited
from tests.scenarios.floor import Floor

ADMIN = "Алла"
FIRST = 2
"""The department of the seed in which clients are taken; Ольга heads it."""


async def write(floor: Floor, chat: int, who: str, text: str, thread: int | None = None) -> None:
    """Somebody writes into a group."""
    body = {"user_id": floor.people[who]["id"], "text": text}
    await floor.post(f"/sandbox/chats/{chat}/messages", body | ({"thread_id": thread} if thread else {}))
    await floor.advance("PT3S")


async def texts(floor: Floor, chat: int, after: int = 0) -> list[str]:
    """What a group's phones show."""
    found = await floor.get(f"/sandbox/chats/{chat}/messages?after={after}")
    return [one["text"] or "" for one in found if not one["deleted"] and not one["service"]]


async def alerts(floor: Floor, chat: int) -> list[dict[str, Any]]:
    """Messages of a chat with buttons of supervisors."""
    found = await floor.get(f"/sandbox/chats/{chat}/messages?after=0")
    return [one for one in found if one["buttons"] and "Забираю" in str(one["buttons"]) and not one["deleted"]]


async def group(floor: Floor, title: str) -> int:
    """A new group of everybody in the cast and the bot."""
    members = [person["id"] for person in floor.people.values()]
    return int((await floor.post("/sandbox/chats", {"title": title, "member_ids": members}))["id"])


async def join(floor: Floor, name: str, role: str, crm_user: int) -> None:
    """Somebody else of the portal is invited and comes."""
    person = await floor.post("/sandbox/people", {"name": name})
    token = await floor.demo.app.people.invite(Invited(name, role, crm_user), floor.people[ADMIN]["id"])
    floor.people[name.split()[0]] = person
    await floor.say(name.split()[0], f"/start {token}")


async def read_departments(floor: Floor) -> None:
    """The bot reads the portal's departments when its ten minutes are over."""
    await floor.advance("PT10M")
    await floor.advance("PT30S")


async def two_teams(floor: Floor, *, head: bool = True, group_too: bool = True) -> tuple[int, int]:
    """Анна goes to a department of her own, headed by Пётр; returns its number and its group, or 0 without one."""
    number = int(await floor.portal("department.add", {"NAME": "Второй отдел", "PARENT": 1}))
    fields = {"NAME": "Пётр", "LAST_NAME": "Второв", "UF_DEPARTMENT": [number]}
    user = int(await floor.portal("user.add", fields))
    if head:
        await floor.portal("department.update", {"ID": number, "UF_HEAD": user})
    await floor.portal("user.update", {"ID": floor.people["Анна"]["crm_user_id"], "UF_DEPARTMENT": [number]})
    await join(floor, "Пётр Второв", "supervisor", user)
    await read_departments(floor)
    if not group_too:
        return number, 0
    chat = await group(floor, "Группа Петра")
    await write(floor, chat, ADMIN, "/bind второй отдел")
    return number, chat
