"""A big sales floor: as many managers as asked for, each with a phone and habits of his own, minute by minute.

Everybody presses what his phone shows, at whole minutes; so thirty people share the stops of one clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.services.people import Invited
from tests.scenarios.floor import MOSCOW, Floor

# fmt: off
NAMES = (
    "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Инна", "Кирилл", "Лидия",
    "Максим", "Нина", "Олег", "Полина", "Роман", "Софья", "Тимур", "Ульяна", "Фёдор", "Эльвира",
    "Юрий", "Яна", "Артём", "Белла", "Виктор", "Галина", "Денис", "Елена", "Игорь",
)
# fmt: on
_OPENS, _SHUTS = 9, 19
FULL = 85
"""Percent of working time that goes into tasks, by the built-in playbook."""


@dataclass
class Crowd(Floor):
    """A floor on which more managers have come to work; see `hire`."""

    groups: dict[str, int] = field(default_factory=dict)
    """Further groups, by what they are called in tests."""
    workload: int = FULL
    """Percent of working time that goes into tasks, by the playbook."""

    async def chat(self, who: str) -> int:
        return self.groups[who] if who in self.groups else await super().chat(who)

    async def hire(self, managers: int) -> list[str]:
        """So many managers in all, by first name."""
        known = [name for name, person in self.people.items() if person["role"] == "manager"]
        new = NAMES[: managers - len(known)]
        for number, name in enumerate(new):
            person = {"NAME": name, "LAST_NAME": "Менеджеров", "EMAIL": f"m{number}@example.org", "UF_DEPARTMENT": [2]}
            user = await self.portal("user.add", person)
            phone = await self.post("/sandbox/people", {"name": f"{name} Менеджеров"})
            admin = self.people["Алла"]["id"]
            token = await self.demo.app.people.invite(Invited(f"{name} Менеджеров", "manager", user), admin)
            path = f"/sandbox/chats/{phone['private_chat_id']}/messages"
            await self.post(path, {"user_id": phone["id"], "text": f"/start {token}"})
            self.people[name] = phone | {"crm_user_id": user, "role": "manager"}
        await self.idle()
        await self.advance("PT5S")
        return [*known, *new][:managers]

    async def asks(self, who: str, command: str) -> str:
        """What a command of theirs is answered, within a second: so all can be asked before anything falls due."""
        body = {"user_id": self.people[who]["id"], "text": command}
        await self.post(f"/sandbox/chats/{await self.chat(who)}/messages", body)
        await self.advance("PT1S")
        return await self.shows(who)


@dataclass(frozen=True)
class Call:
    """A call of the bot that people see: a new message, a changed one, a deleted one."""

    at: datetime
    chat: int
    method: str

    @property
    def new(self) -> bool:
        return self.method.startswith("send")


@dataclass
class Watch:
    """What the messenger was asked to do, read from the sandbox's journal as it grows."""

    floor: Floor
    last: int = 0
    calls: list[Call] = field(default_factory=list)

    async def look(self) -> set[int]:
        """The chats in which something has changed since the last look."""
        rows = await self.floor.get(f"/sandbox/journal?target=telegram&after={self.last}")
        chats: set[int] = set()
        for row in rows:
            self.last = row["id"]
            method, chat = row["method"].casefold(), (row["params"] or {}).get("chat_id")
            if chat is None or not method.startswith(("send", "edit", "delete")):
                continue
            result = row["result"] or {}
            if result.get("ok") is not True:  # it never came to anybody's phone
                continue
            at = datetime.fromisoformat(row["at"]).astimezone(MOSCOW)
            self.calls.append(Call(at, int(chat), method))
            chats.add(int(chat))
        return chats

    def of(self, chat: int) -> list[Call]:
        return [call for call in self.calls if call.chat == chat]


def new_a_day(calls: Iterable[Call]) -> dict[str, int]:
    """New messages by day."""
    found: dict[str, int] = {}
    for call in calls:
        if call.new:
            day = f"{call.at:%Y-%m-%d}"
            found[day] = found.get(day, 0) + 1
    return found


