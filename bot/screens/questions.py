"""An open questionnaire inside the card's message: the question, its buttons, the confirmation, the receipt."""

from __future__ import annotations

from bot.engine.answers import typed_in_words
from bot.engine.questionnaire import Ask, End, next_step, walk
from bot.engine.words import say_time
from bot.locales.ru import screens as ru
from bot.playbooks.model import Question
from bot.screens import forms
from bot.screens.card import client_name, option_rows, steps_taken, task_card
from bot.screens.meetings import letter
from bot.screens.picker import time_rows, time_text
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines
from bot.screens.tabs import first_tab
from bot.screens.views import CardView, ReceiptView

_PROMPTS = {
    "text": ru.TYPE_TEXT,
    "phone": ru.TYPE_PHONE,
    "number": ru.TYPE_NUMBER,
    "money": ru.TYPE_NUMBER,
    "date": ru.TYPE_DATE,
}


def card(view: CardView) -> Screen:
    """The live message of a task: its card, the question that is open, or the confirmation."""
    run = view.case.run
    if view.colleagues and view.case.task is not None:
        return _colleagues(view, view.case.task.id)
    if run is None or run.optional or view.case.task is None or run.task != view.case.task.id:
        return task_card(view)
    if run.confirming:
        return _confirmation(view, run.confirming)
    match walk(view.playbook, view.case, run, view.now, view.role):
        case Ask() as ask:
            return _question(view, ask)
        case End():
            return task_card(view)


def open_text_question(view: CardView) -> Ask | None:
    """The question whose answer the person may type just now."""
    run = view.case.run
    if run is None or run.confirming or run.optional:
        return None
    ask = next_step(view.playbook, view.case, run, view.now, view.role)
    if isinstance(ask, Ask) and ask.question.kind in ("text", "phone", "number", "money", "datetime", "date"):
        return ask
    return None


def _question(view: CardView, ask: Ask) -> Screen:
    task = view.case.task
    assert task is not None
    step = steps_taken(view.case)
    name = esc(client_name(view))
    in_form = view.case.run is not None and view.case.run.picked is not None
    head = name if in_form else ru.PROGRESS.format(name=name, position=ask.position, total=ask.total)
    body = [head, f"<b>{esc(ask.text)}</b>", esc(ask.question.hint) if ask.question.hint else None]
    rows = list(_answers(view, ask, task.id, step, body))
    if ask.question.optional:
        rows.append((Button(ru.SKIP, pack("q", task.id, step, ask.id, "-")),))
    if in_form:
        rows.append((*forms.back(view, task.id), *_panels(view, ask, task.id, step)))
    else:
        back = pack("t", task.id, step, ask.id, "quick") if not view.picking.plain else None
        rows.append((*_back_and_cancel(task.id, step, back), *_panels(view, ask, task.id, step)))
    return Screen(lines(body), tuple(rows))


def _answers(view: CardView, ask: Ask, task: str, step: int, body: list[str | None]) -> tuple[tuple[Button, ...], ...]:
    question: Question = ask.question
    if question.kind == "datetime":
        body.extend(time_text(view))
        return time_rows(view, task, step, ask.id)
    if question.kind == "multi":
        return _multi(view, ask, task, step)
    if question.kind == "duplicate":
        if not view.lookalikes:
            body.append(ru.NO_DUPLICATES)
        return tuple((Button(words, pack("q", task, step, ask.id, number)),) for number, words in view.lookalikes)
    if question.kind == "files":
        body.extend(forms.files_text(view, ask))
    if question.kind in _PROMPTS:
        body.append(f"<i>{_PROMPTS[question.kind]}</i>")
    if question.kind == "date":
        return (*days(task, step, ask), *option_rows(task, step, ask))
    return option_rows(task, step, ask)


def days(task: str, step: int, ask: Ask) -> tuple[tuple[Button, ...], ...]:
    """The days that a date usually is, at one tap."""
    usual = (("today", ru.DAY_TODAY), ("yesterday", ru.DAY_YESTERDAY))
    return (tuple(Button(words, pack("q", task, step, ask.id, day)) for day, words in usual),)


def _multi(view: CardView, ask: Ask, task: str, step: int) -> tuple[tuple[Button, ...], ...]:
    ticked = set(view.selected)
    mask = _mask(ask, ticked)
    rows = grid(
        (
            Button(
                f"{'☑' if key in ticked else '☐'} {option.label}",
                pack("m", task, step, ask.id, _mask(ask, ticked ^ {key})),
            )
            for key, option in ask.options.items()
        ),
        ask.question.columns,
    )
    answer = f"={mask}" if ticked or not ask.question.optional else "-"
    return (*rows, (Button(f"{ru.DONE} ({len(ticked)})", pack("q", task, step, ask.id, answer), style="primary"),))


