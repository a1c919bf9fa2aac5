"""/away: «I am ill», «I am on leave», «I am back», of oneself; the supervisors of anyone, and what becomes of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.db.people import Person
from bot.dialogs.commands import READS_WORDS
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.engine.dayspans import read_days
from bot.locales.ru import dialogs as common
from bot.locales.ru import staff as ru
from bot.screens import away as screens
from bot.screens.press import Press, in_this_century, read_number, unpack
from bot.screens.screen import Screen, esc
from bot.services.absences import may_say
from bot.services.intents import Reply
from bot.services.oversight import sight_of
from bot.services.team_words import named

_ABSENT = ("manager", "supervisor", "director", "lawyer")
"""Roles whose people have hours."""
_SHOWN = 60
"""Most signs of somebody's words in an answer."""


async def away(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """One's own absence, or the team's; words after the command are the days of a leave of one's own."""
    whole = linked(person)
    if whole.role not in _ABSENT:
        await say(message, services, common.ONLY_FLOOR)
        return
    key = f"away:{message.chat.id}:{message.message_id}:said"
    if command.args:
        await _words(message, services, whole, command.args, key)
        return
    screen = await _team(services, whole) if whole.leads else await _one(services, whole, whole)
    await services.showing.new(message.chat.id, key, screen)


async def _words(message: Message, services: Services, person: Person, words: str, key: str) -> None:
    """«с 1 по 14 декабря» of oneself, «Иван завтра» of somebody whom one leads, his name alone: his screen."""
    today = services.clock.now().astimezone(services.views.zone).date()
    whom, rest = [person], words
    if read_days(words, today) is None:
        people = await services.people.everybody()
        floor = [one for one in people.all if one.role in _ABSENT]
        whom, rest = _beginning([one for one in floor if may_say(people, person, one)], words)
        if not whom:
            await say(message, services, _nobody(person, floor, words, today))
            return
    days = read_days(rest, today)
    if len(whom) > 1:
        names = ", ".join(sorted(one.name for one in whom))
        await say(message, services, ru.WHICH_PERSON.format(names=names))
    elif isinstance(days, str):
        await say(message, services, ru.MISREAD[days])
    elif rest and days is None:
        await say(message, services, ru.NO_DAYS.format(words=rest[:_SHOWN], name=whom[0].name))
    else:
        screen = screens.confirm(whom[0].id, *days) if days is not None else await _one(services, person, whom[0])
        shown = Screen(f"{esc(whom[0].name)}\n{screen.text}", screen.rows) if days and whom[0] != person else screen
        await services.showing.new(message.chat.id, key, shown)


def _nobody(person: Person, floor: Sequence[Person], words: str, today: date) -> str:
    """Why the words name nobody of whom this person may say it."""
    if _beginning(floor, words)[0]:
        return ru.ONLY_ITS_LEADER if person.leads else ru.ONLY_OWN
    parts = words.split()
    name = next((place for place in range(1, len(parts)) if read_days(" ".join(parts[place:]), today)), 0)
    if name and person.leads:
        return ru.UNKNOWN_PERSON.format(words=" ".join(parts[:name])[:_SHOWN])
    return ru.NOT_UNDERSTOOD_OF if person.leads else ru.NOT_UNDERSTOOD


def _beginning(people: Sequence[Person], words: str) -> tuple[list[Person], str]:
    """Whom the first words name, as many of them as can be a name, and what follows."""
    parts = words.split()
    for length in range(len(parts), 0, -1):
        if found := named(people, " ".join(parts[:length])):
            return found, " ".join(parts[length:])
    return [], words


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Buttons of absences."""
    whole, decoded = linked(person), unpack(query.data or "")
    number = read_number(decoded.arg(1))
    if decoded.arg(0) == "noop":
        await toast(query)
    elif number is None or query.message is None:
        await toast(query, common.GONE)
    elif decoded.arg(0) == "team" and whole.leads:
        await _instead(query, services, await _team(services, whole, number))
    elif decoded.arg(0) in _SETTLING:
        await _settle(query, services, whole, decoded, number)
    else:
        await _say(query, services, whole, decoded, number)


async def _settle(query: CallbackQuery, services: Services, person: Person, press_: Press, number: int) -> None:
    """What becomes of the tasks of an absence."""
    if not person.leads:
        await toast(query, ru.ONLY_SUPERVISOR)
        return
    match press_.arg(0):
        case "share" | "keep":
            reply = await services.absences.settle(person, number, share=press_.arg(0) == "share")
        case "hand":
            takers = [(one.crm_user_id or 0, one.name) for one in await services.absences.takers(number)]
            await _instead(query, services, screens.takers(number, takers))
            return
        case "give" if (to := read_number(press_.arg(2))) is not None:
            reply = await services.absences.hand(person, number, to)
        case "ask" if await services.absences.asked(number):
            reply = Reply()
        case _:
            reply = Reply(toast=ru.SETTLED, done=False)
    await toast(query, reply.toast)


async def _say(query: CallbackQuery, services: Services, person: Person, press_: Press, number: int) -> None:
    """What is said of a person."""
    people = await services.people.everybody()
    whom = people.by_id.get(number)
    if whom is None or whom.role not in _ABSENT:
        await toast(query, ru.GONE_PERSON)
        return
    if not may_say(people, person, whom):
        await toast(query, ru.ONLY_OWN)
        return
    match press_.arg(0):
        case "who":
            await _instead(query, services, await _one(services, person, whom))
        case "sick":
            reply = await services.absences.sick(person, whom)
            words = ru.NOTED_SICK if whom.id == person.id else ru.NOTED_SICK_OTHER
            await _noted(query, services, person, whom, reply, words)
        case "back":
            reply = await services.absences.back(person, whom)
            await _noted(query, services, person, whom, reply, ru.NOTED_BACK)
        case "still":
            await _instead(query, services, screens.still_sick(whom.id))
        case "from" | "until" | "ok":
            await _days(query, services, person, whom, press_)
        case _:
            await toast(query, common.GONE)


async def _days(query: CallbackQuery, services: Services, person: Person, whom: Person, press_: Press) -> None:
    """The way through the calendar: first day, last day, [Верно]."""
    today = services.clock.now().astimezone(services.views.zone).date()
    first, last = _day(press_.arg(2)), _day(press_.arg(3))
    month = _day(f"{press_.arg(2 if press_.arg(0) == 'from' else 3)}-01")
    match press_.arg(0):
        case "from" if month is not None:
            screen = screens.pick_day(whom.id, month, today)
        case "from" if first is not None:
            screen = screens.pick_day(whom.id, first.replace(day=1), today, first)
        case "until" if first is not None and month is not None:
            screen = screens.pick_day(whom.id, month, today, first)
        case "until" if first is not None and last is not None:
            screen = screens.confirm(whom.id, first, last)
        case "ok" if first is not None and last is not None:
            reply = await services.absences.leave(person, whom, first, last)
            words = ru.NOTED_LEAVE.format(days=screens.say_span(first, last))
            await _noted(query, services, person, whom, reply, words)
            return
        case _:
            await toast(query, common.GONE)
            return
    await _instead(query, services, screen)


async def _noted(
    query: CallbackQuery, services: Services, person: Person, whom: Person, reply: Reply, words: str
) -> None:
    if not reply.done:
        await toast(query, reply.toast)
        return
    screen = await _one(services, person, whom)
    await _instead(query, services, Screen(f"{esc(words)}\n\n{screen.text}", screen.rows))


async def _instead(query: CallbackQuery, services: Services, screen: Screen) -> None:
    if query.message is not None:
        await services.showing.instead(query.message.chat.id, query.message.message_id, screen)
    await toast(query)


async def _one(services: Services, person: Person, whom: Person) -> Screen:
    absences = await services.absences.of(whom.id)
    return screens.one(whom, absences, services.views.zone, services.clock.now(), own=person.id == whom.id)


async def _team(services: Services, person: Person, page: int = 0) -> Screen:
    people, known = await services.people.everybody(), await services.absences.of_all()
    sight = sight_of(people, person)
    team = [one for one in people.all if one.role in _ABSENT and (one.id == person.id or sight.sees(one.crm_user_id))]
    listed = [(one, known.get(one.id, [])) for one in sorted(team, key=lambda one: one.name)]
    return screens.team(listed, services.views.zone, services.clock.now(), page)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if in_this_century(day) else None


_SETTLING = ("share", "keep", "hand", "give", "ask")


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="away")
    router.message.register(away, Command("away"), F.chat.type == "private", flags=READS_WORDS)
    router.callback_query.register(press, ButtonOf("a"))
    return router
