"""The card of a task: what to do for whom, and the first question's buttons."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.engine.case import Case, Said, Task
from bot.engine.conditions import Scope, holds
from bot.engine.drafts import draft_in_words, draft_of
from bot.engine.inbound import promise_kept
from bot.engine.phones import mask_phones
from bot.engine.questionnaire import Ask, first_question
from bot.engine.rules import Rules
from bot.engine.sla import is_overdue
from bot.engine.story import known_of
from bot.engine.titles import shown_name
from bot.engine.touches import owed_since
from bot.engine.words import say_duration, say_left, say_short, say_time, say_when
from bot.locales.ru import alerts
from bot.locales.ru import history as history_words
from bot.locales.ru import screens as ru
from bot.locales.ru.staff import COVERS_FOR
from bot.playbooks.model import TaskKind
from bot.screens import forms, meetings
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines
from bot.screens.tabs import is_by_number, tabs
from bot.screens.views import CardView
from bot.screens.years import unknown_year_words

_SHOWN_MISSES = 4
LONG_OVERDUE = timedelta(minutes=30)
"""From then on a card names moments instead of lengths of time."""
_TALK = timedelta(minutes=15)
"""So long after [Звоню] a card does not press."""


def steps_taken(case: Case) -> int:
    """How many answers the open task has: the `step` of every button on its card."""
    told = case.task.told if case.task is not None else 0
    if case.run is None:
        return told
    answered = len(case.run.answers) - len(case.run.given)
    return told + answered + (1 if case.run.confirming or case.run.picked else 0)


def task_card(view: CardView) -> Screen:
    """The card before its questionnaire is begun."""
    task = view.case.task
    if task is None:
        return Screen(lines([f"<b>{esc(client_name(view))}</b>", stage_title(view)]))
    kind = view.playbook.tasks[task.kind]
    return Screen(card_text(view, task, kind), card_buttons(view, task, kind))


def client_name(view: CardView) -> str:
    """The client's name, short where phones are hidden too, or the case's title where the CRM has none."""
    return shown_name(view.playbook, view.case)


def title_lines(view: CardView) -> list[str | None]:
    """What the open task is and when: the head of its card."""
    task = view.case.task
    if task is None:
        return []
    kind = view.playbook.tasks[task.kind]
    return [_overdue(view, task, kind), _headline(view, task, kind)]


def stage_title(view: CardView) -> str:
    """The stage in words."""
    return view.playbook.pipelines[view.case.pipeline].stages[view.case.stage].title


def card_text(view: CardView, task: Task, kind: TaskKind) -> str:
    """Five lines and at most one 💡."""
    case = view.case
    return lines(
        [
            meetings.recorded(view, task),
            *title_lines(view),
            meetings.said(view, task),
            f"<b>{esc(client_name(view))}</b> · {_his_time(view)}",
            _heard(view, task),
            _phone(view),
            _origin(view) if case.said is None and not kind.meeting else None,
            *_story(view),
            *meetings.touch_lines(view, kind),
            COVERS_FOR.format(owner=esc(view.covers_for)) if view.covers_for is not None else None,
            _asked(view, task),
            _corrects(view, task),
            ru.ONLY_WRITING if case.no_calls else None,
            ru.CALLED.format(time=say_time(task.touched_at, view.zone)) if task.touched_at else None,
            _waiting(view, task, kind),
            unknown_year_words(view.playbook, task.due_at),
            _draft(view),
            *forms.text(view),
            f"💡 {esc(hint)}" if (hint := _hint(view, kind)) else None,
        ]
    )


def _his_time(view: CardView) -> str:
    """The time at the client's; where it differs from ours only by his mobile number, that is said."""
    time = ru.HIS_TIME.format(time=say_time(view.now, view.client_zone))
    differs = view.now.astimezone(view.zone).utcoffset() != view.now.astimezone(view.client_zone).utcoffset()
    return time + ru.BY_NUMBER if differs and is_by_number(view) else time


def _overdue(view: CardView, task: Task, kind: TaskKind) -> str | None:
    owed = owed_since(view.playbook, view.case, task, view.staff)
    talking = task.touched_at is not None and view.now - task.touched_at < _TALK
    absent = view.staff.is_away(view.case.holder, view.now)
    if talking or absent or not is_overdue(owed, view.playbook.ladder(kind).overdue, view.hours, view.now):
        return None
    wait = f" {_since(view, task, owed)}" if view.now - owed >= timedelta(minutes=1) else ""
    return f"<b>{ru.OVERDUE.format(wait=wait)}</b>"


