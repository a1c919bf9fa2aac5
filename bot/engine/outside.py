"""What happens to a case without a questionnaire: it arrives, people work on it in the CRM, it changes hands.

News of the CRM may come late or twice: what no longer fits changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.engine.calendars import next_reachable
from bot.engine.case import Approval, Case, Task
from bot.engine.drafts import left_behind
from bot.engine.effects import (
    AskApproval,
    CloseCard,
    Comment,
    CompleteCopy,
    CompleteTask,
    Decision,
    Effect,
    MoveTask,
    Redraw,
    SetOwner,
    Tell,
)
from bot.engine.events import (
    Arrived,
    CallStarted,
    DeadlineMoved,
    Gone,
    HandedOver,
    OldTaskOpened,
    Rescheduled,
    StageMoved,
    TaskClosed,
    TaskCopied,
    TaskGiven,
    TaskReopened,
)
from bot.engine.follow import enter_stage
from bot.engine.meetings import meeting_effects
from bot.engine.misses import end_cadence
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import add_task, first_push, kind_for, push_time, set_task
from bot.engine.titles import shown_name, stamp
from bot.engine.worktime import whole_minute
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def arrived(rules: Rules, case: Case, event: Arrived) -> Decision:
    """The stage's task for a case that is seen for the first time; an own open task found with it stays as it is."""
    stage = rules.stage(case)
    if case.task is not None or case.closed:
        return _nothing(case)
    if stage.kind != "open":
        case = replace(case, closed=True)
        return Decision(case, (), _entering_words(rules, case, ru.WHY_ARRIVED.format(stage=stage.title)))
    if event.task is not None:
        return Decision(_adopting(rules, case, event.task, event), (), ru.WHY_ADOPTED.format(stage=stage.title))
    first = rules.playbook.pipelines[case.pipeline].on_barred_request if event.barred else None
    if first is not None:
        case = set_task(rules, replace(case, barred=True, no_calls=True), first)
        return Decision(case, add_task(rules, case), ru.WHY_ARRIVED_BARRED)
    case = enter_stage(rules, case, since=rules.now if event.adopted else case.arrived_at)
    if event.adopted:
        case = _spread(rules, case, event.spread_to)
    why = _entering_words(rules, case, ru.WHY_ARRIVED.format(stage=stage.title))
    return Decision(case, (*add_task(rules, case), *meeting_effects(rules, replace(case, task=None), case)), why)


def stage_moved(rules: Rules, case: Case, event: StageMoved) -> Decision:
    """A person moved the case in the CRM: that is where it stands now, with the task that belongs there.

    Of a stage that is kept for some roles one of them is asked, unless he moved it himself.
    """
    pipeline = event.pipeline or case.pipeline
    where = rules.playbook.pipelines.get(pipeline)
    if where is None or where.entity != case.entity or event.stage not in where.stages:
        raise ActionNotAllowed(ru.UNKNOWN_STAGE)
    old, new = rules.stage(case), where.stages[event.stage]
    came_back = case.closed and new.kind == "open"
    if (pipeline, event.stage) == (case.pipeline, case.stage) and not came_back:
        return _nothing(case)
    words = ru.WHY_MOVED_RUN if case.run is not None and not case.run.optional else ru.WHY_MOVED
    effects, before = _ended_task(case, ru.CARD_MOVED.format(stage=new.title)), case
    if case.cadence is not None and rules.playbook.cadences[case.cadence].task != new.task:
        case = end_cadence(rules, case)
    asks = new.roles is not None and rules.role not in new.roles
    case = replace(
        case,
        pipeline=pipeline,
        stage=event.stage,
        entered_at=rules.now,
        task=None,
        run=None,
        before=None,
        draft=None,
        paused=None,
        approval=Approval(event.stage, case.stage, case.pipeline, event.by) if asks else None,
    )
    case = replace(case, closed=rules.is_over(case))
    if not case.closed:
        case = enter_stage(rules, case)
    why = _entering_words(rules, case, words.format(old=old.title, new=new.title))
    asked = (AskApproval(new.roles),) if asks and new.roles is not None else ()
    effects = (*effects, Comment(why), *add_task(rules, case), *meeting_effects(rules, before, case), *asked)
    return with_next_contact(rules, case, effects, why)