def _colleagues(view: CardView, task: str) -> Screen:
    step = steps_taken(view.case)
    give = (Button(name, pack("c", task, step, "give", user)) for user, name in view.colleagues)
    rows = (*grid(give, 2), (Button(ru.BACK, pack("c", task, step, "card")),))
    return Screen(lines([esc(client_name(view)), f"<b>{ru.PICK_COLLEAGUE}</b>"]), rows)


def _mask(ask: Ask, ticked: set[str]) -> str:
    return format(sum(1 << place for place, key in enumerate(ask.options) if key in ticked), "x")


def unmask(ask: Ask, mask: str) -> tuple[str, ...]:
    """The ticked options that a button carries."""
    try:
        bits = int(mask, 16)
    except ValueError:
        return ()
    return tuple(key for place, key in enumerate(ask.options) if bits > 0 and bits >> place & 1)


def _confirmation(view: CardView, outcome: str) -> Screen:
    task = view.case.task
    assert task is not None
    step = steps_taken(view.case)
    words = view.playbook.outcomes[outcome].confirm or ru.CHECK
    rows = (
        (
            Button(ru.RECORD, pack("c", task.id, step, "ok"), style="primary"),
            Button(ru.CHANGE, pack("c", task.id, step, "back")),
        ),
        (Button(ru.CANCEL, pack("c", task.id, step, "cancel")),),
    )
    typed = typed_in_words(view.playbook, view.case.run) if view.case.run is not None else ()
    return Screen(lines([esc(client_name(view)), f"<b>{esc(words)}</b>", *(esc(line) for line in typed)]), rows)


def _back_and_cancel(task: str, step: int, back: str | None) -> tuple[Button, ...]:
    """`back`: where [← Назад] leads while a question shows another view than its first one."""
    cancel = Button(ru.CANCEL, pack("c", task, step, "cancel"))
    if step == 0 and back is None:
        return (cancel,)
    return (Button(ru.BACK, back or pack("c", task, step, "back")), cancel)


def _panels(view: CardView, ask: Ask, task: str, step: int) -> tuple[Button, ...]:
    """Help while the client is on the line; not over a time that was typed and would have to be typed again."""
    if view.picking.moment is not None or view.picking.options:
        return ()
    return (first_tab(view, task, step, _mask(ask, set(view.selected)) if view.selected else ""),)


def receipt(view: ReceiptView) -> Screen:
    """«✅ Записано …», with what is offered beside it (who was written to, the line was busy) and [Исправить]."""
    first, *rest = view.lines
    name = esc(client_name(view.card))
    # «Записано: Дальше: …» would be two colons for one thing.
    mark = "." if first.startswith(ru.NEXT_COMES) else ":"
    text = lines([f"<b>{ru.RECORDED}</b>{mark} {esc(first)}", *(esc(line) for line in rest), name])
    rows: list[tuple[Button, ...]] = []
    run = view.card.case.run
    if run is not None and run.optional and run.task == view.task:
        ask = next_step(view.card.playbook, view.card.case, run, view.card.now, view.card.role)
        if isinstance(ask, Ask):
            text = lines([text, "", f"<b>{esc(ask.text)}</b>"])
            step = len(run.answers)
            if ask.question.boxes:
                rows.extend(_multi(view.card, ask, view.task, step))
            elif ask.question.kind == "multi":
                rows.extend(_single(view.task, step, ask))
            else:
                rows.extend(option_rows(view.task, step, ask))
    rows.extend((button,) for button in letters(view.card, view.task))
    last = [Button(ru.FIX, pack("c", view.task, 0, "undo"))] if view.can_fix else []
    if view.walking:
        last.append(Button(ru.NEXT, pack("s", "next"), style="primary"))
    if last:
        rows.append(tuple(last))
    return Screen(text, tuple(rows))


def letters(view: CardView, answered: str) -> tuple[Button, ...]:
    """On the receipt of the answer that set it: the text for the client that belongs to the new task."""
    task = view.case.task
    if task is None or task.id == answered:
        return ()
    text = letter(view, task, view.playbook.tasks[task.kind])
    return (Button(ru.COPY_LETTER, copy=text),) if text is not None else ()


def _single(task: str, step: int, ask: Ask) -> tuple[tuple[Button, ...], ...]:
    """On a receipt one tap answers a `multi` question: nobody ticks boxes after the work is done."""
    return grid(
        (
            Button(option.label, pack("q", task, step, ask.id, f"={_mask(ask, {key})}"))
            for key, option in ask.options.items()
        ),
        ask.question.columns,
    )


def line(view: CardView, text: str) -> Screen:
    """A card that became one line without buttons."""
    return Screen(f"{esc(client_name(view))} – {esc(text[:1].lower() + text[1:])} · {say_time(view.now, view.zone)}")
