"""What a task's holder hears of its time: that it is near, and that it is up.

His card comes again below everything else, and the one above becomes a line: a reminder has no buttons of its own.
"""

from __future__ import annotations

from sqlalchemy import select

from bot.db import tables as t
from bot.db.people import Person
from bot.engine.case import Case, Task
from bot.engine.titles import shown_name
from bot.engine.touches import owed_since
from bot.engine.words import say_time
from bot.locales.ru import alerts as ru
from bot.services.work import Work


async def remind(work: Work, case: Case) -> None:
    """Its time is near. Of what he has no card yet a line is enough: the card comes at its own moment."""
    task, person = case.task, work.holder(case)
    if task is None or person is None or not _may_disturb(work, case, task, person):
        return
    playbook = work.playbook(case)
    if owed_since(playbook, case, task, work.people.staff) <= work.now:
        return  # its holder was absent, or we were: its time is up, and the card says so
    if work.card_of(task.id, person) is not None:
        if not await _again(work, case, task, person):
            await work.redraw_idle(case)
        return
    if await _card_comes_now(work, case):
        return
    title, client = playbook.tasks[task.kind].title, shown_name(playbook, case)
    time = say_time(task.due_at, work.view(case, person).zone)
    work.tell(case.holder or 0, ru.REMINDER.format(time=time, task=title, client=client), case.id)


async def _card_comes_now(work: Work, case: Case) -> bool:
    """Whether the card itself is due at this very moment: we were away when it should have come."""
    timers = t.timers.c
    push = (timers.case_id == case.id) & (timers.kind == "push") & timers.done.is_(False) & (timers.at <= work.now)
    return bool((await work.connection.execute(select(timers.key).where(push).limit(1))).first())


async def time_is_up(work: Work, case: Case) -> bool:
    """The card comes again, and says that it is overdue; False: it is left where it is."""
    task, person = case.task, work.holder(case)
    if task is None or person is None or not _may_disturb(work, case, task, person):
        return False
    playbook = work.playbook(case)
    told = playbook.ladder(playbook.tasks[task.kind]).notice is not None
    return told and task.closed_at is None and await _again(work, case, task, person)


async def asked(work: Work, case: Case) -> None:
    """A supervisor asks about the client: the card that says so comes at once, or a line to who is at it already."""
    task, person = case.task, work.holder(case)
    if task is None or task.asked_by is None or person is None:
        return
    if case.run is None or case.run.optional:
        await work.push(case)
        return
    view = work.view(case, person)
    words = ru.ASKS.format(who=view.asked_by, time=say_time(work.now, view.zone))
    work.tell(case.holder or 0, f"{words}: {shown_name(work.playbook(case), case)}", case.id)


def _may_disturb(work: Work, case: Case, task: Task, person: Person) -> bool:
    """Not while he is at it, not outside his hours, and not a phone that would get all of it later."""
    if not person.reachable:
        return False
    begun = task.touched_at is not None or (case.run is not None and not case.run.optional)
    return not begun and work.people.staff.works(work.playbook(case), case.holder, work.now)


async def _again(work: Work, case: Case, task: Task, person: Person) -> bool:
    """Show the card that is on his phone anew; False: there is none, or another one has just come."""
    card = work.card_of(task.id, person)
    if card is None or card.kind != "card" or (card.data or {}).get("panel"):
        return False  # what he reads on it must not be taken out of his hands
    if task.id in work.pushed:
        return True
    fresh = (one for one in work.messages.values() if one.id is None and one.person_id == person.id)
    if any(one.kind == "card" for one in fresh):
        return False  # of several that come at one moment one makes him look, the others stand above it
    await work.push(case, walking=bool((card.data or {}).get("walking")))
    work.pushed.discard(task.id)  # it was shown at its own time; that stays known
    return True
