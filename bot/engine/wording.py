"""What is said of a recorded questionnaire: to the timeline, on the receipt, in the journal."""

from __future__ import annotations

from bot.engine.answers import answer_in_words, answers_in_words, last_in_words
from bot.engine.cadence import Attempt, Exhausted
from bot.engine.case import Case, Task
from bot.engine.effects import Comment, Receipt
from bot.engine.fields import meeting_place
from bot.engine.misses import attempts_in_all
from bot.engine.rules import Rules
from bot.engine.settled import Settled
from bot.engine.titles import attempt_words, shown_name, stamp, task_description
from bot.engine.touches import coming
from bot.engine.words import say_duration, say_moment, say_short, say_when
from bot.locales.ru import engine as ru


def comment(rules: Rules, settled: Settled, *more: str) -> Comment:
    """The timeline comment: what was done, all answers, where the case stands now, what comes next."""
    lines = [_head(rules, settled), *answers_in_words(rules.playbook, settled.run, inherited=True), *more]
    if settled.outcome.bar is not None:
        lines.append(ru.BARRED_ALL if settled.outcome.bar == "all" else ru.BARRED_CALLS)
    if settled.outcome.lift is not None:
        lines.append(ru.LIFTED[settled.outcome.lift])
    if isinstance(settled.plan, Exhausted):
        lines += _all_attempts(rules, settled)
    if settled.stage_changed:
        lines.append(ru.COMMENT_STAGE.format(stage=rules.stage(settled.after).title))
    if settled.outcome.convert is None:
        lines.append(_next_line(rules, settled))
    return Comment("\n".join(lines), by=settled.run.by)


def receipt(rules: Rules, settled: Settled) -> Receipt:
    """The lines after «✅ Записано», and the one that stays."""
    task = settled.after.task
    lines = [line for line in (_inherited(settled), settled.last.receipt) if line]
    what = settled.last.receipt or last_in_words(rules.playbook, settled.run)
    if settled.miss is not None:
        what, line = _miss_words(rules, settled)
        lines.append(line)
    if settled.stage_changed and (settled.miss is None or task is None):
        title = rules.stage(settled.after).title
        what = settled.last.receipt or f"«{title}»"
        lines.append(ru.RECEIPT_STAGE.format(entity=ru.ENTITY[settled.after.entity], stage=title))
    if task is None:
        if not lines:
            lines.append(ru.RECEIPT_DONE)
        return Receipt(settled.task.id, tuple(lines), what)
    if settled.miss is None or isinstance(settled.plan, Exhausted):
        lines.append(_receipt_next(rules, settled.after, task))
    short = ru.SHORT_NEXT.format(what=what, at=say_short(task.due_at, rules.zone, rules.now))
    return Receipt(settled.task.id, tuple(lines), short)


def decided(rules: Rules, settled: Settled, who: str) -> str:
    """For the owner of the case: what another one has decided, and what comes next."""
    first = next(iter(settled.run.answers))
    answer = answer_in_words(rules.playbook, settled.run, first)
    words = ru.DECIDED.format(name=shown_name(rules.playbook, settled.before), who=who, answer=answer)
    task = settled.after.task
    if task is None:
        stage = rules.stage(settled.after).title
        return f"{words}. {ru.RECEIPT_STAGE.format(entity=ru.ENTITY[settled.after.entity], stage=stage)}"
    return f"{words}. {_receipt_next(rules, settled.after, task)}"


def why(rules: Rules, settled: Settled) -> str:
    """One line for the journal: the plan's own reason, otherwise answer and result."""
    task = settled.after.task
    if task is not None and isinstance(settled.plan, Attempt):
        return ru.WHY_NEXT.format(why=settled.plan.why, at=stamp(task.due_at, rules.zone))
    result = f"«{rules.stage(settled.after).title}»"
    if task is not None:
        result = f"{result}, {rules.kind(task.kind).title}, {stamp(task.due_at, rules.zone)}"
    if isinstance(settled.plan, Exhausted):
        return ru.WHY_EXHAUSTED.format(attempts=", ".join(_attempt_lines(rules, settled)), result=result)
    return ru.WHY_RESULT.format(answer=last_in_words(rules.playbook, settled.run), result=result)


