"""A meeting beside its task: the CRM's activity, and the second participant who must hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.engine.case import Case, Task
from bot.engine.effects import Effect, EndMeeting, MoveMeeting, PlanMeeting, Tell
from bot.engine.fields import meeting_place
from bot.engine.rules import Rules
from bot.engine.titles import short_name, stamp, task_title
from bot.engine.touches import ends_of, warmed_by
from bot.engine.words import say_moment, say_time
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook


def meeting_after(rules: Rules, case: Case, answered: Task) -> Case:
    """The case whose new task follows `answered`: a meeting that is only moved stays the same activity."""
    new = case.task
    if new is None or not (rules.kind(new.kind).meeting and rules.kind(answered.kind).meeting):
        return case
    moved = answered.activity is not None and answered.due_at > rules.now
    new = replace(
        new,
        warmed=warmed_by(rules.playbook, case, answered, rules.now, rules.staff),
        activity=answered.activity if moved else new.activity,
    )
    return replace(case, task=new)


def meeting_effects(rules: Rules, before: Case, after: Case) -> tuple[Effect, ...]:
    """What makes the CRM's activity and the second participant follow from one state of the case to the next."""
    return (*_activity(rules, before, after), *_second(rules, before, after))


def meeting_back(rules: Rules, before: Case, after: Case) -> tuple[Effect, ...]:
    """As `meeting_effects` when an answer is taken back: the activity that it had ended is open again."""
    effects = meeting_effects(rules, before, after)
    return tuple(EndMeeting(one.activity, done=False) if isinstance(one, PlanMeeting) else one for one in effects)


def _activity(rules: Rules, before: Case, after: Case) -> Iterator[Effect]:
    old, new = _stood(rules, before), _stood(rules, after)
    was, now = (old.activity if old is not None else None), (new.activity if new is not None else None)
    if was is not None and was != now:
        yield EndMeeting(was)
    if new is None or now is None:
        return
    title, text = task_title(rules.playbook, after, new), describe(rules, after, new)
    if was != now:
        yield PlanMeeting(now, new.due_at, title, text)
    elif old is not None and (old.due_at != new.due_at or before.owner != after.owner):
        yield MoveMeeting(now, new.due_at, title, text)


def meeting_aside(playbook: Playbook, case: Case) -> Task | None:
    """The meeting that the client's call has pushed aside: it stands until the call is answered."""
    return case.paused if case.paused is not None and playbook.tasks[case.paused.kind].meeting else None


def _stood(rules: Rules, case: Case) -> Task | None:
    """The meeting that is agreed, pushed aside by the client's call or not; otherwise the open task."""
    return meeting_aside(rules.playbook, case) or case.task


def describe(rules: Rules, case: Case, task: Task) -> str:
    """When and where, for the activity: «12:00–13:00, Офис»."""
    start, end = say_time(task.due_at, rules.zone), say_time(ends_of(rules.playbook, task), rules.zone)
    place = meeting_place(rules.playbook, case)
    return f"{start}–{end}, {place}" if place else f"{start}–{end}"


def _second(rules: Rules, before: Case, after: Case) -> Iterator[Effect]:
    """Who takes part beside the owner hears of the meeting, of another time, and that it is off."""
    old, new = _stood(rules, before), _stood(rules, after)
    name = short_name(after.client.name or after.title)
    had, has = (old.second if old is not None else None), (new.second if new is not None else None)
    if old is not None and had is not None and had != has and old.due_at > rules.now:
        yield Tell(had, ru.MEETING_OFF.format(name=name, at=stamp(old.due_at, rules.zone)))
    if new is None or has is None or (had == has and old is not None and old.due_at == new.due_at):
        return
    place = meeting_place(rules.playbook, after)
    at = say_moment(new.due_at, rules.zone, rules.now)
    words = ru.MEETING_MOVED if had == has else ru.MEETING_WITH_YOU
    yield Tell(has, words.format(name=name, at=f"{at}, {place}" if place else at))
