"""A case takes another version of the playbook: what a rule has timed is timed anew, what people agreed on stays.

The time that a version gives an open task is a function of the case alone: it is found as of the moment when the task
was set, not as of now. So the version that placed a task first gives the very same time again when it comes back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.engine.cadence import Attempt
from bot.engine.case import Case, Task
from bot.engine.drafts import draft_of
from bot.engine.effects import Decision, Effect, MoveTask, Redraw
from bot.engine.events import Republished
from bot.engine.fitting import misfit, offered_still
from bot.engine.misses import plan_attempt
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import due_by_kind, first_push, push_time
from bot.engine.titles import stamp
from bot.engine.verdicts import Fate, Kept
from bot.engine.worktime import whole_minute
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook

SOON = timedelta(hours=1)
"""What is due so soon stays where it is: somebody counts on it."""


def republished(rules: Rules, case: Case, event: Republished) -> Decision:
    """The case takes the version, now or as soon as it can; see `fate_of`."""
    if case.closed or event.version == (case.follows or case.playbook) == case.playbook:
        return Decision(case, (), ru.WHY_NOTHING)
    fate, task = fate_of(rules, event.playbook, case, event.version)
    if fate.waits:
        why = ru.WHY_FOLLOWS_LATER if fate.misfit is None else ru.WHY_MISFIT.format(why=fate.misfit)
        return Decision(replace(case, follows=event.version), (), why, fate=fate)
    if event.version == case.playbook:
        why = ru.WHY_FOLLOWED.format(kept=ru.KEPT[Kept.SAME])
        return Decision(replace(case, follows=None), (), why, fate=fate)
    new = replace(rules, playbook=event.playbook)
    before, case = case, replace(case, playbook=event.version, follows=None, task=task)
    effects: list[Effect] = [Redraw()]
    if case.run is not None:
        case = replace(case, run=offered_still(new, case))
        effects.append(Redraw(before.run.task if before.run is not None else None))
    if task is None or before.task is None or not fate.retimed:
        why = ru.WHY_FOLLOWED.format(kept=ru.KEPT[fate.kept or Kept.SAME])
        return Decision(case, tuple(effects), why, fate=fate)
    effects.insert(0, MoveTask(task.id, due_at=task.due_at))
    old_due, new_due = stamp(before.task.due_at, rules.zone), stamp(task.due_at, new.zone)
    why = ru.WHY_RETIMED.format(before=old_due, after=new_due)
    why = f"{why} ({task.note})" if task.note else why
    return replace(with_next_contact(new, case, tuple(effects), why), fate=fate)


def fate_of(rules: Rules, new: Playbook, case: Case, version: str) -> tuple[Fate, Task | None]:
    """What becomes of a live case that is to take `version`, and its open task afterwards.

    Args:
        rules: of the version that it runs on.
        new: the other version's playbook.
        case: as it stands.
        version: the other version's hash.
    """
    now = rules.now
    if version == case.playbook:  # it had not followed another one yet
        return Fate(Kept.SAME), case.task
    why = misfit(rules.playbook, new, case)
    if why is not None:
        return Fate(misfit=why), case.task
    if _is_busy(case):
        return Fate(Kept.OPEN), case.task
    task = case.task
    kept = _untouchable(rules, case, task) if task is not None else Kept.SAME
    if task is None or task.by_rule is None or kept is not None:
        return Fate(kept), task
    comes_back = version in task.by_rule.versions
    if task.due_at <= now + SOON and not comes_back:
        return Fate(Kept.DUE_SOON), task
    moved = placed_by(replace(rules, playbook=new), case, task, version)
    if moved is None:
        return Fate(Kept.LAST), task
    if (moved.due_at, moved.push_at) == (task.due_at, task.push_at):
        return Fate(Kept.SAME), moved
    if task.by_rule.versions[-1] == version:
        return Fate(Kept.OTHER), task  # it has this version's time but for what people did, which is kept
    # A version that comes back may bring near again what had been near before it went.
    if moved.due_at <= now + (timedelta() if comes_back else SOON) or moved.push_at <= now:
        return Fate(Kept.PASSED), task
    return Fate(), moved


def placed_by(rules: Rules, case: Case, task: Task, version: str) -> Task | None:
    """The open task at the time that the version of `rules` would have given it; None: it plans no such attempt."""
    rule = task.by_rule
    if rule is None:
        return None
    rules = replace(rules, now=task.set_at, cover=None)
    note, attempts = task.note, task.attempts
    kind = rules.kind(task.kind)
    if rule.cadence is None:
        due = due_by_kind(rules, case, kind, rule.since)
    else:
        plan = plan_attempt(rules, case)
        if not isinstance(plan, Attempt):
            return None
        due, note, attempts = plan.at, plan.why, plan.of
    due = whole_minute(max(due, task.set_at))
    push_at = push_time(rules, case, kind, due, own_due=rule.cadence is None)
    known = rule.versions[: rule.versions.index(version)] if version in rule.versions else rule.versions
    rule = replace(rule, versions=(*known, version))
    moved = replace(task, due_at=due, push_at=push_at, note=note, attempts=attempts, by_rule=rule)
    return replace(moved, push_at=first_push(rules, case, moved))


def _is_busy(case: Case) -> bool:
    """Somebody is in the middle of it; the optional question of a receipt holds nobody up."""
    answering = case.run is not None and not case.run.optional
    return answering or draft_of(case) is not None or case.before is not None


def _untouchable(rules: Rules, case: Case, task: Task) -> Kept | None:
    """Why the task keeps its time under whatever version."""
    rule, now = task.by_rule, rules.now
    if task.promised or (rule is None and rules.kind(task.kind).meeting):
        return Kept.PROMISED
    if rule is None:
        return Kept.BY_HAND if task.planned_at is not None else _shown(task, now) or Kept.OTHER
    if (rule.source, rule.zone) != (case.source, case.client.zone) or rule.cadence not in (None, case.cadence):
        return Kept.OTHER  # what was known then is not known any more: it could not be put back
    if rule.versions[-1] == case.playbook:
        again = placed_by(rules, case, task, case.playbook)
        if again is None or (again.due_at, again.push_at) != (task.due_at, task.push_at):
            return _shown(task, now) or Kept.OTHER  # likewise: its holder works at other hours by now
    return _shown(task, now)


def _shown(task: Task, now: datetime) -> Kept | None:
    worked_on = task.touched_at is not None or task.heard_at is not None or task.closed_at is not None
    return Kept.SHOWN if task.push_at <= now or worked_on else None
