"""A playbook tried out from the phone: `dozvon simulate` in a process of its own, so that no press waits for it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from bot.clock import Clock
from bot.db import drafts as db_drafts
from bot.db import tables as t
from bot.db.people import Person
from bot.db.session import Database
from bot.engine.simulate import Comparison
from bot.locales.ru import simulation as ru
from bot.playbooks.changes import Refused
from bot.services.publishing import Publishing

MOST_LEADS = 20_000
"""A larger run takes minutes: it is for the command line."""
_FEW_LEADS = 100
"""Below that the floor's own month says too little, and the simulation's own figure is taken."""
_MONTH = timedelta(days=30)
_SECONDS = 180
_SETTING = re.compile(r"[a-zа-я_]+\s*=\s*\S+", re.IGNORECASE)
_COUNT = re.compile(r"(\d[\d \u00a0]*)\s*([а-яёa-z]+)", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;](?=\s*[a-zа-я_]+\s*=)", re.IGNORECASE)
"""A comma that parts settings; the one in `0,5` stays."""
_NOTHING = re.compile(rf"(?:[\s,;]|\b(?:{ru.FILLERS})\b)*", re.IGNORECASE)


class Trials:
    """See the module. One at a time: the machine has presses to answer."""

    def __init__(self, database: Database, clock: Clock, publishing: Publishing) -> None:
        self._database = database
        self._clock = clock
        self._publishing = publishing
        self._busy = asyncio.Lock()

    async def run(self, person: Person, words: str = "", *, draft: int | None = None) -> Comparison:
        """The version in force on simulated leads, and beside it the draft's.

        Args:
            person: who asks.
            words: figures of the floor, as people write them: `2000 лидов, 5 менеджеров`, `leads=2000 seed=7`.
            draft: number of his change that is tried out; None: the version in force alone.

        Raises:
            Refused: a figure was not understood or cannot be, the draft is over, or another run is under way.
        """
        if self._busy.locked():
            raise Refused(ru.UNDER_WAY)
        async with self._busy:
            asked = figures_of(words)
            texts = [await self._text_in_force()]
            if draft is not None:
                texts.append(await self._text_of_draft(person, draft))
            return await _simulated(texts, await self._own_figures() | asked)

    async def _text_in_force(self) -> str:
        active = next(version for version in await self._publishing.versions() if version.active)
        return await self._publishing.text_of(active.hash)

    async def _text_of_draft(self, person: Person, number: int) -> str:
        async with self._database.read() as connection:
            found = await db_drafts.find(connection, number, person.id)
        if found is None or found.over:
            raise Refused(ru.DRAFT_OVER)
        return found.text

    async def _own_figures(self) -> dict[str, str]:
        """The leads of the last thirty days and the managers who are linked, where there are enough of both."""
        cases, people = t.cases.c, t.people.c
        since = self._clock.now() - _MONTH
        came = select(func.count()).where(cases.arrived_at >= since, cases.counted, cases.parent.is_(None))
        work = select(func.count()).where(people.role == "manager", people.active)
        async with self._database.read() as connection:
            leads = int((await connection.execute(came)).scalar_one())
            managers = int((await connection.execute(work)).scalar_one())
        if leads < _FEW_LEADS or not managers:
            return {}
        return {"leads": str(min(leads, MOST_LEADS)), "managers": str(managers)}


def figures_of(words: str) -> dict[str, str]:
    """Names and values of the figures that people wrote.

    Raises:
        Refused: something in the words is none.
    """
    found: dict[str, str] = {}
    words = rest = _BETWEEN.sub(" ", re.sub(ru.SEED_FIRST, r"seed=\1", words, flags=re.IGNORECASE))
    for setting in _SETTING.findall(words):
        name, _, value = setting.partition("=")
        name = name.strip().lower()
        found[next((key for stem, key in ru.STEMS.items() if name.startswith(stem)), name)] = value.strip(",; ")
        rest = rest.replace(setting, " ", 1)
    for number, word in _COUNT.findall(rest):
        key = next((key for stem, key in ru.STEMS.items() if word.lower().startswith(stem)), None)
        if key is None:
            raise Refused(ru.NOT_A_FIGURE.format(words=f"{number.strip()} {word}"))
        found[key] = re.sub(r"\D", "", number)
    left = _COUNT.sub(" ", rest)
    if not _NOTHING.fullmatch(left):
        raise Refused(ru.NOT_A_FIGURE.format(words=left.strip()))
    leads = found.get("leads", "")
    if leads.isdecimal() and int(leads) > MOST_LEADS:
        raise Refused(ru.TOO_MANY_LEADS.format(most=MOST_LEADS))
    return found


async def _simulated(texts: Sequence[str], figures: Mapping[str, str]) -> Comparison:
    with TemporaryDirectory(prefix="dozvon-simulate-") as name:
        files = [Path(name) / f"{number}.yaml" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        said, complaint, code = await _carried_out(_arguments(files, figures))
    if code == _REFUSED:
        raise Refused(complaint.removeprefix("dozvon: "))
    if code:
        raise RuntimeError(f"dozvon simulate ended with {code}: {complaint}")
    return Comparison.read(json.loads(said))


_REFUSED = 2
_OPTIONS = ("leads", "days", "seed", "managers")


def _arguments(files: Sequence[Path], figures: Mapping[str, str]) -> list[str]:
    found = ["simulate", "--json", "--playbook", str(files[0])]
    for file in files[1:]:
        found += ["--against", str(file)]
    for name, value in figures.items():
        if name in _OPTIONS and not value.isdecimal():
            raise Refused(ru.NOT_A_NUMBER.format(name=name, value=value))
        found += [f"--{name}={value}"] if name in _OPTIONS else ["--set", f"{name}={value}"]
    return found


async def _carried_out(arguments: Sequence[str]) -> tuple[str, str, int]:
    """What the command said, what it complained of, and its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG", "HOME") if name in os.environ},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            said, complaint = await process.communicate()
    except TimeoutError:
        raise Refused(ru.TOO_SLOW) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(), complaint.decode().strip(), process.returncode or 0