def most_within(calls: Iterable[Call], span: timedelta) -> int:
    """The most of these within any span so long."""
    moments = sorted(call.at for call in calls)
    most = first = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - span:
            first += 1
        most = max(most, last - first + 1)
    return most


MAKES_DEAL = ("250–500 тыс.", "500 тыс.–1 млн", "Больше 1 млн")
"""Debts for which the lead is a deal from then on; nothing takes that back."""
SAYS_ENOUGH = ("Не дозвонился", "Не берёт трубку", *MAKES_DEAL)
"""Answers that are recorded at once, whatever follows."""


@dataclass(frozen=True)
class Told:
    """A thing that a person has recorded: which card it was, what was pressed, when."""

    at: datetime
    """Of the last press."""
    who: str
    client: str
    card: str
    """The head of the card when the first key was pressed."""
    steps: tuple[str, ...]
    sign: str = ""
    """The key by which the card was known."""
    times: tuple[datetime, ...] = ()
    """Of each step."""
    undone: bool = False

    @property
    def called_at(self) -> datetime | None:
        """When [Звоню] was pressed on it, if it was."""
        return next((at for step, at in zip(self.steps, self.times, strict=True) if step == "Звоню"), None)

    def until_deal(self) -> Told | None:
        """What of it made the lead a deal, where there was more to tell of the deal."""
        place = next((place for place, step in enumerate(self.steps[:-1], start=1) if step in MAKES_DEAL), None)
        if place is None:
            return None
        return replace(self, at=self.times[place - 1], steps=self.steps[:place], times=self.times[:place])

    @property
    def recorded_at(self) -> datetime:
        """When the card's own part was recorded: by the last press, unless an earlier one has said enough."""
        early = (at for step, at in zip(self.steps, self.times, strict=True) if step in SAYS_ENOUGH)
        return next(early, self.at)


@dataclass
class Phone:
    """The live messages of a chat, kept up to date."""

    floor: Floor
    chat: int
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    since: str | None = None

    async def read(self) -> None:
        path = f"/sandbox/chats/{self.chat}/messages?after={max(self.messages, default=0)}"
        if self.since is not None:
            path += f"&since={self.since}"
        self.since = (await self.floor.get("/sandbox/clock"))["now"].replace("+", "%2B")
        for message in await self.floor.get(path):
            self.messages[message["message_id"]] = message

    def live(self) -> list[dict[str, Any]]:
        """With buttons, the newest first."""
        return [one for _, one in sorted(self.messages.items(), reverse=True) if one["buttons"] and not one["deleted"]]


def keys(message: dict[str, Any]) -> list[str]:
    """All labels of a message."""
    return [button["text"] for row in message["buttons"] or [] for button in row]


@dataclass
class Arrivals:
    """Which leads come when: plausible and always the same for a seed."""

    dice: Random
    places: Sequence[str] = ("+7495",)
    """Beginnings of phones; half of the clients have the first one."""
    leads: list[tuple[datetime, str, str, str, str]] = field(default_factory=list)
    """Moment, client's name, phone, owner, source."""

    def plan(self, managers: Iterable[str], days: Iterable[datetime]) -> None:
        """Six to ten leads for each manager and day: 60 % in hours, a quarter in the evening, the rest at night."""
        number = 0
        for day in days:
            for manager in managers:
                for _ in range(self.dice.randint(6, 10)):
                    number += 1
                    part = self.dice.random()
                    hours = (_OPENS, _SHUTS) if part < 0.6 else (_SHUTS, 24) if part < 0.85 else (0, _OPENS)
                    minute = self.dice.randrange(hours[0] * 60, hours[1] * 60)
                    source = self.dice.choice(("WEB", "WEB", "WEB", "CALL", "PARTNER", "EMAIL", "BDT"))
                    at = day + timedelta(minutes=minute)
                    place = self.places[0] if number % 2 or len(self.places) == 1 else self.dice.choice(self.places)
                    self.leads.append((at, f"Клиент{number:04} Тестов", f"{place}{2000000 + number}", manager, source))
        self.leads.sort()


async def together(works: Iterable[Any]) -> None:
    """At once, as people do; the first failure is told."""
    await asyncio.gather(*works)
