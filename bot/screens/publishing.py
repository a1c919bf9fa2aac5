"""Before and after a change of the playbook: the preview with its buttons, versions, who changed what, how all is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.titles import stamp
from bot.engine.words import say_duration
from bot.locales.ru import playbook as ru
from bot.locales.ru import simulation as trial
from bot.screens.playbook import to_menu
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines

_LINES = 20
_PAGE = 8
_SHORT = 8
_CODE = 12
_NOTE = 200


@dataclass(frozen=True, slots=True)
class Moves:
    """What would become, or has become, of the clients in work."""

    retimed: int
    kept: Mapping[str, int]
    closed: int
    misfits: Mapping[str, int]
    examples: Sequence[tuple[str, datetime, datetime]] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A version that is kept."""

    hash: str
    at: datetime
    who: str
    note: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """How all is. `checks`: what was asked → None when it answers, otherwise what is wrong."""

    checks: Mapping[str, str | None]
    waiting: int
    parked: int
    messages: int
    open: int
    overdue: int
    polled_at: datetime | None
    unknown_years: Sequence[int] = ()
    """Years without a production calendar into which tasks fall now or soon."""
    hidden: str | None = None
    """The right without which the portal does not show its departments."""


def preview(
    draft: int, head: str, told: Sequence[str], moves: Moves, zone: ZoneInfo, *more: str, new_too: bool = True
) -> Screen:
    """What a change does, with the two ways to make it; `new_too`: it is not in force for new clients already."""
    shown = [head, *_told(told), *more, *_moves(moves, zone)]
    every = (Button(ru.APPLY_ALL, pack("p", "ok", draft, "all"), style="primary"),)
    cancel = Button(ru.CANCEL, pack("p", "no", draft))
    if not new_too:
        return Screen(lines(shown), (every, (cancel,)))
    new = Button(ru.APPLY_NEW, pack("p", "ok", draft, "new"))
    return Screen(lines(shown), ((Button(trial.TRY_OUT, pack("p", "sim", draft)),), every, (new, cancel)))


def published(version: str, mode: str, told: str, former: str, moves: Moves, zone: ZoneInfo) -> Screen:
    """It is in force; one button goes back to the version before it."""
    head = (ru.PUBLISHED_ALL if mode == "all" else ru.PUBLISHED_NEW).format(hash=version[:_SHORT])
    shown = [head, esc(told), *(_moves(moves, zone, done=True) if mode == "all" else ())]
    back = ((Button(ru.UNDO, pack("p", "back", former[:_CODE])),),) if former != version else ()
    return Screen(lines(shown), (*back, to_menu()))


def conflict(draft: int, sentence: str) -> Screen:
    """Somebody was faster."""
    text = ru.CONFLICT.format(sentence=esc(sentence))
    return Screen(text, ((Button(ru.SHOW_NEW, pack("p", "new", draft), style="primary"),), to_menu()))


def since(draft: int, told: Sequence[str], *, again: bool) -> Screen:
    """What others have changed since the edit began; what was asked in words can be asked for anew."""
    shown = [ru.SINCE, *(_told(told) if told else [ru.NO_LONGER])]
    rows = ((Button(ru.AGAIN, pack("p", "again", draft), style="primary"),),) if again else ()
    return Screen(lines(shown), (*rows, to_menu()))


def about(title: str, name: str, row: Row, zone: ZoneInfo, behind: int) -> Screen:
    """The playbook in force; `behind`: so many clients in work are on another version."""
    text = ru.PLAYBOOK.format(
        title=esc(title), name=name, hash=row.hash[:_SHORT], who=esc(row.who), at=stamp(row.at, zone)
    )
    return Screen(
        lines([text, ru.SEND_FILE]),
        (
            (Button(ru.DOWNLOAD, pack("p", "file", row.hash[:_CODE])), Button(ru.VERSIONS, pack("p", "ver", 0))),
            (Button(ru.LINT, pack("p", "lint")), Button(ru.DIFF, pack("p", "diff"))),
            *(((Button(ru.TO_ALL.format(count=behind), pack("p", "back", row.hash[:_CODE])),),) if behind else ()),
            to_menu(),
        ),
    )