def _since(view: CardView, task: Task, moment: datetime) -> str:
    """«29 мин»; of a task that is long overdue «с 14:00», «с пн 14:00», true until midnight draws it again."""
    if view.now - owed_since(view.playbook, view.case, task, view.staff) < LONG_OVERDUE:
        return say_duration(view.now - moment)
    return ru.SINCE.format(moment=say_short(moment, view.zone, view.now))


def _headline(view: CardView, task: Task, kind: TaskKind) -> str:
    if task.note and task.closed_at is not None:
        return f"{kind.mark} <b>{esc(ru.CLOSED_IN_CRM)}</b>"
    if kind.meeting:
        return meetings.headline(view, task, kind)
    if task.promised:
        moment = say_when(task.due_at, view.zone, view.now)
        return f"{kind.mark} <b>{esc(kind.title)}</b> · {ru.PROMISED.format(moment=moment)}"
    if task.attempt and task.attempts and task.attempt > 1:
        attempt = ru.ATTEMPT.format(number=task.attempt, total=task.attempts)
        return f"{kind.mark} <b>{attempt}</b> · {say_short(task.due_at, view.zone, view.now)}"
    due = ru.DUE.format(time=say_short(task.due_at, view.zone, view.now))
    left = f", {say_left(task.due_at, view.now)}" if view.now < task.due_at else ""
    return f"{kind.mark} <b>{esc(kind.title)}</b> · {due}{left}"


def _phone(view: CardView) -> str:
    client = view.case.client
    if view.case.no_calls:
        ways = (*client.messengers, *client.emails, *client.phones)
        return ", ".join(esc(_masked(view, way)) for way in ways) or ru.NO_PHONE
    if not client.phones:
        ways = (*client.messengers, *client.emails)
        return ", ".join(esc(_masked(view, way)) for way in ways) or ru.NO_PHONE
    return " · ".join(esc(_masked(view, phone)) for phone in client.phones[:2])


def _origin(view: CardView) -> str | None:
    case = view.case
    source = view.playbook.sources.get(case.source or "")
    arrived = ru.ARRIVED.format(moment=say_short(case.arrived_at, view.zone, view.now))
    return esc(", ".join(part for part in (source.title if source else "", arrived) if part))


def _story(view: CardView) -> list[str | None]:
    """What was tried and said before, the most useful first."""
    case = view.case
    if case.misses:
        told = [say_short(miss.at, view.zone, view.now) for miss in case.misses[-_SHOWN_MISSES:]]
        wrote = dict.fromkeys(way for miss in case.misses for way in miss.wrote)
        tried = [ru.NOT_REACHED.format(list=", ".join(told)), ru.WROTE.format(list=", ".join(wrote)) if wrote else None]
        return [esc(line) for line in tried if line]
    known = ru.STORY_SEPARATOR.join(known_of(view.playbook, case))
    known_line = esc(known[:1].upper() + known[1:]) if known else None
    if case.said is not None:
        return [_said(view, case.said), known_line]
    if case.repeat:
        return [esc(_masked(view, case.repeat))]
    if known_line is not None:
        return [known_line]
    talked = bool(case.tried) or case.entity == "deal" or case.first_touch_at is not None
    return [None if talked else ru.FIRST_TIME]


def _said(view: CardView, said: Said) -> str:
    """«Вт 10:12: «на работе, после обеда»»; the name of another colleague who talked to him."""
    moment = say_short(said.at, view.zone, view.now)
    who = f" {view.said_by}" if view.said_by else ""
    return esc(f"{moment[:1].upper()}{moment[1:]}{who}: {_masked(view, said.words)}")


def _masked(view: CardView, text: str) -> str:
    return mask_phones(text) if view.playbook.phones_in_cards == "masked" and not view.revealed else text


def _waiting(view: CardView, task: Task, kind: TaskKind) -> str | None:
    if not kind.waiting or task.touched_at or view.now < task.due_at:
        return None
    return esc(kind.waiting.format(wait=_since(view, task, view.case.arrived_at)))


def _heard(view: CardView, task: Task) -> str | None:
    """The client has called or written himself, and what was planned for him before."""
    if task.heard_at is None or task.heard is None:
        return None
    words = [ru.HEARD[task.heard].format(moment=say_when(task.heard_at, view.zone, view.now))]
    planned = view.case.paused
    if planned is not None and planned.due_at > view.now:
        title = view.playbook.tasks[planned.kind].title
        words.append(ru.PLANNED.format(task=title, time=say_short(planned.due_at, view.zone, view.now)))
    return "\n".join(esc(line) for line in words)