def task_closed(rules: Rules, case: Case, event: TaskClosed) -> Decision:
    """Closed in the CRM without answers: the task stays until its result is told, which counts at that time."""
    task = case.task
    if task is None or task.id != event.task or task.closed_at is not None:
        return _nothing(case)
    push_at, at = rules.calendar(case).next_open(rules.now), min(event.at, rules.now)
    task = replace(task, closed_at=at, push_at=push_at, note=ru.NOTE_CLOSED_IN_CRM, by_rule=None)
    return Decision(replace(case, task=task, before=None), (Redraw(),), ru.WHY_TASK_CLOSED)


def task_reopened(rules: Rules, case: Case, event: TaskReopened) -> Decision:
    """Closed by mistake and opened again in the CRM: the task is as it was, nothing is asked any more."""
    task = case.task
    if task is None or task.id != event.task or task.closed_at is None:
        return _nothing(case)
    case = replace(case, task=replace(task, closed_at=None, note=None))
    return Decision(case, (Redraw(),), ru.WHY_TASK_REOPENED)


def old_task_opened(rules: Rules, case: Case, event: OldTaskOpened) -> Decision:
    """A second open task of ours is one too many: the old one is completed again, with a note."""
    if case.task is not None and case.task.id == event.task:
        return _nothing(case)
    words = _instead(rules, case, ru.OLD_TASK_OPENED)
    return Decision(case, (CompleteTask(event.task), Comment(words)), words)


def task_copied(rules: Rules, case: Case, event: TaskCopied) -> Decision:
    """As a second open task: the copy is completed, with a note."""
    words = _instead(rules, case, ru.TASK_COPIED)
    return Decision(case, (CompleteCopy(event.crm_task), Comment(words)), words)


def deadline_moved(rules: Rules, case: Case, event: DeadlineMoved) -> Decision:
    """The deadline was changed in the CRM: followed."""
    task = case.task
    due = whole_minute(event.due_at)
    if task is None or task.id != event.task or task.due_at == due:
        return _nothing(case)
    kind = rules.kind(task.kind)
    push_at = push_time(rules, case, kind, due, promised=task.promised)
    # What was said of the former time (he confirmed, he is late) is not true of this one.
    task = replace(
        task,
        due_at=due,
        push_at=push_at,
        placed=False,
        planned_at=rules.now,
        ends_at=None,
        touch=None,
        touch_at=None,
        said=None,
        confirmed=False,
        by_rule=None,
    )
    before, case = case, replace(case, task=replace(task, push_at=first_push(rules, case, task)))
    why = ru.WHY_DEADLINE.format(at=stamp(due, rules.zone))
    return with_next_contact(rules, case, (Redraw(), *meeting_effects(rules, before, case)), why)


def rescheduled(rules: Rules, case: Case, event: Rescheduled) -> Decision:
    """The shell gives the open task another time, and says why."""
    task = case.task
    if task is None or task.id != event.task:
        return _nothing(case)
    due = whole_minute(max(event.due_at, rules.now))
    task = replace(task, due_at=due, push_at=event.push_at, placed=False, note=event.why, by_rule=None)
    case = replace(case, task=task)
    return with_next_contact(rules, case, (MoveTask(task.id, due_at=due), Redraw()), event.why)


def handed_over(rules: Rules, case: Case, event: HandedOver) -> Decision:
    """Another owner: the task goes with the case, a card that was shown already comes to him.

    At night it comes at opening, unless he has taken the case himself or the client was promised this hour.
    """
    if event.to == case.owner:
        return _nothing(case)
    if case.closed and event.by is not None:
        raise ActionNotAllowed(ru.CLOSED)
    effects: list[Effect] = [SetOwner(event.to)] if event.by is not None else []
    if event.note is not None:
        effects.append(Comment(event.note))
    task, draft = case.task, left_behind(case)
    begun = case.run is not None and draft is case.run
    if task is not None and task.holder is not None and not task.cover:
        return Decision(replace(case, owner=event.to), tuple(effects), ru.WHY_HANDED_OVER)  # its holder keeps it
    former = case.holder
    if task is not None:
        effects += (MoveTask(task.id, responsible=event.to), CloseCard(task.id, ru.CARD_HANDED_OVER))
        if task.push_at <= rules.now or begun:
            at_once = task.promised or event.by == event.to
            opening = rules.staff.hours(rules.playbook, event.to).next_open(rules.now)
            task = replace(task, push_at=rules.now if at_once else opening, by_rule=None)
        # Who stood in did so for the former owner, and it was the former holder who was on the phone.
        task = replace(task, holder=None, cover=False, touched_at=None)
    if begun and former is not None and event.by != former:
        effects.append(Tell(former, ru.TOLD_HANDED_OVER.format(name=shown_name(rules.playbook, case))))
    before, case = case, replace(case, owner=event.to, task=task, run=None, before=None, draft=draft)
    effects += meeting_effects(rules, before, case)
    return Decision(case, tuple(effects), ru.WHY_HANDED_OVER_DRAFT if begun else ru.WHY_HANDED_OVER)


