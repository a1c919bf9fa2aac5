"""A whole floor in one process: sandbox, bot and a clock that only moves when it is moved.

Everything goes through the page's own API and the portal's REST, as a person or an acceptance script would.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import aiohttp

from bot.demo import Demo, Place, open_demo
from tests.folders import floors

MOSCOW = ZoneInfo("Europe/Moscow")
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


_opened: Counter[str] = Counter()


async def _furnish(place: Place) -> None:
    """From the second floor of a playbook on: the data of one that was opened and closed, made once for all workers.

    What such a floor goes through is what a restart goes through; each worker's first one starts from nothing.
    """
    _opened[place.playbook] += 1
    if _opened[place.playbook] == 1:
        return
    ready = floors() / f"{place.playbook}-{place.start:%Y%m%dT%H%M}".replace("/", "_")
    if not ready.exists():
        made = Path(tempfile.mkdtemp(dir=floors()))
        async with AsyncExitStack() as stack:
            await open_demo(stack, replace(place, data=made), running=False)
        with suppress(OSError):  # another worker was quicker
            made.rename(ready)
    shutil.copytree(ready, place.data, dirs_exist_ok=True)


@dataclass
class Floor:
    """Use as `async with Floor(folder, "2026-11-02T16:50") as floor`."""

    folder: Path
    start: str
    playbook: str = "bankruptcy"
    database_url: str | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _demo: Demo | None = None
    _http: aiohttp.ClientSession | None = None
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        start = datetime.fromisoformat(self.start).replace(tzinfo=MOSCOW)
        place = Place("127.0.0.1", 1, self.folder, self.playbook, start, self.database_url)
        if self.database_url is None and not any(self.folder.iterdir()):
            await _furnish(place)
        self._demo = await open_demo(self._stack, place, running=False)
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession(base_url=self._demo.inner))
        for person in await self.get("/sandbox/people"):
            self.people[person["name"].split()[0]] = person
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def demo(self) -> Demo:
        assert self._demo is not None
        return self._demo

    # The wires ----------------------------------------------------------------------------------------------------

    async def get(self, path: str) -> Any:
        assert self._http is not None
        async with self._http.get(path) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body

    async def post(self, path: str, body: Mapping[str, Any], *, status: int = 200) -> Any:
        assert self._http is not None
        async with self._http.post(path, json=body) as answer:
            found = await answer.json()
            assert answer.status == status, found
            return found

    async def portal(self, method: str, params: Mapping[str, Any] | None = None, user: int = 1) -> Any:
        """A REST call; returns `result`."""
        return (await self.post(f"/rest/{user}/sandbox/{method}", dict(params or {})))["result"]

    # Time ---------------------------------------------------------------------------------------------------------

    async def idle(self) -> None:
        await self.post("/sandbox/idle", {})

    async def advance(self, duration: str) -> None:
        await self.post("/sandbox/clock", {"advance": duration})

    async def at(self, moment: str) -> None:
        """Move to a moment of Moscow time: `2026-11-02T16:58`."""
        aware = datetime.fromisoformat(moment).replace(tzinfo=MOSCOW)
        await self.post("/sandbox/clock", {"now": aware.isoformat()})

    async def faults(self, target: str, mode: str, **more: Any) -> None:
        await self.post("/sandbox/faults", {"target": target, "mode": mode, **more})

    # Phones -------------------------------------------------------------------------------------------------------

    async def messages(self, who: str) -> list[dict[str, Any]]:
        """What a person's private chat (or `группа`) shows."""
        found = await self.get(f"/sandbox/chats/{await self.chat(who)}/messages?after=0")
        return [message for message in found if not message.get("deleted") and not message.get("service")]

    async def chat(self, who: str) -> int:
        if who == "группа":
            return int(next(chat["id"] for chat in await self.get("/sandbox/chats") if chat["type"] != "private"))
        return int(self.people[who]["private_chat_id"])

    async def card(self, who: str, client: str = "") -> dict[str, Any]:
        """The newest message with live buttons that names the client."""
        message: dict[str, Any]
        for message in reversed(await self.messages(who)):
            if message.get("buttons") and client in (message.get("text") or ""):
                return message
        shown = "\n---\n".join(message.get("text") or "" for message in (await self.messages(who))[-4:])
        raise AssertionError(f"{who} has no card with {client!r}; last messages:\n{shown}")

    async def press(self, who: str, label: str, client: str = "", *, by: str | None = None) -> str | None:
        """Press a button of the newest card; a person takes three seconds for it. Returns the toast."""
        message = await self.card(who, client)
        return await self.press_message(who, message["message_id"], label, by=by)

    async def press_message(self, who: str, message_id: int, label: str, *, by: str | None = None) -> str | None:
        person = self.people[by or who]["id"]
        path = f"/sandbox/chats/{await self.chat(who)}/messages/{message_id}/press"
        answer = await self.post(path, {"user_id": person, "text": label})
        await self.advance("PT3S")
        return (answer["answer"] or {}).get("text")

    async def say(self, who: str, text: str) -> None:
        """Type a message into one's private chat with the bot."""
        await self.post(
            f"/sandbox/chats/{await self.chat(who)}/messages", {"user_id": self.people[who]["id"], "text": text}
        )
        await self.advance("PT3S")

    async def send(
        self,
        who: str,
        name: str,
        data: bytes,
        *,
        mime: str = "application/pdf",
        caption: str = "",
        album: str | None = None,
    ) -> None:
        """Send a file into one's private chat with the bot; pictures go as photos."""
        assert self._http is not None
        form = aiohttp.FormData()
        form.add_field("user_id", str(self.people[who]["id"]))
        form.add_field("text", caption)
        if album is not None:
            form.add_field("album", album)
        form.add_field("file", BytesIO(data), filename=name, content_type=mime)
        async with self._http.post(f"/sandbox/chats/{await self.chat(who)}/messages", data=form) as answer:
            assert answer.status == 200, await answer.text()
        await self.advance("PT3S")

    async def shows(self, who: str) -> str:
        """The text of the bot's newest message."""
        person = self.people[who]["id"] if who in self.people else None
        return str([one for one in await self.messages(who) if one["from_id"] != person][-1]["text"])

    # The portal, in short -----------------------------------------------------------------------------------------

    async def new_lead(
        self, name: str = "Пётр Проверкин", phone: str = "+74952223344", owner: str = "Иван", source: str = "WEB"
    ) -> int:
        """A lead from the site; returns its id."""
        first, _, last = name.partition(" ")
        fields = {
            "TITLE": f"Заявка: {name}",
            "NAME": first,
            "LAST_NAME": last,
            "SOURCE_ID": source,
            "ASSIGNED_BY_ID": self.people[owner]["crm_user_id"],
        }
        if phone:
            fields["PHONE"] = [{"VALUE": phone, "VALUE_TYPE": "WORK"}]
        lead = await self.portal("crm.lead.add", {"fields": fields})
        await self.idle()
        return int(lead)

    async def lead(self, number: int) -> dict[str, Any]:
        params = {"entityTypeId": 1, "id": number, "useOriginalUfNames": "Y"}
        return dict((await self.portal("crm.item.get", params))["item"])

    async def deals_of(self, lead: int) -> list[dict[str, Any]]:
        params = {"entityTypeId": 2, "filter": {"leadId": lead}, "useOriginalUfNames": "Y"}
        return list((await self.portal("crm.item.list", params))["items"])

    async def tasks(self, link: str, *, open_only: bool = True) -> list[dict[str, Any]]:
        """Our tasks of `L_5` or `D_7`, oldest first."""
        filters: dict[str, Any] = {"UF_CRM_TASK": link, "TAG": "dozvon"}
        if open_only:
            filters["!REAL_STATUS"] = 5
        select = ["ID", "TITLE", "DEADLINE", "STATUS", "RESPONSIBLE_ID", "XML_ID", "UF_CRM_TASK", "TAGS"]
        params = {"filter": filters, "select": select, "order": {"ID": "asc"}}
        return list((await self.portal("tasks.task.list", params))["tasks"])

    async def deadlines(self, link: str) -> list[str]:
        """The deadlines of open tasks, as `пн 2 17:38` in Moscow."""
        return [say(task["deadline"]) for task in await self.tasks(link)]

    async def comments(self, kind: str, number: int) -> list[str]:
        params = {"filter": {"ENTITY_ID": number, "ENTITY_TYPE": kind}, "order": {"ID": "ASC"}}
        return [row["COMMENT"] for row in await self.portal("crm.timeline.comment.list", params)]


def say(moment: str) -> str:
    """A moment of the portal as `пн 2 17:38` in Moscow."""
    local = datetime.fromisoformat(moment).astimezone(MOSCOW)
    return f"{WEEKDAYS[local.weekday()]} {local.day} {local:%H:%M}"
