"""A floor while a story is told on it: whose client is meant, what was answered last, what is switched off."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.db.session import Database
from bot.playbooks.load import builtin
from bot.playbooks.model import Playbook
from tests.scenarios.floor import MOSCOW, Floor
from tests.scenarios.paths import Portal, labels
from tests.scenarios.shop import Restarts
from tests.scenarios.story_names import moment

_BOX = re.compile(r"^[☐☑] | \(\d+\)$")
_FIRST = "первую кнопку"
_STEP = re.compile(rf"\[(?P<button>[^\[\]]+)\]|(?P<first>{_FIRST})|пишет «(?P<text>.+?)»(?= → |$)")
BOT = "bot"
FIRST_PHONE = 4_952_220_000


@dataclass(slots=True)
class Told:
    """A client of the story; `deal` is one that was entered by hand."""

    name: str
    lead: int | None = None
    deal: int | None = None


@dataclass(slots=True)
class World:
    """The story's floor. `current` is the client meant by «лид», «сделка», «задача»: the one named last."""

    floor: Floor
    portal: Portal
    restarts: Restarts
    playbook: Playbook = field(default_factory=lambda: builtin("bankruptcy").playbook)
    clients: dict[str, Told] = field(default_factory=dict)
    current: Told | None = None
    toast: str = ""
    app: App | None = None
    broken: set[str] = field(default_factory=set)
    """What is switched off."""
    pressed: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    @property
    def client(self) -> Told:
        assert self.current is not None, "в истории ещё нет клиента"
        return self.current

    def mean(self, name: str) -> None:
        """From now on the client with this name is meant."""
        found = [told for told in self.clients.values() if name in told.name]
        assert found, f"клиента «{name}» в истории нет; есть {', '.join(self.clients)}"
        self.current = found[0]

    @property
    def database(self) -> Database:
        """The bot's own."""
        return (self.app or self.floor.demo.app).database

    # Time ---------------------------------------------------------------------------------------------------------

    def clock(self) -> datetime:
        """What the clock shows, Moscow time."""
        return self.floor.demo.clock.now().astimezone(MOSCOW)

    async def until(self, words: str) -> None:
        """Move the clock to the next such moment; within its minute it stays where it is."""
        now = self.clock()
        at = moment(words, now)
        if at > now:
            await self.floor.at(f"{at:%Y-%m-%dT%H:%M}")

    async def wait(self, span: timedelta) -> None:
        """Let time go by."""
        await self.floor.advance(f"PT{int(span.total_seconds())}S")

    # Clients ------------------------------------------------------------------------------------------------------

    def next_phone(self) -> str:
        return f"+7{FIRST_PHONE + len(self.clients) + 1}"

    async def new_lead(self, name: str, owner: str, source: str, phone: str | None = None) -> None:
        phone = self.next_phone() if phone is None else phone
        number = await self.floor.new_lead(name, phone, owner, source)
        self.current = self.clients[name] = Told(name, lead=number)

    async def new_deal(self, name: str, owner: str, stage: str) -> None:
        """A deal that somebody enters by hand in the CRM, with its contact."""
        first, _, last = name.partition(" ")
        phone = [{"VALUE": self.next_phone(), "VALUE_TYPE": "WORK"}]
        user = self.floor.people[owner]["crm_user_id"]
        person = {"NAME": first, "LAST_NAME": last, "PHONE": phone, "ASSIGNED_BY_ID": user}
        contact = await self.floor.portal("crm.contact.add", {"fields": person})
        fields = {"TITLE": name, "STAGE_ID": self.stage_code("сделк", stage), "CONTACT_ID": contact}
        deal = await self.floor.portal("crm.deal.add", {"fields": fields | {"ASSIGNED_BY_ID": user, "CATEGORY_ID": 0}})
        self.current = self.clients[name] = Told(name, deal=int(deal))
        await self.floor.idle()

    async def number(self, kind: str) -> int:
        """The portal's number of the client's lead or (newest) deal."""
        number = self.client.lead
        if kind == "сделк":
            found = self.client.deal
            if found is None:
                assert self.client.lead is not None
                deals = await self.floor.deals_of(self.client.lead)
                found = int(deals[-1]["id"]) if deals else None
            number = found
        assert number is not None, f"у клиента «{self.client.name}» нет {'лида' if kind == 'лид' else 'сделки'}"
        return number

    async def deals(self) -> list[int]:
        found = [] if self.client.lead is None else await self.floor.deals_of(self.client.lead)
        own = [] if self.client.deal is None else [self.client.deal]
        return own + [int(deal["id"]) for deal in found]

    async def links(self) -> list[str]:
        """The client's lead and deals, as tasks name them."""
        leads = [] if self.client.lead is None else [f"L_{self.client.lead}"]
        return leads + [f"D_{deal}" for deal in await self.deals()]

    async def item(self, kind: str) -> dict[str, Any]:
        entity = 1 if kind == "лид" else 2
        params = {"entityTypeId": entity, "id": await self.number(kind), "useOriginalUfNames": "Y"}
        return dict((await self.floor.portal("crm.item.get", params))["item"])

    async def open_tasks(self) -> list[dict[str, Any]]:
        return [task for link in await self.links() for task in await self.floor.tasks(link)]

    async def the_task(self) -> dict[str, Any]:
        tasks = await self.open_tasks()
        assert len(tasks) == 1, f"открытых задач {len(tasks)}: {[task['title'] for task in tasks]}"
        return tasks[0]

    # The playbook -------------------------------------------------------------------------------------------------

    def stage_code(self, kind: str, title: str) -> str:
        """The portal's code of a stage by its title."""
        entity = "lead" if kind == "лид" else "deal"
        stages = [stage for pipe in self.playbook.pipelines.values() if pipe.entity == entity
                  for stage in pipe.stages.values()]  # fmt: skip
        codes = {stage.title: stage.crm for stage in stages}
        assert title in codes, f"стадии «{title}» нет; есть: {', '.join(codes)}"
        return codes[title]

    def stage_title(self, kind: str, code: str) -> str:
        entity = "lead" if kind == "лид" else "deal"
        pipes = [pipe for pipe in self.playbook.pipelines.values() if pipe.entity == entity]
        return next(stage.title for pipe in pipes for stage in pipe.stages.values() if stage.crm == code)

    # Phones -------------------------------------------------------------------------------------------------------

    async def press(self, who: str, button: str) -> None:
        """Press the newest button with these words of a message about the client."""
        if button == _FIRST:
            button = plain(labels(await self.card(who))[0])
        name = self.client.name.rpartition(" ")[2]
        shown = [one for one in reversed(await self.floor.messages(who)) if one.get("buttons")]
        about = [one for one in shown if name in (one.get("text") or "")]
        message = next((one for one in about if button in map(plain, labels(one))), None)
        if message is None:
            seen = "\n".join(f"  {one.get('text')}\n  {labels(one)}" for one in (about or shown)[:3])
            raise AssertionError(f"у «{who}» нет кнопки [{button}] о клиенте {name}; последние сообщения:\n{seen}")
        await self._press(who, message, button)

    async def press_newest(self, who: str, button: str) -> None:
        """Press a button of the newest message that has buttons, whoever it is about."""
        shown = [one for one in await self.floor.messages(who) if one.get("buttons")]
        assert shown, f"у «{who}» нет сообщения с кнопками"
        assert button in map(plain, labels(shown[-1])), f"кнопки [{button}] нет; есть {labels(shown[-1])}"
        await self._press(who, shown[-1], button)

    async def _press(self, who: str, message: dict[str, Any], button: str) -> None:
        found = next(one for row in message["buttons"] for one in row if plain(one["text"]) == button)
        if "data" in found:
            self.pressed[who, button] = (message["message_id"], found["data"])
        self.toast = await self.floor.press_message(who, message["message_id"], found["text"]) or ""

    async def forge(self, who: str, message_id: int, data: str) -> str:
        """Press what a message no longer shows; returns the toast."""
        path = f"/sandbox/chats/{await self.floor.chat(who)}/messages/{message_id}/press"
        answer = await self.floor.post(path, {"user_id": self.floor.people[who]["id"], "data": data})
        await self.floor.advance("PT3S")
        return (answer["answer"] or {}).get("text") or ""

    def seen_button(self, who: str, button: str) -> tuple[int, str]:
        """Message and data of a button that was pressed before."""
        assert (who, button) in self.pressed, f"{who} ещё не жал(а) [{button}]"
        return self.pressed[who, button]

    # Faults -------------------------------------------------------------------------------------------------------

    async def break_wire(self, target: str, mode: str) -> None:
        await self.floor.faults(target, mode)
        self.broken.add(target)

    async def mend_wire(self, target: str) -> None:
        await self.floor.faults(target, "none")
        self.broken.discard(target)

    async def stop_bot(self) -> None:
        await self.restarts.stop()
        self.broken.add(BOT)

    async def start_bot(self) -> None:
        self.app = await self.restarts.start()
        self.broken.discard(BOT)

    async def mend(self) -> None:
        """Switch on what the story has left off."""
        for target in list(self.broken):
            await (self.start_bot() if target == BOT else self.mend_wire(target))
            await self.floor.advance("PT5M")

    async def follow(self, who: str, chain: str) -> None:
        """«[Дозвонился] → [До 250 тыс.] → пишет «занят»»."""
        for button, text in steps(chain):
            if button:
                await self.press(who, button)
            else:
                await self.floor.say(who, text)

    async def card(self, who: str) -> dict[str, Any]:
        """The newest message with buttons about the client."""
        return await self.floor.card(who, self.client.name.rpartition(" ")[2])


def steps(chain: str) -> list[tuple[str, str]]:
    """The buttons and texts of a chain, in order: a pair with one of the two filled."""
    found, end = [], 0
    for match in _STEP.finditer(chain):
        assert chain[end : match.start()] in ("", " → ", " "), f"не понял «{chain}»; можно [А] → [Б] → пишет «текст»"
        found.append((match["button"] or match["first"] or "", match["text"] or ""))
        end = match.end()
    assert end == len(chain), f"не понял «{chain}»; можно [А] → [Б] → пишет «текст»"
    return found


def plain(label: str) -> str:
    """A button's words without its box or count."""
    return _BOX.sub("", label)


class Opened:
    """`async with Opened(folder, moment) as world`."""

    def __init__(self, folder: Path, start: str) -> None:
        self._floor = Floor(folder, f"{moment(start):%Y-%m-%dT%H:%M}")
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> World:
        floor = await self._stack.enter_async_context(self._floor)
        restarts = await self._stack.enter_async_context(Restarts(floor))
        return World(floor, Portal(floor), restarts)

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()
