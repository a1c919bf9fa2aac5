"""What a supervisor sees before he corrects a recorded result, or opens a closed client again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.case import Case, Recorded
from bot.engine.phones import mask_phones
from bot.engine.records import in_words, stands
from bot.engine.story import end_of
from bot.engine.titles import shown_name
from bot.engine.words import say_short
from bot.locales.ru import mending as ru
from bot.playbooks.model import Playbook
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines
from bot.screens.views import CardView


@dataclass(frozen=True, slots=True)
class RecordView:
    """The latest result of a case.

    Args:
        card: the case.
        record: its result.
        who: had recorded it.
        to: the name of who would answer anew, if not the supervisor himself; None: nobody of them is there.
    """

    card: CardView
    record: Recorded
    who: str
    to: str | None


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A closed case that may be opened again.

    Args:
        card: the case.
        stages: where to, the one before its end first.
        to: CRM user and name of who would work on it; None: it has to be said.
        able: who else could, the least busy first; empty: that is not being asked.
        away: the name of who is meant and is not there.
        double: the client's other case that somebody works on, in words.
    """

    card: CardView
    stages: Sequence[str]
    to: tuple[int, str] | None
    able: Sequence[tuple[int, str]] = ()
    away: str | None = None
    double: str | None = None


def can_correct(case: Case) -> bool:
    """Whether there is a result that a supervisor could have told anew."""
    return case.recorded is not None and stands(case, case.recorded)


def can_return(playbook: Playbook, case: Case) -> bool:
    """Whether the case has ended in a way that a supervisor could take back."""
    return case.closed and playbook.pipelines[case.pipeline].stages[case.stage].kind == "failure"


def can_give_back(playbook: Playbook, case: Case) -> bool:
    """Whether a supervisor answers anew what its manager could: not what only his own role answers."""
    task = case.task
    if task is None or task.corrects is None or task.holder != task.corrects.asked_by:
        return False
    return playbook.tasks[task.kind].role is None


def rows(playbook: Playbook, case: Case) -> tuple[tuple[Button, ...], ...]:
    """The buttons under a client, as far as there is something to correct or to return."""
    found: list[tuple[Button, ...]] = []
    if can_return(playbook, case):
        found.append((Button(ru.RETURN, pack("r", "open", case.id), style="primary"),))
    task = case.task
    if task is not None and can_give_back(playbook, case):
        found.append((Button(ru.TO_MANAGER, pack("r", "give", case.id, task.id)),))
    elif can_correct(case):
        found.append((Button(ru.FIX, pack("r", "fix", case.id)),))
    return tuple(found)


def record(view: RecordView) -> Screen:
    """What was recorded and what it did, and who shall tell it anew."""
    card, case, found = view.card, view.card.case, view.record
    playbook, task = card.playbook, found.before.task
    stages = playbook.pipelines[case.pipeline].stages
    words = in_words(found)
    if playbook.phones_in_cards == "masked":
        words = mask_phones(words)
    moved = None
    if found.before.stage != found.stage and found.before.stage in stages:
        moved = ru.FIX_MOVED.format(old=stages[found.before.stage].title, new=stages[found.stage].title)
    following = None
    if case.task is not None and case.task.id == found.before.next_task and case.task.id != task.id:
        title, when = playbook.tasks[case.task.kind].title, say_short(case.task.due_at, card.zone, card.now)
        following = ru.FIX_NEXT.format(task=title, when=when)
    text = [
        f"<b>{esc(ru.FIX_HEAD.format(client=shown_name(playbook, case)))}</b>",
        esc(ru.FIX_WHO.format(when=say_short(found.at, card.zone, card.now), who=view.who, task=found.before.card)),
        esc(ru.FIX_WHAT.format(words=words)),
        esc(moved) if moved else None,
        esc(following) if following else None,
        f"<i>{esc(ru.FIX_WILL)}</i>",
        f"<i>{esc(ru.FIX_LATEST)}</i>",
        esc(ru.FIX_NOBODY) if view.to is None else None,
    ]
    back_to = Button(ru.BACK_TO.format(name=view.to), pack("r", "man", case.id, task.id), style="primary")
    buttons = (
        *(((back_to,),) if view.to is not None else ()),
        (Button(ru.SELF, pack("r", "self", case.id, task.id)),),
        (Button(ru.BACK, pack("v", "turn", case.id, 0)),),
    )
    return Screen(lines(text), buttons)


def returning(view: ReturnView) -> Screen:
    """Where the client shall go on, and with whom."""
    case, playbook = view.card.case, view.card.playbook
    stages, to = playbook.pipelines[case.pipeline].stages, view.to
    end = end_of(playbook, case)
    if playbook.phones_in_cards == "masked":
        end = mask_phones(end)
    head = [
        f"<b>{esc(ru.RETURN_HEAD.format(client=shown_name(playbook, case)))}</b>",
        esc(ru.RETURN_END.format(end=end)),
        esc(f"⚠️ {view.double}") if view.double is not None else None,
    ]
    back = (Button(ru.BACK, pack("v", "turn", case.id, 0)),)
    if view.able or to is None:
        asked = ru.RETURN_WHOM if to is not None else ru.RETURN_NOBODY
        if view.away is not None:
            asked = ru.RETURN_AWAY.format(name=view.away)
        able = (Button(name, pack("r", "open", case.id, user)) for user, name in view.able)
        return Screen(lines([*head, f"<b>{esc(asked)}</b>"]), (*grid(able, 2), back))
    user, name = to
    first, *others = view.stages
    usual, *rest = (
        Button(ru.RETURN_TO.format(stage=stages[key].title), pack("r", "go", case.id, key, user), style=style)
        for key, style in ((first, "primary"), *((key, None) for key in others))
    )
    text = [*head, esc(ru.RETURN_WHO.format(name=name)), f"<b>{esc(ru.RETURN_STAGE)}</b>"]
    return Screen(lines(text), ((usual,), *grid(rest, 2), (Button(ru.OTHER, pack("r", "who", case.id, user)),), back))
