"""Why somebody does not answer just now, in a few words: «на встрече до 11:00», «отпуск до 20.11», «смена с 13:00»."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import absences as db_absences
from bot.db.people import People
from bot.engine.calendars import zone_of
from bot.engine.words import say_short, say_time
from bot.locales.ru import staff as ru
from bot.playbooks.model import Playbook
from bot.services import covers


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of everybody, at one moment. `met`: until when somebody is in a meeting; `kinds`: of those who are absent."""

    people: People
    playbook: Playbook
    now: datetime
    met: Mapping[int, datetime]
    kinds: Mapping[int, str]

    def of(self, user: int | None) -> str | None:
        """Where this CRM user is; None: at work, as far as we know."""
        if user is None:
            return None
        zone, staff = zone_of(self.playbook), self.people.staff
        absence, person = staff.absence(user, self.now), self.people.by_crm.get(user)
        if absence is not None:
            kind = self.kinds.get(person.id) if person is not None else None
            return (
                ru.WHERE_SICK if kind == "sick" else ru.WHERE_LEAVE.format(day=f"{absence.end.astimezone(zone):%d.%m}")
            )
        if user in self.met:
            return ru.WHERE_MEETING.format(time=say_time(self.met[user], zone))
        hours = staff.hours(self.playbook, user)
        if hours.is_open(self.now):
            return None
        begins = hours.next_open(self.now)
        today = begins.astimezone(zone).date() == self.now.astimezone(zone).date()
        return (ru.WHERE_SHIFT if today else ru.WHERE_NEXT_SHIFT).format(time=say_short(begins, zone, self.now))

    def name(self, user: int | None) -> str:
        """«Иван С., на встрече до 11:00»"""
        return ", ".join(part for part in (self.people.short_name(user), self.of(user)) if part)


async def whereabouts(connection: AsyncConnection, people: People, playbook: Playbook, now: datetime) -> Whereabouts:
    """As the tables say at this moment."""
    kinds = await db_absences.kinds_now(connection, now)
    return Whereabouts(people, playbook, now, await covers.in_meetings(connection, now), kinds)
