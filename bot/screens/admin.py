"""Screens of the administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.locales.ru import dialogs as ru
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

_PAGE = 8


@dataclass(frozen=True, slots=True)
class CrmUser:
    """An active user of the portal."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A CRM write that the portal refused."""

    id: int
    client: str
    op: str
    error: str


def pick_user(users: Sequence[CrmUser], page: int) -> Screen:
    """Whom to invite."""
    if not users:
        return Screen(ru.NO_USERS)
    page = min(page, (len(users) - 1) // _PAGE)  # people leave while the list is being turned
    shown = users[page * _PAGE : (page + 1) * _PAGE]
    rows = list(grid((Button(user.name, pack("x", "user", user.id)) for user in shown), 1))
    steer = []
    if page:
        steer.append(Button(ru.LESS, pack("x", "users", page - 1)))
    if (page + 1) * _PAGE < len(users):
        steer.append(Button(ru.MORE, pack("x", "users", page + 1)))
    if steer:
        rows.append(tuple(steer))
    return Screen(ru.PICK_USER, tuple(rows))


def pick_role(user: CrmUser) -> Screen:
    """Which role."""
    buttons = (Button(words, pack("x", "role", user.id, role)) for role, words in ru.ROLES.items())
    return Screen(ru.PICK_ROLE.format(name=esc(user.name)), (*grid(buttons, 2), (Button(ru.LESS, "x|users|0"),)))


def invite(name: str, role: str, link: str, token: str) -> Screen:
    """The one-time link."""
    return Screen(ru.INVITE.format(name=esc(name), role=ru.ROLES[role], link=link, token=token))


def why_skip(row: int) -> Screen:
    """A write is left out for a reason."""
    buttons = ((Button(words.capitalize(), pack("x", "skip", row, key)),) for key, words in ru.SKIP_REASONS.items())
    return Screen(ru.WHY_SKIP.format(id=row), (*buttons, (Button(ru.BACK, pack("x", "parked", 0)),)))


def parked(rows: Sequence[Parked]) -> Screen:
    """What the CRM has refused."""
    if not rows:
        return Screen(ru.OUTBOX_EMPTY)
    text = [f"<b>{ru.OUTBOX_HEAD.format(count=len(rows))}</b>"]
    buttons = []
    for row in rows[:_PAGE]:
        words = ru.OUTBOX_ROW.format(
            id=row.id, client=esc(row.client), op=ru.OPS.get(row.op, row.op), error=esc(row.error)
        )
        text.append(words)
        retry = Button(ru.RETRY.format(id=row.id), pack("x", "retry", row.id))
        buttons.append((retry, Button(ru.SKIP.format(id=row.id), pack("x", "skip", row.id))))
    return Screen(lines(text), tuple(buttons))
