"""A form on its card: what is there, what is missing, a button for each question; and one question of it, opened."""

from __future__ import annotations

from bot.engine.answers import answer_in_words
from bot.engine.case import Run
from bot.engine.files import rule_of, types_in_words, waiting
from bot.engine.forms import Line, form_key, form_of, lines
from bot.engine.questionnaire import Ask
from bot.engine.words import counted
from bot.locales.ru import engine as ru_engine
from bot.locales.ru import screens as ru
from bot.screens.press import pack
from bot.screens.screen import Button, esc, grid
from bot.screens.views import CardView

_LONGEST_VALUE = 60
_COLUMNS = 2


def text(view: CardView) -> list[str]:
    """«Осталось 2 из 5», then a line for every question; nothing where the task has no form."""
    found = lines(view.playbook, view.case, view.now, view.role)
    if not found:
        return []
    left = sum(line.missing for line in found)
    head = ru.FORM_LEFT.format(left=left, all=len(found)) if left else ru.FORM_COMPLETE
    shown = [f"<b>{head}</b>", *(_shown(view, line) for line in found)]
    if any(line.missing and line.ask.question.kind == "files" for line in found):
        shown.append(f"<i>{ru.SEND_FILES_HERE}</i>")
    return shown


def buttons(view: CardView, task: str) -> tuple[tuple[Button, ...], ...]:
    """A button for each question, those that lack an answer first in sight; the last one when nothing is missing."""
    form = form_of(view.playbook, view.case)
    found = lines(view.playbook, view.case, view.now, view.role)
    if form is None or not found:
        return ()
    rows: list[tuple[Button, ...]] = []
    if not any(line.missing for line in found) and form.finish is not None:
        rows.append((Button(form.finish, pack("c", task, 0, "finish"), style="primary"),))
    single: list[Button] = []
    for line in found:
        offered = _of_line(line, task)
        if len(offered) == 1:
            single += offered
            continue
        rows.extend((*grid(single, _COLUMNS), tuple(offered)))  # two ways to answer one question stay side by side
        single = []
    return (*rows, *grid(single, _COLUMNS))


def files_text(view: CardView, ask: Ask) -> list[str]:
    """What an opened `files` question takes, and how many are there."""
    rule = rule_of(ask.question)
    wanted = ru.SEND_FILES.format(types=types_in_words(rule), limit=rule.largest)
    known = view.case.facts.get(ask.question.field or "") or []
    return [f"<i>{esc(wanted)}</i>", *([_files(known)] if known else [])]


def back(view: CardView, task: str) -> tuple[Button, ...]:
    """From an opened question to the form: [Готово] once files are there."""
    run = view.case.run
    question = view.playbook.questions.get(run.picked or "") if run is not None else None
    done = question is not None and question.kind == "files" and view.case.facts.get(question.field or "")
    words = ru.DONE if done else ru.BACK
    return (Button(words, pack("c", task, _step(view), "back"), style="primary" if done else None),)


def _step(view: CardView) -> int:
    return 1 if view.case.run is not None and view.case.run.picked else 0


def _shown(view: CardView, line: Line) -> str:
    name = esc(_name(line))
    if line.value is None:
        return f"▫️ {name}{ru.FORM_OPTIONAL if line.ask.question.optional else ''}"
    if line.ask.question.kind == "files":
        sign = "⏳" if waiting(line.value) else "✅"
        return f"{sign} {name} – {_files(line.value)}"
    words = _words(view, line)
    if line.wrong is not None:
        return f"⚠️ {name}: {esc(words)}. {esc(line.wrong)}"
    return f"✅ {name}: {esc(words)}"


def _files(known: list[dict[str, object]]) -> str:
    left = waiting(known)
    return (
        ru.LOADING.format(number=len(known) - left + 1, count=len(known))
        if left
        else counted(len(known), *ru_engine.FILES)
    )


def _words(view: CardView, line: Line) -> str:
    key = form_key(view.playbook, view.case) or ""
    run = Run(key, "", 0, view.now, {line.ask.id: line.value})
    try:
        words = answer_in_words(view.playbook, run, line.ask.id)
    except ValueError:  # typed into the CRM by hand
        words = str(line.value)
    return words if len(words) <= _LONGEST_VALUE else f"{words[: _LONGEST_VALUE - 1]}…"


def _name(line: Line) -> str:
    return line.ask.question.short or line.ask.question.text.rstrip("?… :")


def _of_line(line: Line, task: str) -> list[Button]:
    """The question's button; a day that has usually just come can be given at one tap beside it."""
    sign = "✅ " if line.right else "⚠️ " if line.wrong else ""
    kind = line.ask.question.kind
    mark = "" if sign else "📎 " if kind == "files" else ""
    opens = Button(f"{sign}{mark}{_name(line)}", pack("c", task, 0, "pick", line.ask.id))
    if kind != "date" or line.value is not None:
        return [opens]
    today = Button(ru.FORM_TODAY.format(name=_name(line)), pack("q", task, 0, line.ask.id, "today"))
    return [today, Button(ru.FORM_OTHER_DAY, pack("c", task, 0, "pick", line.ask.id))]
