"""A client who forbade calls, or calls and messages: what his number is planned for elsewhere changes as well."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case
from bot.engine.effects import CloseCard, Comment, CompleteTask, Decision, Effect, Update
from bot.engine.events import ClientBarred
from bot.engine.fields import next_contact
from bot.engine.meetings import meeting_effects
from bot.engine.misses import end_cadence
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import add_task, kind_for, set_task
from bot.locales.ru import engine as ru
from bot.playbooks.model import Outcome


def client_barred(rules: Rules, case: Case, event: ClientBarred) -> Decision:
    """The case ends as its stage or pipeline says for this, or somebody decides; without a word there, no task is left.

    Where he may be written to, the open task becomes its writing twin.
    """
    if case.closed or case.barred:
        return Decision(case, (), ru.WHY_NOTHING)
    if not event.writing_too:
        return _only_writing(rules, case)
    end = _end(rules, case)
    after = replace(
        end_cadence(rules, case),
        task=None,
        run=None,
        before=None,
        draft=None,
        paused=None,
        no_calls=True,
        barred=True,
    )
    fields: dict[str, object] = {}
    if end is not None:
        stage = end.stage or case.stage
        after = replace(after, stage=stage, entered_at=rules.now if stage != case.stage else case.entered_at)
        after = replace(after, closed=end.ends or rules.is_over(after))
        fields |= {key: text for key, text in end.write.items() if case.entity in rules.playbook.fields[key].on}
        if end.next is not None and not after.closed:
            after = set_task(rules, after, end.next.task)
    fields |= next_contact(rules.playbook, after)
    after = replace(after, facts={**after.facts, **fields})
    moved = after.stage if after.stage != case.stage else None
    effects: list[Effect] = [Update(moved, fields)] if moved is not None or fields else []
    effects += _ended(case, ru.BARRED_ALL)
    effects += (*meeting_effects(rules, case, after), Comment(ru.BARRED_ELSEWHERE), *add_task(rules, after))
    return Decision(after, tuple(effects), ru.BARRED_ELSEWHERE)


def _only_writing(rules: Rules, case: Case) -> Decision:
    if case.no_calls:
        return Decision(case, (), ru.WHY_NOTHING)
    case, task = replace(case, no_calls=True), case.task
    said = Comment(ru.WRITING_ELSEWHERE)
    if task is None or kind_for(rules, case, task.kind) == task.kind:
        return Decision(case, (said,), ru.WRITING_ELSEWHERE)
    case = replace(case, run=None, before=None, draft=None)
    case = set_task(
        rules,
        case,
        task.kind,
        due_at=task.due_at,
        promised=task.promised,
        attempt=task.attempt,
        attempts=task.attempts,
        note=task.note,
    )
    effects = (*_ended_of(task.id, ru.BARRED_CALLS), said, *add_task(rules, case))
    return with_next_contact(rules, case, effects, ru.WRITING_ELSEWHERE)


def _ended(case: Case, text: str) -> tuple[Effect, ...]:
    return () if case.task is None else _ended_of(case.task.id, text)


def _ended_of(task: str, text: str) -> tuple[Effect, ...]:
    return CompleteTask(task), CloseCard(task, text)


def _end(rules: Rules, case: Case) -> Outcome | None:
    key = rules.stage(case).on_barred or rules.playbook.pipelines[case.pipeline].on_barred
    return rules.playbook.outcomes[key] if key is not None else None