def task_given(rules: Rules, case: Case, event: TaskGiven) -> Decision:
    """The task's card comes to its new holder."""
    task = case.task
    if task is None or task.id != event.task or event.to == case.holder:
        return _nothing(case)
    push_at = max(task.push_at, rules.staff.hours(rules.playbook, event.to).next_open(rules.now))
    owners = event.to == case.owner and rules.kind(task.kind).role is None
    given = replace(task, holder=None if owners else event.to, cover=task.cover and not owners, push_at=push_at)
    case = replace(case, task=given, run=None, before=None)
    effects: list[Effect] = [CloseCard(task.id, ru.CARD_HANDED_OVER)]
    if event.by is not None:
        effects += (MoveTask(task.id, responsible=event.to), Comment(ru.GIVEN_BACK, by=event.by))
    return Decision(case, tuple(effects), ru.WHY_TASK_GIVEN)


def call_started(rules: Rules, case: Case, event: CallStarted) -> Decision:
    """The first touch; later calls on the same task change nothing, nor do recorded calls of before it."""
    recorded = event.at is not None
    if case.closed or case.task is None:
        if recorded:
            return _nothing(case)
        raise ActionNotAllowed(ru.CLOSED if case.closed else ru.NO_TASK)
    at = min(event.at or rules.now, rules.now)
    if case.task.touched_at is not None or (recorded and at < case.task.set_at):
        return _nothing(case)
    if recorded and not rules.kind(case.task.kind).calling:
        return _nothing(case)
    task = replace(case.task, touched_at=at)
    case = replace(case, task=task, first_touch_at=case.first_touch_at or at)
    return Decision(case, (Redraw(),), ru.WHY_CALL_RECORDED if recorded else ru.WHY_CALL)


def gone(rules: Rules, case: Case, event: Gone) -> Decision:
    """Deleted in the CRM: everything stops."""
    effects = _ended_task(case, ru.CARD_GONE)
    case = replace(case, task=None, run=None, before=None, draft=None, paused=None, approval=None, closed=True)
    return Decision(case, effects, ru.WHY_GONE)


def _adopting(rules: Rules, case: Case, task: Task, event: Arrived) -> Case:
    """The case with the task that was found; a kind that the playbook lacks becomes the stage's own."""
    kind = task.kind
    if kind not in rules.playbook.tasks:
        own = rules.stage(case).task
        if own is None:
            raise ActionNotAllowed(ru.UNKNOWN_TASK)
        kind = kind_for(rules, case, own)
    number = task.id.rpartition("-")[2]
    set_before = max(case.tasks_set, int(number)) if number.isdigit() else case.tasks_set
    return replace(case, task=replace(task, kind=kind, adopted=event.adopted or task.adopted), tasks_set=set_before)


def _spread(rules: Rules, case: Case, due_at: datetime | None) -> Case:
    """The case of the first sync, its task due and shown only when its turn comes."""
    task = case.task
    if task is None:
        return case
    if due_at is not None:
        due = whole_minute(max(due_at, rules.now))
        task = replace(task, due_at=due, push_at=next_reachable(rules.calendar(case), rules.window(case), due))
    return replace(case, task=replace(task, adopted=True, by_rule=None))


def _ended_task(case: Case, text: str) -> tuple[Effect, ...]:
    return () if case.task is None else (CompleteTask(case.task.id), CloseCard(case.task.id, text))


def _instead(rules: Rules, case: Case, words: str) -> str:
    """A note about a task that was one too many: what stands instead of it."""
    if case.task is None:
        return words.format(task=ru.NO_OTHER_TASK)
    task = case.task
    title, at = rules.kind(task.kind).title, stamp(task.due_at, rules.zone)
    return words.format(task=ru.OTHER_TASK.format(task=title, at=at))


def _entering_words(rules: Rules, case: Case, why: str) -> str:
    stage, task = rules.stage(case), case.task
    if case.closed:
        end = ru.WHY_FINAL.format(stage=stage.title)
    elif task is None:
        end = ru.WHY_STAGE_WITHOUT_TASK.format(stage=stage.title)
    else:
        end = ru.WHY_SET.format(task=rules.kind(task.kind).title, at=stamp(task.due_at, rules.zone))
    return f"{why} → {end}"


def _nothing(case: Case) -> Decision:
    return Decision(case, (), ru.WHY_NOTHING)
