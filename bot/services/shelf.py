"""Looking at the playbook: what it says by subject, its versions, its file, who changed what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.clock import Clock
from bot.db import audit
from bot.db.people import Person
from bot.db.session import Database
from bot.db.versions import Version
from bot.engine.calendars import zone_of
from bot.engine.week import week_of
from bot.engine.worktime import NoWorkingTime
from bot.locales.ru import audit as audit_words
from bot.locales.ru import playbook as ru
from bot.playbooks.changes import Refused
from bot.playbooks.compare import differences
from bot.playbooks.lint import lint_text
from bot.playbooks.model import Playbook
from bot.playbooks.spoken.findings import say_finding
from bot.screens import audit as audits
from bot.screens import playbook as states
from bot.screens import publishing as screens
from bot.screens.publishing import Row
from bot.screens.screen import Screen
from bot.services.editing import Editing
from bot.services.library import FROM_FILE, Library
from bot.services.publishing import Publishing

_MOST = 100
_LINES = 5000
"""Lines of the audit that are looked through: years of a floor."""
_FEWEST_SIGNS = 4
_SHORT = 8


@dataclass(frozen=True, slots=True)
class TextFile:
    """A version's text as a file."""

    name: str
    text: str
    caption: str


class Shelf:
    """See the module."""

    def __init__(
        self, database: Database, clock: Clock, library: Library, publishing: Publishing, editing: Editing
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._publishing = publishing
        self._editing = editing

    @property
    def playbook(self) -> Playbook:
        """The one in force."""
        return self._library.active

    async def subject(self, subject: str, page: int = 0) -> Screen | None:
        """What the playbook says about a subject of the menu; None: there is no such subject."""
        playbook, now = self._library.active, self._clock.now().astimezone(zone_of(self._library.active))
        match subject:
            case "cadence":
                return states.cadences(playbook)
            case "sla":
                return states.terms(playbook, page)
            case "hours":
                return states.hours(playbook)
            case "holidays":
                return states.days(playbook, now, page)
            case "sources":
                return states.sources(playbook, page)
            case "alerts":
                return states.alerts(playbook, page)
            case "playbook":
                return await self._about()
            case "audit":
                return await self.audit(page)
        return None

    def cadence(self, index: int) -> Screen | None:
        """One cadence, with the picture of a week; None: there are fewer by now."""
        playbook = self._library.active
        if not 0 <= index < len(playbook.cadences):
            return None
        key = list(playbook.cadences)[index]
        weeks = []
        for source in (None, *playbook.cadences[key].by_source):
            try:
                weeks.append((source, week_of(playbook, key, source, self._clock.now())))
            except NoWorkingTime:
                continue
        return states.cadence(playbook, self._library.active_hash, key, weeks)

    def step(self, index: int, figure: str, step: str, version: str) -> str | None:
        """The words that a press on [+ попытка] stands for; None: the figure was another when the button was shown."""
        cadences = list(self._library.active.cadences)
        if not self._library.active_hash.startswith(version) or not 0 <= index < len(cadences):
            return None
        cadence = self._library.active.cadences[cadences[index]]
        by = 1 if step == "+" else -1
        if figure == "attempts":
            return f"{cadences[index]} attempts={max(cadence.attempts + by, 0)}"
        return f"{cadences[index]} within={max(cadence.within.days + by, 0)}d"

    async def version(self, code: str) -> Version:
        """The version whose hash begins so.

        Raises:
            Refused: there is none, or the code is too short to tell.
        """
        rows = await self._publishing.versions(_MOST)
        found = [row for row in rows if row.hash.startswith(code.lower())] if len(code) >= _FEWEST_SIGNS else []
        if len(found) != 1:
            raise Refused(ru.WHICH_VERSION.format(code=code[:20]))
        return found[0]

    async def versions(self, page: int) -> Screen:
        """The versions that are kept."""
        rows = [_row(one) for one in await self._publishing.versions(_MOST)]
        return screens.versions(rows, page, zone_of(self._library.active))

    async def one_version(self, code: str) -> Screen:
        """A version, and how the one in force differs from it.

        Raises:
            Refused: as `version`.
        """
        found = await self.version(code)
        told = [] if found.active else differences(await self._editing.playbook_of(found.hash), self._library.active)
        return screens.version(_row(found), told, zone_of(self._library.active))

    async def rollback(self, person: Person, code: str) -> Screen:
        """What going back to it would change.

        Raises:
            Refused: as `version`.
        """
        return await self._editing.back(person, await self.version(code))

    async def file(self, code: str = "") -> TextFile:
        """The text of a version, of the one in force when none is named.

        Raises:
            Refused: as `version`.
        """
        chosen = (await self.version(code)).hash if code else self._library.active_hash
        playbook, short = self._library.active, chosen[:_SHORT]
        name = ru.FILE_NAME.format(name=playbook.playbook, hash=short)
        caption = ru.FILE_CAPTION.format(title=playbook.title, hash=short)
        return TextFile(name, await self._publishing.text_of(chosen), caption)

    async def lint(self) -> Screen:
        """The linter's advice about the playbook in force."""
        text = await self._publishing.text_of(self._library.active_hash)
        found = await asyncio.to_thread(lint_text, text, f"{self._library.active.playbook}.yaml")
        head = ru.LINT_HEAD.format(count=len(found)) if found else ru.LINT_CLEAN
        return screens.plain_list(head, [say_finding(finding) for finding in found])

    async def diff(self) -> Screen:
        """How the playbook in force differs from the one before it."""
        history = await self._publishing.history(_MOST)
        last = next((one for one in history if one.former not in (None, one.hash)), None)
        if last is None or last.former is None:
            return screens.plain_list(ru.NO_FORMER, [])
        told = differences(await self._editing.playbook_of(last.former), self._library.active)
        return screens.plain_list(ru.DIFF_HEAD.format(hash=last.former[:_SHORT]), told or [ru.NO_DIFFERENCE])

    async def audit(self, page: int, words: str = "") -> Screen:
        """Who changed what of the floor: all of it, or what these words choose.

        Raises:
            Refused: there are more words than a button holds.
        """
        words = " ".join(words.replace("|", " ").split())
        if not audits.is_short(words):
            raise Refused(audit_words.TOO_LONG.format(most=audits.LONGEST))
        zone, asked = zone_of(self._library.active), audits.read(words)
        today = self._clock.now().astimezone(zone).date()
        async with self._database.read() as connection:
            rows = await audit.recent(connection, _LINES)
        return audits.audit([row for row in rows if audits.chosen(row, asked, today, zone)], page, zone, words)

    async def _about(self) -> Screen:
        active = next(one for one in await self._publishing.versions(1))
        playbook = self._library.active
        behind = await self._publishing.behind()
        return screens.about(playbook.title, playbook.playbook, _row(active), zone_of(playbook), behind)


def _who(author: str) -> str:
    return ru.FROM_FILE if author == FROM_FILE else author


def _row(version: Version) -> Row:
    return Row(version.hash, version.at, _who(version.author), version.note, version.active)