def next_words(rules: Rules, task: Task) -> str:
    """«Дальше: …» of a timeline comment."""
    kind, at, reason = rules.kind(task.kind).title, stamp(task.due_at, rules.zone), task_description(task)
    if reason:
        return ru.COMMENT_NEXT_WHY.format(task=kind, at=at, why=reason)
    return ru.COMMENT_NEXT.format(task=kind, at=at)


def _head(rules: Rules, settled: Settled) -> str:
    title, at = rules.kind(settled.task.kind).title, stamp(settled.task.done_at(rules.now), rules.zone)
    attempt = attempt_words(settled.task)
    if attempt:
        return ru.COMMENT_HEAD_ATTEMPT.format(title=title, attempt=attempt, at=at)
    return ru.COMMENT_HEAD.format(title=title, at=at)


def _next_line(rules: Rules, settled: Settled) -> str:
    return ru.COMMENT_NO_NEXT if settled.after.task is None else next_words(rules, settled.after.task)


def _all_attempts(rules: Rules, settled: Settled) -> list[str]:
    return [ru.COMMENT_ATTEMPTS, *_attempt_lines(rules, settled)]


def _attempt_lines(rules: Rules, settled: Settled) -> list[str]:
    lines: list[str] = []
    for miss in settled.after.misses:
        at = stamp(miss.at, rules.zone)
        line = ru.COMMENT_ATTEMPT_DETAILS if miss.details else ru.COMMENT_ATTEMPT
        lines.append(line.format(number=miss.number, at=at, details=", ".join(miss.details)))
    return lines


def _miss_words(rules: Rules, settled: Settled) -> tuple[str, str]:
    """The miss for the short line and for the receipt."""
    miss, of, task = settled.after.misses[-1], attempts_in_all(rules, settled.after), settled.after.task
    counted = ru.MISS_OF.format(number=miss.number, of=of) if of and miss.number <= of else ru.MISS
    if isinstance(settled.plan, Exhausted):
        return counted, ru.RECEIPT_LAST_MISS.format(miss=_capital(counted))
    if task is None:
        return counted, _capital(counted)
    at = say_short(task.due_at, rules.zone, rules.now)
    return counted, ru.RECEIPT_MISS.format(miss=_capital(counted), at=at)


def _receipt_next(rules: Rules, case: Case, task: Task) -> str:
    kind, at = rules.kind(task.kind), say_moment(task.due_at, rules.zone, rules.now)
    place = meeting_place(rules.playbook, case) if kind.meeting else None
    if place is not None:
        at = f"{at}, {place}"
    if kind.touches:
        return _receipt_touches(rules, case, task, kind.title, at)
    if kind.push_before is not None and task.push_at > rules.now:
        return ru.RECEIPT_NEXT_REMIND.format(task=kind.title, at=at, before=say_duration(task.due_at - task.push_at))
    return ru.RECEIPT_NEXT.format(task=kind.title, at=at)


def _receipt_touches(rules: Rules, case: Case, task: Task, title: str, at: str) -> str:
    """The next task with the last reminder that comes before it."""
    touches = rules.kind(task.kind).touches
    ahead = [one.at for one in coming(rules.playbook, case, task, rules.staff) if rules.now < one.at <= task.due_at]
    exact = [touch.before for touch in touches.values() if touch.before is not None]
    if ahead and exact and task.due_at - ahead[-1] in exact:
        before = say_duration(task.due_at - ahead[-1])
        return ru.RECEIPT_NEXT_REMIND.format(task=title, at=at, before=before)
    if ahead:
        remind = say_when(ahead[-1], rules.zone, rules.now)
        return ru.RECEIPT_NEXT_REMIND_AT.format(task=title, at=at, remind=remind)
    return ru.RECEIPT_NEXT.format(task=title, at=at)


def _inherited(settled: Settled) -> str | None:
    """How the conversation came to this case: a lead that was converted on the way."""
    return settled.task.note if settled.run.given else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