def versions(rows: Sequence[Row], page: int, zone: ZoneInfo) -> Screen:
    """The versions that are kept, a button for each."""
    shown, buttons = [ru.VERSION_LIST], []
    page = max(0, min(page, (len(rows) - 1) // _PAGE))
    for row in rows[page * _PAGE : (page + 1) * _PAGE]:
        values = {"hash": row.hash[:_SHORT], "at": stamp(row.at, zone), "who": esc(row.who)}
        note = f"\n{esc(_cut(row.note))}" if row.note else ""
        shown.append(ru.VERSION_LINE.format(mark=ru.ACTIVE if row.active else "", note=note, **values))
        buttons.append(Button(f"{row.hash[:_SHORT]} · {stamp(row.at, zone)}", pack("p", "v", row.hash[:_CODE])))
    steer = _turns("ver", page, len(rows))
    return Screen(lines(shown), (*((button,) for button in buttons), *steer, to_menu()))


def version(row: Row, told: Sequence[str], zone: ZoneInfo) -> Screen:
    """One version: how it differs from the one in force, and the way back to it."""
    note = f"\n{esc(_cut(row.note))}" if row.note else ""
    head = ru.VERSION.format(hash=row.hash[:_SHORT], who=esc(row.who), at=stamp(row.at, zone), note=note)
    code = row.hash[:_CODE]
    buttons = [Button(ru.DOWNLOAD, pack("p", "file", code))]
    if row.active:
        shown = [head, ru.IS_ACTIVE]
    else:
        shown = [head, ru.AGAINST_NOW, *(_told(told) if told else [ru.NO_DIFFERENCE])]
        buttons.append(Button(ru.TO_VERSION, pack("p", "back", code)))
    return Screen(lines(shown), (tuple(buttons), (Button(ru.BACK, pack("p", "ver", 0)), *to_menu())))


def plain_list(head: str, told: Sequence[str]) -> Screen:
    """A headline and sentences, as many as fit."""
    return Screen(lines([head, *_told(told)]), ((Button(ru.BACK, pack("p", "s", "playbook")), *to_menu()),))


def health(view: Health, now: datetime, zone: ZoneInfo) -> Screen:
    """Whether everything is reached, and what waits."""
    shown = [ru.HEALTH.format(at=stamp(now, zone))]
    for name, problem in view.checks.items():
        what = ru.HEALTH_NAMES.get(name, name)
        words = ru.HEALTH_OK if problem is None else ru.HEALTH_BAD
        shown.append(words.format(what=what, problem=esc(_cut(problem or ""))))
    shown.append(ru.HEALTH_OUTBOX.format(waiting=view.waiting))
    shown.append(ru.HEALTH_PARKED.format(parked=view.parked))
    shown.append(ru.HEALTH_MESSAGES.format(messages=view.messages))
    shown.append(ru.HEALTH_TASKS.format(open=view.open, overdue=view.overdue))
    ago = say_duration(now - view.polled_at) if view.polled_at is not None else ""
    shown.append(ru.HEALTH_POLL.format(ago=ago) if ago else ru.HEALTH_NO_POLL)
    shown += (ru.HEALTH_YEAR.format(year=year) for year in view.unknown_years)
    if view.hidden is not None:
        shown.append(ru.HEALTH_TEAMS.format(lacks=esc(view.hidden)))
    return Screen(lines(shown), ((Button(ru.REFRESH, pack("p", "s", "health")), *to_menu()),))


def _told(told: Sequence[str]) -> list[str]:
    shown = [f"• {esc(line)}" for line in told[:_LINES]]
    left = len(told) - _LINES
    return [*shown, ru.MORE_LINES.format(count=left)] if left > 0 else shown


def _moves(moves: Moves, zone: ZoneInfo, *, done: bool = False) -> list[str]:
    kept = {reason: count for reason, count in moves.kept.items() if count}
    if not moves.retimed and not moves.misfits and not done:
        return [ru.NOTHING_MOVES]
    shown = [] if done else [ru.IN_WORK]
    shown.append(ru.RETIMED.format(count=moves.retimed))
    if kept:
        reasons = ", ".join(f"{ru.REASONS.get(reason, reason)} – {count}" for reason, count in kept.items())
        shown.append(ru.KEPT.format(count=sum(kept.values()), reasons=reasons))
    if moves.misfits:
        reasons = ", ".join(f"{reason} – {count}" for reason, count in moves.misfits.items())
        shown.append(ru.MISFITS.format(count=sum(moves.misfits.values()), reasons=esc(reasons)))
    shown.append(ru.CLOSED.format(count=moves.closed))
    for name, before, after in moves.examples:
        shown.append(ru.EXAMPLE.format(name=esc(name), before=stamp(before, zone), after=stamp(after, zone)))
    return shown


def _turns(verb: str, page: int, count: int) -> tuple[tuple[Button, ...], ...]:
    turns = ((page - 1, ru.NEWER), (page + 1, ru.OLDER))
    row = tuple(Button(words, pack("p", verb, target)) for target, words in turns if 0 <= target * _PAGE < count)
    return (row,) if row else ()


def _cut(text: str) -> str:
    return text if len(text) <= _NOTE else f"{text[: _NOTE - 1]}…"
