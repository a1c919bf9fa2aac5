"""Recording a questionnaire: from its outcome to the case's new state and the effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.engine.cadence import Attempt, Exhausted
from bot.engine.case import Case, Run, Task
from bot.engine.convert import convert
from bot.engine.effects import (
    AddPhone,
    Alert,
    BarPhone,
    CompleteTask,
    Continue,
    Decision,
    Effect,
    JoinCase,
    LiftBar,
    RenewTask,
    Tell,
    Update,
)
from bot.engine.fields import settled_fields
from bot.engine.follow import next_task as following_task
from bot.engine.inbound import promise_kept
from bot.engine.kept import before_it, kept
from bot.engine.meetings import meeting_after, meeting_effects
from bot.engine.misses import count_miss, end_cadence, plan_attempt
from bot.engine.questionnaire import Ask, next_step
from bot.engine.records import recorded
from bot.engine.rules import Rules
from bot.engine.settled import Settled
from bot.engine.tasks import add_task, first_push, is_call
from bot.engine.titles import shown_name
from bot.engine.told import last_words, told
from bot.engine.wording import comment, decided, receipt, why
from bot.engine.zones import renumbered
from bot.locales.ru import engine as ru
from bot.playbooks.model import Outcome


def settle(rules: Rules, case: Case, task: Task, run: Run, outcome_key: str) -> Decision:
    """Record the answers of `run` on `task` with their outcome.

    An exhausted cadence ends with its own outcome in the same decision. Exactly one open task is left, none where the
    case ends.
    """
    outcome = rules.playbook.outcomes[outcome_key]
    if outcome.keep is not None:
        return kept(rules, case, task, run, outcome_key, outcome.keep)
    promise = promise_kept(rules, case) if outcome.miss is not None else None
    if promise is not None:
        return _not_reached(rules, case, task, run, outcome_key, promise)
    after = replace(case, run=None, task=None, before=None, draft=None, paused=None)
    after = _with_client_words(after, outcome, run)
    after = _with_misses(rules, after, outcome, task)
    after = _touched(rules, after, task, outcome)
    after = last_words(rules, after, outcome, run)
    if outcome.convert is not None:
        settled = Settled(case, after, task, run, (outcome_key,), outcome, outcome, None)
        return convert(rules, settled, outcome.convert)
    plan = plan_attempt(rules, after) if outcome.miss is not None and outcome.next is None else None
    keys: tuple[str, ...] = (outcome_key,)
    last = outcome
    if isinstance(plan, Exhausted) and after.cadence is not None:
        exhausted_key = rules.playbook.cadences[after.cadence].exhausted
        keys, last = (outcome_key, exhausted_key), rules.playbook.outcomes[exhausted_key]
    after = _at_stage(rules, after, last if last.stage is not None or last.ends else outcome)
    if not after.closed:
        after = following_task(rules, after, task, run, last, plan if isinstance(plan, Attempt) else None)
        if case.paused is not None:
            after = meeting_after(rules, after, case.paused)
    return _decision(rules, Settled(case, after, task, run, keys, outcome, last, plan))


def _not_reached(rules: Rules, case: Case, task: Task, run: Run, outcome_key: str, promise: Task) -> Decision:
    """The client had called and was not reached then: what was agreed with him before stands.

    In a running cadence it counts as an attempt, but changes nothing else.
    """
    outcome = rules.playbook.outcomes[outcome_key]
    counts = outcome.miss is not None and outcome.miss == case.cadence
    outcome = outcome.model_copy(update={"stage": None, "miss": outcome.miss if counts else None})
    promise = replace(promise, push_at=first_push(rules, case, promise))
    after = replace(case, run=None, task=promise, before=None, draft=None, paused=None)
    after = _touched(rules, _with_misses(rules, after, outcome, task), task, outcome)
    return _decision(rules, Settled(case, after, task, run, (outcome_key,), outcome, outcome, None, reopened=True))


def _decision(rules: Rules, settled: Settled) -> Decision:
    fields = settled_fields(rules, settled)
    after = replace(settled.after, facts={**settled.after.facts, **fields})
    after = _resuming(rules, after, settled) or _offering(rules, after, settled)
    goes_on = after.run is not None and not after.run.optional
    next_task = settled.after.task.id if settled.after.task is not None else None
    before, said = before_it(rules, settled.before, settled.task, settled.run.by, next_task), told(rules, settled)
    after = replace(after, recorded=recorded(rules, before, after, said))
    if _can_be_undone(settled) and not goes_on:
        after = replace(after, before=before)
    effects: list[Effect] = list(_phone_effects(settled))
    if settled.stage_changed or fields:
        effects.append(Update(after.stage if settled.stage_changed else None, fields))
    effects += (comment(rules, settled), CompleteTask(settled.task.id), *_next(rules, settled, after))
    effects += meeting_effects(rules, settled.before, after)
    effects += _outside_effects(rules, settled)
    effects.append(Continue(settled.task.id) if goes_on else receipt(rules, replace(settled, after=after)))
    return Decision(after, tuple(effects), why(rules, settled), settled.keys, said)


def _next(rules: Rules, settled: Settled, after: Case) -> tuple[Effect, ...]:
    if settled.reopened and after.task is not None:
        return (RenewTask(after.task.id),)
    return add_task(rules, after)


def _with_client_words(case: Case, outcome: Outcome, run: Run) -> Case:
    """What the client said about himself: another number, no calls."""
    phone = run.answers.get(outcome.phone) if outcome.phone is not None else None
    if phone is not None:
        others = tuple(known for known in case.client.phones if known != phone)
        case = replace(case, client=renumbered(case.client, (phone, *others)))
    if outcome.bar is not None:
        case = replace(case, no_calls=True, barred=case.barred or outcome.bar == "all")
    if outcome.lift is not None:
        case = replace(case, no_calls=outcome.lift == "writing", barred=False)
    return case


def _with_misses(rules: Rules, case: Case, outcome: Outcome, task: Task) -> Case:
    if outcome.conversation:
        case = end_cadence(rules, case)
    if outcome.unmiss:
        case = replace(case, misses=case.misses[:-1])
    return count_miss(rules, case, outcome.miss, task) if outcome.miss is not None else case


def _touched(rules: Rules, case: Case, task: Task, outcome: Outcome) -> Case:
    if case.first_touch_at is not None or not is_call(rules.playbook, task, (outcome,)):
        return case
    return replace(case, first_touch_at=task.touched_at or task.done_at(rules.now))


def _at_stage(rules: Rules, case: Case, outcome: Outcome) -> Case:
    if outcome.stage is not None and outcome.stage != case.stage:
        case = replace(case, stage=outcome.stage, entered_at=rules.now)
    return replace(case, closed=outcome.ends or rules.is_over(case))


def _resuming(rules: Rules, case: Case, settled: Settled) -> Case | None:
    """The live case with the questionnaire in which the conversation goes on, if the outcome has one."""
    resume, task = settled.outcome.resume, case.task
    if resume is None or task is None or rules.kind(task.kind).role is not None:
        return None
    run = Run(resume, task.id, settled.run.by, rules.now, goes_on=True)
    if not isinstance(next_step(rules.playbook, replace(case, run=run), run, rules.now, rules.role), Ask):
        return None
    # The card is there already: another one is wanted only if the talk is broken off.
    return replace(case, run=run, task=replace(task, push_at=task.due_at, by_rule=None))


def _offering(rules: Rules, case: Case, settled: Settled) -> Case:
    """The live case with the optional questionnaire of its receipt, if the outcome has one that asks anything."""
    if settled.outcome.after is None or case.closed:
        return case
    run = Run(settled.outcome.after, settled.task.id, settled.run.by, rules.now, optional=True)
    step = next_step(rules.playbook, case, run, rules.now, rules.role)
    return replace(case, run=run) if isinstance(step, Ask) else case


def _can_be_undone(settled: Settled) -> bool:
    outcome = settled.outcome
    return not settled.after.closed and outcome.bar is None and outcome.lift is None and outcome.joins is None


def _phone_effects(settled: Settled) -> Iterator[Effect]:
    """The number comes first: what follows may need it."""
    phones = settled.after.client.phones
    if phones and phones[0] not in settled.before.client.phones:
        yield AddPhone(phones[0])


def _owner_told(rules: Rules, settled: Settled) -> Iterator[Effect]:
    """A superior has decided about the owner's client."""
    owner, role = settled.before.owner, rules.kind(settled.task.kind).role
    if role in ru.DECIDED_BY and owner is not None and owner != settled.run.by:
        yield Tell(owner, decided(rules, settled, ru.DECIDED_BY[role]))


def _outside_effects(rules: Rules, settled: Settled) -> Iterator[Effect]:
    """What reaches beyond this case."""
    outcome, answers = settled.outcome, settled.run.answers
    for key in settled.keys:
        tell = rules.playbook.outcomes[key].tell
        if tell is not None:
            yield Alert(tell.roles, tell.text, tell.keys)
    yield from _owner_told(rules, settled)
    if outcome.joins is not None and answers.get(outcome.joins) is not None:
        yield JoinCase(answers[outcome.joins], ru.JOINED.format(name=shown_name(rules.playbook, settled.before)))
    if outcome.bar is not None and settled.after.client.phones:
        yield BarPhone(settled.after.client.phones, writing_too=outcome.bar == "all")
    if outcome.lift is not None and settled.after.client.phones:
        yield LiftBar(settled.after.client.phones, to_writing=outcome.lift == "writing")
