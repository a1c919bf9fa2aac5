"""/case: finding a client and looking at him, with a word of advice for whoever works on him."""

from __future__ import annotations

import re

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import search
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case
from bot.engine.phones import find_phone
from bot.engine.titles import shown_name
from bot.locales.ru import floor as ru
from bot.screens.client import ClientView, client_panel
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines
from bot.screens.views import CardView
from bot.services import advice
from bot.services.history import history
from bot.services.library import Library
from bot.services.oversight import leaders, sight_of, team_of
from bot.services.showing import Showing

_LINK = re.compile(r"/crm/(lead|deal)/details/(\d{1,15})")
_NUMBER = re.compile(r"(?:№\s*)?(\d{1,9})")
_SHOWN = 8


class ClientPanel:
    """See the module. `links` makes the portal's addresses."""

    def __init__(self, database: Database, clock: Clock, library: Library, showing: Showing, links: str) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._showing = showing
        self._links = links

    async def find(self, words: str, person: Person) -> Screen:
        """The client, if there is one alone whom this person sees; otherwise those to choose from."""
        words = " ".join(words.split())
        if not words:
            return Screen(ru.CASE_HELP)
        async with self._database.read() as connection:
            people = await load_people(connection)
            link, number, phone = _LINK.search(words), _NUMBER.fullmatch(words), find_phone(words)
            if link is not None:
                found = await search.by_number(connection, int(link[2]), link[1])
            elif phone is not None:
                found = await db_cases.with_contacts(connection, [phone.e164])
            elif number is not None:
                found = await search.by_number(connection, int(number[1]), None)
            elif "@" in words:
                found = await db_cases.with_contacts(connection, [words.lower()])
            else:
                found = await search.by_name(connection, words)
        parents = {case.parent for case in found}
        found = [case for case in found if case.id not in parents]  # a lead that became a deal is told by the deal
        others, found = found, [case for case in found if sight_of(people, person).shows(case)]
        if not found:
            return Screen(_elsewhere(people, others[0]) if others else ru.CASE_NONE)
        if len(found) == 1:
            return await self.panel(found[0].id, person) or Screen(ru.CASE_NONE)
        rows = tuple((self._button(case, people),) for case in found[:_SHOWN])
        more = ru.CASE_MORE.format(count=_SHOWN) if len(found) > _SHOWN else None
        return Screen(lines([esc(ru.CASE_FOUND.format(count=len(found))), more]), rows)

    def _button(self, case: Case, people: People) -> Button:
        playbook = self._library[case.playbook]
        stage = playbook.pipelines[case.pipeline].stages[case.stage].title
        words = ru.CASE_ROW.format(client=shown_name(playbook, case), stage=stage, who=people.short_name(case.owner))
        return Button(words[:64], pack("v", "case", case.id, 0))

    async def panel(self, case_id: int, person: Person, page: int = 0) -> Screen | None:
        """A case with a page of its client's history; None: there is no such case, or this person does not see it."""
        now = self._clock.now()
        async with self._database.read() as connection:
            people = await load_people(connection)
            stored = (await db_cases.load(connection, [case_id])).get(case_id)
            if stored is None:
                return None
            case = stored.case
            if not sight_of(people, person).shows(case):
                return None
            entries = await history(connection, self._library, people, case, now)
        playbook = self._library[case.playbook]
        url = f"{self._links}/crm/{case.entity}/details/{case.crm_id}/" if case.crm_id is not None else None
        zone = client_window(playbook, case).zone
        card = CardView(playbook, case, now, zone_of(playbook), zone, staff=people.staff, crm_url=url)
        told = self._adviser(people, case) is not None
        return client_panel(ClientView(card, people.short_name(case.holder), told, entries, page))

    async def tell(self, person: Person, case_id: int, chat_id: int, telegram_id: int) -> str | None:
        """[Подсказать]: the next message of this person goes to whoever has the case. Returns what is in the way."""
        async with self._database.read() as connection:
            people = await load_people(connection)
            stored = (await db_cases.load(connection, [case_id])).get(case_id)
        seen = stored is not None and sight_of(people, person).shows(stored.case)
        whom = self._adviser(people, stored.case) if stored is not None and seen else None
        key = await self._showing.key_of(chat_id, telegram_id)
        if whom is None or key is None:
            return ru.NOBODY_TO_TELL
        await advice.expect(self._database, self._showing, person, case_id, whom.id, key=key)
        return None

    def _adviser(self, people: People, case: Case) -> Person | None:
        """Who can be advised."""
        holder = people.by_crm.get(case.holder) if case.holder is not None and not case.closed else None
        return holder if holder is not None and holder.telegram_id is not None else None


def _elsewhere(people: People, case: Case) -> str:
    """He is another team's client: whom to ask about him."""
    names = ", ".join(people.short_name(one.crm_user_id) for one in leaders(people, team_of(people, case)))
    return ru.CASE_ELSEWHERE.format(names=esc(names))
