"""What a former owner had answered on the open task: the new one goes on with it, or begins anew."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case, Run
from bot.engine.effects import Decision, Redraw
from bot.engine.events import DraftDropped, DraftTaken
from bot.engine.questionnaire import Ask, End, next_step, own_answers
from bot.engine.rules import Rules
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def draft_of(case: Case) -> Run | None:
    """The draft that waits on the case's open task; None while a questionnaire is open."""
    draft = case.draft
    if draft is None or case.task is None or draft.task != case.task.id:
        return None
    return draft if case.run is None or case.run.optional else None


def left_behind(case: Case) -> Run | None:
    """What the owner leaves to the next one: the questionnaire that he has begun, or the draft that he was left."""
    run = case.run
    if run is None or run.optional or not run.answers:
        return draft_of(case)
    return run


def draft_in_words(draft: Run) -> str:
    """Its answers as they were given: «Дозвонился · 250–500 тыс.»."""
    return " · ".join(label for label in draft.labels.values() if label)


def draft_taken(rules: Rules, case: Case, event: DraftTaken) -> Decision:
    """The questionnaire is open again where it was left; what this role may not end with is asked once more."""
    draft = _waiting(case)
    run: Run | None = replace(draft, by=event.by, started_at=rules.now, confirming=None)
    while run is not None:
        step = next_step(rules.playbook, case, run, rules.now, rules.role)
        if isinstance(step, Ask):
            break
        if _is_to_confirm(rules, step):
            run = replace(run, confirming=step.outcome)
            break
        run = _without_last(run)
    return Decision(replace(case, run=run, draft=None), (Redraw(),), ru.WHY_DRAFT_TAKEN)


def draft_dropped(rules: Rules, case: Case, event: DraftDropped) -> Decision:
    """The card is a card again."""
    _waiting(case)
    return Decision(replace(case, draft=None), (Redraw(),), ru.WHY_DRAFT_DROPPED)


def _waiting(case: Case) -> Run:
    draft = draft_of(case)
    if draft is None:
        raise ActionNotAllowed(ru.NO_DRAFT)
    return draft


def _is_to_confirm(rules: Rules, end: End) -> bool:
    return end.outcome is not None and rules.playbook.outcomes[end.outcome].confirm is not None


def _without_last(run: Run) -> Run | None:
    own = list(own_answers(run))
    if not own:
        return None
    last = own[-1]
    return replace(
        run,
        answers={key: value for key, value in run.answers.items() if key != last},
        labels={key: label for key, label in run.labels.items() if key != last},
    )
