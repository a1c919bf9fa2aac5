"""/team: which departments there are, who leads them, when they work, which groups hear of them; and changes of that.

A change is a wish first, whether it was picked or written: its preview says what it does, and nothing is kept between.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from bot.clock import Clock
from bot.db import audit
from bot.db import teams as db
from bot.db.audit import Change
from bot.db.chats import Group, nearest
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine.teams import Team
from bot.locales.ru import teams as ru
from bot.screens import people as people_screens
from bot.screens import teams as screens
from bot.screens.screen import Screen, esc
from bot.screens.teams import NONE, TeamRow
from bot.services.company import CompanyService
from bot.services.groups import Groups
from bot.services.library import Library
from bot.services.oversight import is_parted, leaders, sight_of
from bot.services.people import PeopleService

KINDS = ("lead", "shift", "group")


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody thinks of.

    Args:
        team: department.
        what: one of `KINDS`.
        value: a CRM user, a key of the playbook's shifts, a chat without its sign; `-` takes away what was set.
    """

    team: int
    what: str
    value: str


class TeamDesk:
    """See the module."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        people: PeopleService,
        groups: Groups,
        company: CompanyService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._people = people
        self._groups = groups
        self.company = company

    async def teams(self, person: Person) -> list[Team]:
        """The departments that matter: with people who take clients, with a group, or with something set by command."""
        people, groups = await self._people.everybody(), await self._groups.bound()
        sight, bound = sight_of(people, person), {group.team for group in groups}
        shown = [
            team
            for team in people.teams.all.values()
            if (team.id in people.staff.groups and not team.gone)
            or team.id in bound
            or (not team.gone and (team.supervisor is not None or team.shift is not None))
        ]
        seen = shown if sight.whole else [team for team in shown if sight.holds(team.id)]
        return sorted(seen, key=lambda team: (len(people.teams.path(team.id)), team.name))

    async def everything(self, person: Person) -> Screen:
        """All departments that this person sees; an admin can change them."""
        people, groups = await self._people.everybody(), await self._groups.bound()
        rows = [self._row(people, groups, team) for team in await self.teams(person)]
        lacks, notes = await self.company.lacks(), []
        if lacks is not None:
            notes.append(ru.HIDDEN.format(lacks=lacks))
        elif not rows:
            notes.append(ru.NONE_YET)
        elif not is_parted(people):
            notes.append(ru.ONE_ONLY)
        return screens.listed(rows, notes, may_change=person.role == "admin")

    async def one(self, number: int, *, head: str = "") -> Screen | None:
        """A department with what can be changed; None: there is none."""
        people, groups = await self._people.everybody(), await self._groups.bound()
        team = people.teams.all.get(number)
        return screens.one(self._row(people, groups, team), head=head) if team is not None else None

    async def pick(self, number: int, what: str) -> Screen | None:
        """The values to choose from; None: there is no such department."""
        people = await self._people.everybody()
        team = people.teams.all.get(number)
        if team is None or what not in KINDS:
            return None
        values = [*(await self.values(what)).items()]
        texts = {"lead": ru.PICK_LEADER, "shift": ru.PICK_SHIFT, "group": ru.PICK_GROUP}
        text = texts[what]
        if what == "group" and not values:
            text = ru.NO_GROUPS
        elif what == "shift" and len(values) == 1:
            text = ru.NO_SHIFTS
        return screens.pick(number, what, text.format(team=esc(team.name)), values)

    async def values(self, what: str) -> Mapping[str, str]:
        """What can be chosen, with its words."""
        if what == "lead":
            people = await self._people.everybody()
            able = [one for one in people.all if one.leads and one.crm_user_id is not None]
            return {str(one.crm_user_id): one.name for one in able} | {NONE: ru.AS_CRM}
        if what == "shift":
            return {key: shift.title for key, shift in self._library.active.shifts.items()} | {NONE: ru.AS_COMPANY}
        bound = await self._groups.bound()
        return {str(abs(group.id)): f"{group.title}{ru.LOST_GROUP if group.lost else ''}" for group in bound}

    async def preview(self, wish: Wish) -> Screen | str:
        """What the change means, with [Применить]; a sentence: why it cannot be made."""
        people = await self._people.everybody()
        team = people.teams.all.get(wish.team)
        if team is None:
            return ru.GONE_TEAM
        if wish.what not in KINDS or wish.value not in await self.values(wish.what):
            return ru.GONE_VALUE
        group = await self._group(wish.value) if wish.what == "group" else None
        if wish.what == "lead":
            text = self._try_lead(people, team, wish.value)
        elif wish.what == "shift":
            text = self._try_shift(people, team, wish.value)
        else:
            text = self._try_group(people, team, group)
        seen = _mark(wish, team, group)
        return ru.SAME if text is None else screens.preview(team.id, wish.what, wish.value, seen, text)

    async def carry_out(self, by: Person, wish: Wish, seen: str) -> Screen | str:
        """Make the change: the department as it is now, or a sentence that says why it cannot be made.

        `seen`: the mark of what the preview has shown. Where another admin has changed that since, it comes anew.
        """
        people, group = await self._people.everybody(), None
        team = people.teams.all.get(wish.team)
        if wish.what == "group":
            group = await self._group(wish.value)
        shown = await self.preview(wish)
        if isinstance(shown, str) or team is None:
            return shown
        done = await self._change(by, wish, people, team, group) if seen == _mark(wish, team, group) else None
        if done is None:
            fresh = await self.preview(wish)
            return Screen(f"{ru.CHANGED}\n{fresh.text}", fresh.rows) if isinstance(fresh, Screen) else fresh
        return await self.one(team.id, head=done) or ru.GONE_TEAM

    async def _change(self, by: Person, wish: Wish, people: People, team: Team, group: Group | None) -> str | None:
        """What was done; None: in this very moment somebody else has changed the same."""
        now, value = self._clock.now(), None if wish.value == NONE else wish.value
        if group is not None:
            given = await self._groups.give_to(group, by, team.id)
            return ru.DONE_GROUP.format(title=group.title, team=team.name) if given else None
        async with self._people.changing() as connection:
            if wish.what == "lead":
                done = await db.set_supervisor(connection, team, int(value) if value is not None else None)
                said = (await self.values("lead"))[wish.value]
                change, words = Change.LED, {"whom": said}
            else:
                done = await db.set_shift(connection, team, value)
                said = people_screens.hours(self._library.active, value)
                change, words = Change.TEAM_SHIFT, {"hours": said}
            if not done:
                return None
            await audit.note(connection, now, by, change, team=team.name, **words)
        after = await self._people.everybody()
        if wish.what == "shift":
            await self.company.hours_changed(people, after)
            return ru.DONE_SHIFT.format(team=team.name, now=said)
        return ru.DONE_LEAD.format(team=team.name, now=_leader(after, after.teams.all[team.id]))

    def _try_lead(self, people: People, team: Team, value: str) -> str | None:
        user = None if value == NONE else int(value)
        if user == team.supervisor:
            return None
        said = people.name_of(user) if user is not None else ru.AS_CRM
        return ru.TRY_LEAD.format(team=esc(team.name), was=esc(_leader(people, team)), now=esc(said))

    def _try_shift(self, people: People, team: Team, value: str) -> str | None:
        shift, playbook, teams = None if value == NONE else value, self._library.active, people.teams
        if shift == team.shift:
            return None
        theirs = [one for one in people.all if one.shift is None and _hours_from(people, team, one)]
        names = screens.persons([people.short_name(one.crm_user_id) for one in theirs])
        then = shift or teams.shift_at(team.parent)
        was, now = (esc(people_screens.hours(playbook, key)) for key in (teams.shift_at(team.id), then))
        who = ru.SHIFT_FOR.format(names=esc(names)) if names else ru.SHIFT_NOBODY
        return ru.TRY_SHIFT.format(team=esc(team.name), was=was, now=now, who=who)

    def _try_group(self, people: People, team: Team, group: Group | None) -> str | None:
        if group is None or group.team == team.id:
            return None
        former = people.teams.all.get(group.team) if group.team is not None else None
        was = former.name if former is not None else ru.WHOLE
        return ru.TRY_GROUP.format(title=esc(group.title), was=esc(was), now=esc(team.name))

    async def _group(self, value: str) -> Group | None:
        return next((group for group in await self._groups.bound() if str(abs(group.id)) == value), None)

    def _row(self, people: People, groups: list[Group], team: Team) -> TeamRow:
        own = [one for one in groups if one.team == team.id]
        wide = [] if own else [one for one in nearest(groups, people.teams, team.id) if one.team is None]
        titles = [
            f"{one.title}{ru.LOST_GROUP if one.lost else ''}{ru.WIDE_GROUP if one in wide else ''}"
            for one in (*own, *wide)
        ]
        hours = people_screens.hours(self._library.active, people.teams.shift_at(team.id))
        name = team.name + (ru.GONE if team.gone else "")
        return TeamRow(team.id, name, _leader(people, team), len(people.staff.groups.get(team.id, ())), hours, titles)


def _mark(wish: Wish, team: Team, group: Group | None) -> str:
    """What the wish would replace, in two signs: a button has no room for more."""
    held = {"lead": team.supervisor, "shift": team.shift, "group": group.team if group is not None else None}
    return urlsafe_b64encode(sha256(str(held[wish.what]).encode()).digest())[:2].decode()


def _leader(people: People, team: Team) -> str:
    """Who leads it, and how that is known."""
    found = leaders(people, team.id)
    names = ", ".join(people.short_name(one.crm_user_id) for one in found)
    users = {one.crm_user_id for one in found}
    if not found:
        return ru.NOBODY
    if users == {team.supervisor}:
        return ru.BY_COMMAND.format(name=names)
    if users == {team.head}:
        return ru.BY_CRM.format(name=names)
    own = all(people.teams.of(user) == team.id for user in users)
    return names if own else ru.FALLBACK.format(names=names)


def _hours_from(people: People, team: Team, person: Person) -> bool:
    """Whether the shift of this department is the one that counts for him."""
    for level in people.teams.path(people.teams.of(person.crm_user_id)):
        if level.id == team.id:
            return True
        if level.shift is not None:
            return False
    return False
