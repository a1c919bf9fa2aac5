"""Answers after which the task stays open: what was told is recorded, and the task's touches go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.engine.answers import answers_in_words, last_in_words
from bot.engine.case import Before, Case, Run, Task
from bot.engine.effects import Comment, Decision, Effect, Redraw, RenewTask, Update
from bot.engine.fields import answer_fields
from bot.engine.misses import end_cadence
from bot.engine.questionnaire import own_answers
from bot.engine.records import recorded
from bot.engine.rules import Rules
from bot.engine.tasks import first_push
from bot.engine.titles import stamp
from bot.engine.told import said
from bot.engine.touches import ends_of, next_touch
from bot.engine.worktime import whole_minute
from bot.locales.ru import engine as ru
from bot.playbooks.model import Keep, Outcome

UNDO_FOR = timedelta(seconds=60)


def kept(rules: Rules, case: Case, task: Task, run: Run, outcome_key: str, keep: Keep) -> Decision:
    """Record the answers of `run`; `task` stays open. One that was closed in the CRM is opened there again."""
    outcome = rules.playbook.outcomes[outcome_key]
    fields = _fields(rules, case, run, outcome)
    after = end_cadence(rules, case) if outcome.conversation else case
    after = replace(after, run=None, facts={**case.facts, **fields}, before=None, draft=None)
    new = _next_touch(rules, after, replace(task, told=task.told + len(own_answers(run)), closed_at=None), keep)
    if keep.note is not None:
        new = replace(new, said=keep.note, said_at=rules.now)
    confirmed = keep.confirms or (task.confirmed and keep.note is None)
    new = replace(new, by_rule=None, corrects=None, confirmed=confirmed)
    if task.closed_at is not None:
        new = replace(new, note=None)
    new = replace(new, push_at=first_push(rules, after, new) if new.push_at > rules.now else new.push_at)
    before = before_it(rules, case, task, run.by, task.id)
    after = replace(after, task=new, before=before)
    words = said(rules, task, run)
    after = replace(after, recorded=recorded(rules, before, after, words))
    effects: list[Effect] = [Update(None, fields)] if fields else []
    effects.append(_comment(rules, after, task, run))
    if task.closed_at is not None:
        effects.append(RenewTask(task.id))
    effects.append(Redraw(task.id))
    why = ru.WHY_KEPT.format(answer=last_in_words(rules.playbook, run), next=next_words(rules, after) or ru.NO_ANSWER)
    return Decision(after, tuple(effects), why, (outcome_key,), words)


def before_it(rules: Rules, case: Case, task: Task, by: int, next_task: str | None) -> Before:
    """What [Исправить] restores of the case as it was before an answer on `task` was recorded."""
    return Before(
        until=rules.now + UNDO_FOR,
        stage=case.stage,
        task=task,
        misses=case.misses,
        facts=case.facts,
        next_task=next_task,
        by=by,
        card=rules.kind(task.kind).title,
        no_calls=case.no_calls,
        entered_at=case.entered_at,
        cadence=case.cadence,
        tried=case.tried,
        first_touch_at=case.first_touch_at,
        paused=case.paused,
        said=case.said,
        phones=case.client.phones,
    )


def next_words(rules: Rules, case: Case) -> str:
    """When the card comes next: «вт 17.11 13:00»; empty when it does not come by itself any more."""
    at = next_touch(rules.playbook, case, rules.now, rules.staff)
    return stamp(at, rules.zone) if at is not None else ""


def _next_touch(rules: Rules, case: Case, task: Task, keep: Keep) -> Task:
    if keep.touch is None or keep.touch not in rules.kind(task.kind).touches:
        return task
    if keep.again is None:
        return replace(task, touch=keep.touch, touch_at=None)
    at = whole_minute(rules.now + keep.again)
    ends_at = ends_of(rules.playbook, task)
    later = at if rules.kind(task.kind).touches[keep.touch].at_end else ends_at + keep.again
    return replace(task, touch=keep.touch, touch_at=at, ends_at=max(ends_at, later))


def _fields(rules: Rules, case: Case, run: Run, outcome: Outcome) -> dict[str, object]:
    fixed = {key: text for key, text in outcome.write.items() if case.entity in rules.playbook.fields[key].on}
    found = answer_fields(rules.playbook, case, run) | fixed
    return {key: value for key, value in found.items() if case.facts.get(key) != value}


def _comment(rules: Rules, case: Case, task: Task, run: Run) -> Comment:
    head = ru.COMMENT_HEAD.format(title=rules.kind(task.kind).title, at=stamp(rules.now, rules.zone))
    coming_next = next_words(rules, case)
    lines = [head, *answers_in_words(rules.playbook, run, inherited=True)]
    if coming_next:
        lines.append(ru.COMMENT_KEPT.format(at=coming_next))
    return Comment("\n".join(lines), by=run.by)