def _asked(view: CardView, task: Task) -> str | None:
    """A supervisor waits for the result."""
    if task.asked_at is None:
        return None
    return f"<b>{esc(alerts.ASKS.format(who=view.asked_by, time=say_short(task.asked_at, view.zone, view.now)))}</b>"


def _corrects(view: CardView, task: Task) -> str | None:
    """Its result was told before, and is told anew."""
    if task.corrects is None:
        return None
    own = task.corrects.asked_by == view.case.holder
    words = alerts.CORRECTING if own else alerts.ASKS_TO_CORRECT
    told = _masked(view, task.corrects.words)
    return f"<b>{esc(words.format(words=told, when=say_short(task.corrects.at, view.zone, view.now)))}</b>"


def _draft(view: CardView) -> str | None:
    """What a former owner has answered already."""
    draft = draft_of(view.case)
    if draft is None or view.draft_by is None:
        return None
    return f"<b>{esc(ru.DRAFT.format(name=view.draft_by, answers=_masked(view, draft_in_words(draft))))}</b>"


def _hint(view: CardView, kind: TaskKind) -> str | None:
    scope = Scope(view.playbook, view.case, {}, view.now)
    return next((hint.text for hint in kind.hints if hint.when is None or holds(hint.when, scope)), None)


def card_buttons(view: CardView, task: Task, kind: TaskKind) -> tuple[tuple[Button, ...], ...]:
    """[Звоню], the first question's answers, help, hand-over, the CRM, and what else there is to read."""
    rows: list[tuple[Button, ...]] = []
    step = steps_taken(view.case)
    if kind.calling and task.touched_at is None and view.case.client.phones and not view.case.no_calls:
        rows.append((Button(ru.CALLING, pack("c", task.id, step, "call"), style="primary"),))
    rows.extend(forms.buttons(view, task.id))
    if draft_of(view.case) is not None:
        goes_on = Button(ru.CONTINUE, pack("c", task.id, step, "draft"), style="primary")
        rows.append((goes_on, Button(ru.BEGIN_ANEW, pack("c", task.id, step, "anew"))))
    elif (first := first_question(view.playbook, view.case, view.now, view.role, view.staff)) is not None:
        rows.extend(option_rows(task.id, step, first))
    if promise_kept(Rules(view.playbook, view.now, view.role, view.staff), view.case) is not None:
        rows.append((Button(ru.LEAVE, pack("c", task.id, step, "leave")),))
    rows.extend((button,) for button in meetings.copies(view, task, kind))
    if meetings.just_kept(view.case, task):
        fix = Button(ru.FIX, pack("c", task.id, 0, "undo"))
        rows.append((fix, Button(ru.NEXT, pack("s", "next"), style="primary")) if view.walking else (fix,))
    if _hides_phone(view):
        rows.append((Button(history_words.SHOW_PHONE, pack("c", task.id, step, "phone")),))
    last = [Button(ru.HELP, pack("c", task.id, step, "help"))]
    if (kind.calling or kind.touches) and kind.role is None:
        last.append(Button(ru.HAND_OVER, pack("c", task.id, step, "hand")))
    if view.crm_url:
        last.append(Button(ru.CRM, url=view.crm_url))
    rows.append(tuple(last))
    opened = tabs(view, task.id, step).values()
    rows.extend(grid(opened, 3 if len(opened) <= 3 else 2))
    return tuple(rows)


def _hides_phone(view: CardView) -> bool:
    return view.playbook.phones_in_cards == "masked" and not view.revealed and bool(view.case.client.phones)


def option_rows(task: str, step: int, ask: Ask) -> tuple[tuple[Button, ...], ...]:
    """The buttons of a question's options."""
    return grid(
        (
            Button(option.label, pack("q", task, step, ask.id, key), style=option.style)
            for key, option in ask.options.items()
        ),
        ask.question.columns,
    )


def moment_with_theirs(view: CardView, moment_text: str, at_theirs: str) -> str:
    """A moment in the reader's zone, and in the client's where it differs."""
    theirs = ru.THEIRS.format(time=at_theirs) if view.zone != view.client_zone else ""
    return f"{moment_text}{theirs}"
