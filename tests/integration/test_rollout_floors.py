"""Random floors under another version: what the preview counts is what happens, and going back undoes exactly that."""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random

import pytest

from bot.db import tables as t
from bot.db.session import Database
from bot.engine import events as ev
from bot.errors import ActionNotAllowed
from bot.playbooks.load import Loaded, builtin, load
from bot.services.intents import Happened
from bot.services.library import open_library
from bot.services.published import Mode
from bot.services.publishing import Publishing
from bot.services.rollout import Rollout
from tests.integration.shell_kit import Shell, open_shell
from tests.integration.test_rollout import ADMIN, SLOTS, column, ring, stored

pytestmark = pytest.mark.above_the_store

FLOORS = int(os.environ.get("DOZVON_FLOORS", "2"))
PHONES = [f"+7903111000{number}" for number in range(4)]
SOME_SLOTS = ("['09:15', '10:20', '16:10']", "['10:20', '12:40', '16:10']", "['11:00', '18:30']", SLOTS)


def another(dice: Random) -> Loaded:
    """The built-in playbook with some other figures."""
    text = builtin("bankruptcy").text.replace(SLOTS, dice.choice(SOME_SLOTS))
    text = text.replace("within: 15m}", f"within: {dice.choice((15, 40, 200))}m}}", 1)
    text = text.replace("second: 40m", f"second: {dice.choice((20, 40, 170))}m", 1)
    text = text.replace("calls_per_number: 3", f"calls_per_number: {dice.choice((3, 3, 5))}", 1)
    return load(text.replace("limit: 30m", f"limit: {dice.choice((30, 45))}m", 1), checked=True)


async def live(shell: Shell, dice: Random) -> None:
    """Some hours of clients who share numbers: missed, called, put off, moved in the CRM, half answered."""
    cases = [await shell.lead(f"Клиент {number}", dice.choice(PHONES)) for number in range(8)]
    for _ in range(40):
        case_id, now = dice.choice(cases), shell.clock.now()
        open_task = await column(shell.database, t.tasks.c.id, t.tasks.c.case_id == case_id, t.tasks.c.state == "open")
        task = open_task[0] if open_task else f"{case_id}-1"
        happens: ev.Event = dice.choices(
            (
                ev.Answered(2, "reached", "no_answer", "Не дозвонился"),
                ev.CallStarted(2),
                ev.DeadlineMoved(task, now + timedelta(hours=dice.randrange(2, 60))),
                ev.ZoneSet(2, dice.choice(("Asia/Vladivostok", "Europe/Berlin"))),
                ev.Answered(2, "reached", "answered", "Дозвонился"),
                ev.Gone(),
            ),
            (20, 2, 2, 2, 1, 1),
        )[0]
        try:
            await shell.apply(Happened(case_id, happens))
        except ActionNotAllowed:
            continue
        if dice.random() < 0.4:
            shell.clock.move_to(now + timedelta(minutes=dice.choice((1, 3, 40, 100, 600))))
            await ring(shell)


@pytest.mark.parametrize("seed", range(FLOORS))
async def test_the_preview_is_what_happens_and_going_back_is_exact(database: Database, seed: int) -> None:
    dice = Random(seed)
    shell = await open_shell(database)
    await open_library(database, builtin("bankruptcy"), shell.clock.now())
    await live(shell, dice)
    publishing = Publishing(database, shell.clock, shell.library, Rollout(database, shell.library, shell.apply))
    base, new, before = shell.library.active_hash, another(dice), await stored(database)
    if new.hash == base:
        return
    live_cases = await column(database, t.cases.c.id, ~t.cases.c.closed)
    cards = [row.id for row in await shell.rows()]
    preview = await publishing.preview(new)
    assert await stored(database) == before
    done = await publishing.publish(new, base=base, by=ADMIN, note="", mode=Mode.ALL)
    assert (done.retimed, done.kept, done.closed) == (preview.retimed, preview.kept, preview.closed)
    assert done.retimed + sum(done.kept.values()) == len(live_cases)
    assert [row.id for row in await shell.rows()] == cards
    shell.clock.move_to(shell.clock.now() + timedelta(minutes=dice.choice((0, 5, 30))))
    await publishing.rollback(base, base=new.hash, by=ADMIN, mode=Mode.ALL)
    after = await stored(database)
    assert after["tasks"] == before["tasks"]
    assert after["timers"] == before["timers"]
    assert [row.id for row in await shell.rows()] == cards
