"""Days of a big floor: leads come, people press, supervisors step in, and everything is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from tests.scenarios.crowd import Arrivals, Crowd, Phone, Told, Watch, keys, together
from tests.scenarios.crowd_habits import CLIENT, UNDONE, Clerk
from tests.scenarios.crowd_hours import Roster
from tests.scenarios.floor import MOSCOW


@dataclass
class Days:
    """What happens on the floor, minute by minute, and what was seen of it."""

    crowd: Crowd
    managers: list[str]
    seed: int
    step: int = 1
    """Minutes between two presses of a person."""
    roster: Roster = field(default_factory=Roster)
    watch: Watch = field(init=False)
    group: Phone = field(init=False)
    dice: Random = field(init=False)
    told: list[Told] = field(default_factory=list)
    leads: dict[str, int] = field(default_factory=dict)
    """Client → number in the portal."""
    closed_in_crm: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When, which task, whose client."""
    moved_in_crm: list[tuple[datetime, str, str]] = field(default_factory=list)
    stepped_in: list[tuple[datetime, str, str]] = field(default_factory=list)
    clerks: dict[int, Clerk] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.watch, self.dice = Watch(self.crowd), Random(self.seed)

    @property
    def given_up(self) -> list[str]:
        """What somebody could not carry to its end."""
        return [f"{clerk.name}: {words}" for clerk in self.clerks.values() for words in clerk.left]

    @property
    def recorded(self) -> list[Told]:
        """What was told, and what is recorded of talks that still go on."""
        going_on = (clerk.so_far() for clerk in self.clerks.values())
        return [*self.told, *(one for one in going_on if one is not None)]

    @property
    def calls(self) -> list[tuple[datetime, str, str]]:
        """Every [Звоню]: when, for which client, by whom."""
        return [(at, client, clerk.name) for clerk in self.clerks.values() for at, client in clerk.calls]

    async def open(self) -> None:
        """Get everybody's phone out."""
        self.group = Phone(self.crowd, await self.crowd.chat("группа"))
        for name in dict.fromkeys((*self.managers, *self.roster.groups, "Юлия")):
            chat, hours = await self.crowd.chat(name), self.roster.of(int(self.crowd.people[name]["crm_user_id"]))
            dice = Random(f"{self.seed} {name}")
            self.clerks[chat] = Clerk(self.crowd, name, Phone(self.crowd, chat), dice, self.told, hours=hours)
        self.watch.last = (await self.crowd.get("/sandbox/journal?target=telegram"))[-1]["id"]

    async def live(self, until: datetime, arrivals: Arrivals) -> None:
        """From now until that minute; on the night nobody presses anything."""
        now = (await self._now()).replace(second=0, microsecond=0)
        waiting = [lead for lead in arrivals.leads if now <= lead[0] < until]
        while now < until:
            now = _next(now, waiting[0][0] if waiting else until, timedelta(minutes=self.step))
            await self._to(now)
            while waiting and waiting[0][0] <= now:
                await self._arrive(*waiting.pop(0)[1:])
            await self._minute(now)

    async def fall_ill(self, names: Sequence[str]) -> None:
        """They say so now; until they come back they press nothing."""
        now, away = await self._now(), dict(self.roster.away)
        for name in names:
            (await self._clerk(name)).leave()
            await self.crowd.say(name, "/away")
            await self.crowd.press(name, "Заболел(а), сегодня")
            user = int(self.crowd.people[name]["crm_user_id"])
            until = self.roster.of(user).next_open(now.replace(hour=23))
            away[user] = (*away.get(user, ()), (now, until))
        self.roster = replace(self.roster, away=away)

    async def come_back(self, names: Sequence[str]) -> None:
        """On the morning after."""
        for name in names:
            await self.crowd.press(name, "Работаю", "сегодня работаете")
            (await self._clerk(name)).away = False

    async def _clerk(self, name: str) -> Clerk:
        return self.clerks[await self.crowd.chat(name)]

    async def _now(self) -> datetime:
        return datetime.fromisoformat((await self.crowd.get("/sandbox/clock"))["now"]).astimezone(MOSCOW)

    async def _to(self, now: datetime) -> None:
        await self.crowd.post("/sandbox/clock", {"now": now.isoformat()})

    async def _read(self) -> None:
        changed = await self.watch.look()
        await together(self.clerks[chat].phone.read() for chat in changed if chat in self.clerks)
        if self.group.chat in changed:
            await self.group.read()

    async def _minute(self, now: datetime) -> None:
        await self._read()
        told = len(self.told)
        await together(clerk.act(now) for clerk in self.clerks.values())
        fresh = {one.who for one in self.told[told:]}
        sorry = [clerk for clerk in self.clerks.values() if clerk.name in fresh and self.dice.random() < UNDONE]
        if sorry:
            await self._to(now + timedelta(seconds=20))
            await self._read()
            for clerk in sorry:
                await clerk.think_again(now)
        await self._step_in(now)
        if 10 <= now.hour < 18 and self.dice.random() < 0.004:
            await self._close_in_crm(now)
        if 10 <= now.hour < 18 and self.dice.random() < 0.003:
            await self._move_in_crm(now)

    async def _arrive(self, client: str, phone: str, owner: str, source: str) -> None:
        first, _, last = client.partition(" ")
        fields = {"TITLE": f"Заявка: {client}", "NAME": first, "LAST_NAME": last, "SOURCE_ID": source}
        fields |= {"ASSIGNED_BY_ID": self.crowd.people[owner]["crm_user_id"]}
        contact = {"PHONE": [{"VALUE": phone, "VALUE_TYPE": "WORK"}]}
        self.leads[first] = int(await self.crowd.portal("crm.lead.add", {"fields": {**fields, **contact}}))

    async def _step_in(self, now: datetime) -> None:
        """The supervisor does something about every second message of the group, a few minutes after it came."""
        for message in self.group.live():
            words = next((word for word in keys(message) if word in ("Забираю", "Не напоминать")), None)
            if words is None or self.dice.random() > 0.05:
                continue
            path = f"/sandbox/chats/{self.group.chat}/messages/{message['message_id']}/press"
            await self.crowd.post(path, {"user_id": self.crowd.people["Ольга"]["id"], "text": words})
            client = CLIENT.search(message["text"])
            self.stepped_in.append((now, words, client[0] if client else ""))
            return

    async def _close_in_crm(self, now: datetime) -> None:
        """Somebody ticks his task off in the portal instead of telling what came of it."""
        client = self.dice.choice(sorted(self.leads)) if self.leads else None
        tasks = await self.crowd.tasks(f"L_{self.leads[client]}") if client is not None else []
        if client is not None and tasks and not any(clerk.client == client for clerk in self.clerks.values()):
            await self.crowd.portal("tasks.task.complete", {"taskId": tasks[0]["id"]})
            self.closed_in_crm.append((now, tasks[0]["id"], client))

    async def _move_in_crm(self, now: datetime) -> None:
        client = self.dice.choice(sorted(self.leads)) if self.leads else None
        if client is None or any(clerk.client == client for clerk in self.clerks.values()):
            return
        number = self.leads[client]
        if (await self.crowd.lead(number))["stageId"] in ("NEW", "NO_ANSWER"):
            await self.crowd.portal("crm.lead.update", {"id": number, "fields": {"STATUS_ID": "FOLLOW_UP"}})
            self.moved_in_crm.append((now, str(number), client))


def _next(now: datetime, lead: datetime, step: timedelta) -> datetime:
    """The next step of a working day; otherwise straight to the next lead or to the opening."""
    later = now + step
    if later.weekday() < 5 and 9 <= later.hour < 20:
        return later
    opening = later.replace(hour=9, minute=0)
    while opening <= now or opening.weekday() > 4:
        opening += timedelta(days=1)
    return max(later, min(lead.replace(second=0), opening))
