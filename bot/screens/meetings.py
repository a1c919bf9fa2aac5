"""What a card says of a meeting and of its touches, and the texts for the client that its buttons copy."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.engine.case import Case, Task
from bot.engine.fields import meeting_place
from bot.engine.touches import ends_of, material_of, touch_now
from bot.engine.words import say_duration, say_moment, say_short, say_time, say_when
from bot.locales.ru import screens as ru
from bot.playbooks.model import TaskKind
from bot.screens.screen import Button, esc
from bot.screens.views import CardView

COPIED = 256
"""Most characters that a button copies."""


def headline(view: CardView, task: Task, kind: TaskKind) -> str:
    """«🤝 Встреча в 12:00, Офис · через 2 ч»."""
    away = _away(view, task)
    at = _in(say_short(task.due_at, view.zone, view.now), away)
    place = meeting_place(view.playbook, view.case)
    where = f", {esc(place)}" if place else ""
    if view.now < task.due_at:
        when = ru.MEETING_IN.format(left=say_duration(task.due_at - view.now))
    elif view.now < ends_of(view.playbook, task):
        when = ru.MEETING_GOES_ON
    else:
        when = ru.MEETING_OVER
    return f"{kind.mark} <b>{esc(kind.title)} {at}</b>{where} · {when}"


def said(view: CardView, task: Task) -> str | None:
    """«Подтвердил вчера 18:05»."""
    if task.said is None or task.said_at is None:
        return None
    return esc(f"{task.said} {_past(view, task.said_at)}")


def recorded(view: CardView, task: Task) -> str | None:
    """«✅ Записано», as long as the answer can be taken back; what comes next by itself stands beside it."""
    if not just_kept(view.case, task):
        return None
    ahead = view.next_touch
    if ahead is None:
        return f"<b>{ru.RECORDED}</b>"
    words = ru.REMINDS if ahead < task.due_at else ru.ASKS
    return f"<b>{ru.RECORDED}</b>. {words.format(moment=say_when(ahead, view.zone, view.now))}"


def just_kept(case: Case, task: Task) -> bool:
    """The last answer left this very task open and can still be taken back."""
    return case.before is not None and case.before.task.id == task.id


def touch_lines(view: CardView, kind: TaskKind) -> list[str | None]:
    """What is to be done at the touch that has come."""
    here = touch_now(view.playbook, view.case, view.now, view.staff)
    if here is None:
        return []
    material = material_of(view.playbook, view.case, here)
    text = kind.touches[here.name].text
    return [f"📌 {esc(text)}" if text else None, ru.MATERIAL.format(title=esc(material.title)) if material else None]


def copies(view: CardView, task: Task, kind: TaskKind) -> list[Button]:
    """Texts to send to the client: the material of this touch, and the invitation while the meeting is ahead."""
    found: list[Button] = []
    material = material_of(view.playbook, view.case, touch_now(view.playbook, view.case, view.now, view.staff))
    if material is not None:
        found.append(Button(ru.COPY_MATERIAL, copy=material.text))
    invitation = letter(view, task, kind) if view.now < task.due_at else None
    if invitation is not None:
        found.append(Button(ru.COPY_LETTER, copy=invitation))
    return found


def letter(view: CardView, task: Task, kind: TaskKind) -> str | None:
    """The kind's text for this client; None: it has none, or it is too long for a button."""
    if kind.letter is None:
        return None
    name = view.case.client.name.split()[:1]
    place = meeting_place(view.playbook, view.case) or ""
    when = say_moment(task.due_at, view.client_zone, view.now).removeprefix("завтра, ").removeprefix("сегодня, ")
    text = kind.letter.format(name=name[0] if name else "", when=when, place=place)
    text = " ".join(text.replace(" ,", ",").lstrip(" ,").replace(",,", ",").replace(", .", ".").split())
    return text if 0 < len(text) <= COPIED else None


def _away(view: CardView, task: Task) -> int:
    return (task.due_at.astimezone(view.zone).date() - view.now.astimezone(view.zone).date()).days


def _in(moment: str, away: int) -> str:
    return f"в {moment}" if away == 0 else moment


def _past(view: CardView, at: datetime) -> str:
    if (view.now.astimezone(view.zone).date() - at.astimezone(view.zone).date()) == timedelta(days=1):
        return ru.YESTERDAY.format(time=say_time(at, view.zone))
    return say_short(at, view.zone, view.now)
