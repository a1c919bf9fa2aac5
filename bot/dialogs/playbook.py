"""Commands and buttons with which an admin looks at the playbook and changes it; files that he sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, Filter
from aiogram.types import CallbackQuery, Message

from bot.db.people import Person
from bot.dialogs.commands import ADMINS_OWN, READS_WORDS
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.errors import DozvonError
from bot.locales.ru import dialogs as words
from bot.locales.ru import playbook as ru
from bot.locales.ru import simulation as trial
from bot.locales.ru.changes import SHIFTS_SHOWN
from bot.playbooks.changes import SUBJECTS, Refused
from bot.playbooks.spoken.cadence import named_cadence
from bot.screens import playbook as states
from bot.screens.press import Press, read_number, unpack
from bot.screens.screen import Screen, esc
from bot.screens.simulation import report
from bot.services.editing import LARGEST_FILE, Editing
from bot.services.published import Mode

_LISTS = ("", "list", "список", "все", "?", "help", "помощь")


class PlaybookFile(Filter):
    """A file that an admin sends as a playbook."""

    async def __call__(self, message: Message, person: Person | None = None) -> bool:
        document = message.document
        if document is None or person is None or person.role != "admin":
            return False
        return (document.file_name or "").lower().endswith((".yaml", ".yml"))


async def command(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """Any of the commands: without words what is there, with words what they would change."""
    whole = linked(person)
    if command.command.lower() == "simulate":
        key = f"sim:{message.chat.id}:{message.message_id}"
        await _try_out(services, whole, message.chat.id, key, words=command.args or "")
        return
    try:
        screen = await _answer(services, whole, message, command.command.lower(), (command.args or "").strip())
    except DozvonError as error:
        await say(message, services, str(error))
        return
    if screen is not None:
        await _show(message, services, screen)


async def typed(message: Message, services: Services, person: Person, data: Mapping[str, Any]) -> None:
    """The words of a change that a button has asked for."""
    if person.role != "admin":
        await say(message, services, words.ONLY_ADMIN)
        return
    try:
        await _show(message, services, await services.editing.typed(person, data, message.text or ""))
    except DozvonError as error:
        await say(message, services, str(error))


async def uploaded(message: Message, services: Services, person: Person | None = None) -> None:
    """A playbook as a file."""
    document = message.document
    if document is None:
        return
    if (document.file_size or 0) > LARGEST_FILE:
        await say(message, services, ru.TOO_LARGE.format(most=LARGEST_FILE // 1000))
        return
    data = await services.fetch(document.file_id)
    name = (document.file_name or "playbook.yaml")[-60:]
    await _show(message, services, await services.editing.uploaded(linked(person), data, name))


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Any button of these screens."""
    whole = linked(person)
    message = query.message
    if whole.role != "admin" or message is None:
        await toast(query, words.ONLY_ADMIN)
        return
    decoded = unpack(query.data or "")
    if decoded.arg(0) == "sim":
        await toast(query)
        await _try_out(services, whole, message.chat.id, f"sim:{query.id}", draft=read_number(decoded.arg(1)))
        return
    await toast(query)  # at once: reading a playbook may take longer than a press waits
    try:
        if decoded.arg(0) == "file":
            await _send_file(services, message.chat.id, f"file:{query.id}", decoded.arg(1))
            return
        screen = await _pressed(services, whole, decoded)
    except DozvonError as error:
        await services.showing.new(message.chat.id, f"refused:{query.id}", Screen(esc(str(error))))
        return
    await services.showing.instead(message.chat.id, message.message_id, screen or Screen(words.GONE))


async def _answer(services: Services, person: Person, message: Message, name: str, asked: str) -> Screen | None:
    """The screen that answers a command; None: it was answered otherwise."""
    shelf = services.shelf
    if name == "admin":
        return states.menu(shelf.playbook)
    if name == "health":
        return await services.health.screen()
    if name == "playbook" and asked:
        return await _about_file(services, person, message, asked)
    if name == "audit":
        return await shelf.audit(0, "" if asked.lower() in _LISTS else asked)
    shifts = name == "hours" and asked.lower() in SHIFTS_SHOWN
    if asked.lower() in _LISTS or name == "playbook" or shifts:
        return await shelf.subject(name)
    if name == "cadence":
        shown = named_cadence(shelf.playbook, asked)
        if shown is not None:
            return shelf.cadence(list(shelf.playbook.cadences).index(shown))
    return await services.editing.propose(person, name, asked)


async def _about_file(services: Services, person: Person, message: Message, asked: str) -> Screen | None:
    """`/playbook скачать`, `… версии`, `… вернуть 1a2b3c4d`."""
    first, _, rest = asked.partition(" ")
    verb = next((verb for verb, names in ru.VERBS.items() if first.lower() in names), None)
    match verb:
        case "download":
            await _send_file(services, message.chat.id, f"file:{message.chat.id}:{message.message_id}", rest.strip())
            return None
        case "lint":
            return await services.shelf.lint()
        case "versions":
            return await services.shelf.versions(0)
        case "diff" if rest.strip():
            return await services.shelf.one_version(rest.strip())
        case "diff":
            return await services.shelf.diff()
        case "rollback":
            return await services.shelf.rollback(person, rest.strip())
    raise Refused(ru.PLAYBOOK_FORMS)


async def _pressed(services: Services, person: Person, decoded: Press) -> Screen | None:
    """The screen that a button leads to; None: no button of ours says this."""
    number = read_number(decoded.arg(1))
    if decoded.arg(0) in ("ok", "no", "new", "again"):
        return await _decided(services.editing, person, decoded, number) if number is not None else None
    if decoded.arg(0) == "ask":
        return await services.editing.ask(person, decoded.arg(1), read_number(decoded.arg(2)))
    if decoded.arg(0) == "unask":
        await services.editing.unask(person)
        return Screen(ru.NOT_ASKED)
    if decoded.arg(0) == "back":
        return await services.shelf.rollback(person, decoded.arg(1))
    if decoded.arg(0) == "fig" and number is not None:
        asked = services.shelf.step(number, decoded.arg(2), decoded.arg(3), decoded.arg(4))
        if asked is not None:
            return await services.editing.propose(person, "cadence", asked)
        return services.shelf.cadence(number)
    return await _looked(services, decoded, number or 0)


async def _looked(services: Services, decoded: Press, number: int) -> Screen | None:
    """Buttons that only show something."""
    shelf = services.shelf
    match decoded.arg(0):
        case "menu":
            return states.menu(shelf.playbook)
        case "s" if decoded.arg(1) == "health":
            return await services.health.screen()
        case "s":
            return await shelf.subject(decoded.arg(1), read_number(decoded.arg(2)) or 0)
        case "lint":
            return await shelf.lint()
        case "diff":
            return await shelf.diff()
        case "v":
            return await shelf.one_version(decoded.arg(1))
        case "cad":
            return shelf.cadence(number)
        case "ver":
            return await shelf.versions(number)
        case "audit":
            return await shelf.audit(number, decoded.arg(2))
    return None


async def _decided(editing: Editing, person: Person, decoded: Press, draft: int) -> Screen | None:
    """Buttons of a preview and of what follows it."""
    match decoded.arg(0), decoded.arg(2):
        case "ok", ("all" | "new") as mode:
            return await editing.confirm(person, draft, Mode(mode))
        case "no", _:
            return await editing.cancel(person, draft)
        case "new", _:
            return await editing.newer(person, draft)
        case "again", _:
            return await editing.again(person, draft)
    return None


async def _send_file(services: Services, chat_id: int, key: str, code: str) -> None:
    file = await services.shelf.file(code)
    await services.showing.file(chat_id, key, file.name, file.text, file.caption)


async def _try_out(
    services: Services, person: Person, chat_id: int, key: str, *, words: str = "", draft: int | None = None
) -> None:
    """The simulation: at once that it runs, then its words in the same message and its picture below."""
    await services.showing.new(chat_id, key, Screen(trial.COUNTING))
    try:
        comparison = await services.trials.run(person, words, draft=draft)
    except Refused as error:
        await services.showing.by_key(key, Screen(esc(str(error))))
        return
    except Exception:
        await services.showing.by_key(key, Screen(trial.FAILED))
        raise
    await services.showing.by_key(key, Screen(esc(report(comparison))), urgent=True)
    picture = {"simulation": comparison.plain()}
    await services.showing.new(chat_id, f"{key}:chart", Screen(trial.CAPTION), data={"picture": picture})


async def _show(message: Message, services: Services, screen: Screen) -> None:
    await services.showing.new(message.chat.id, f"playbook:{message.chat.id}:{message.message_id}", screen)


def build_router() -> Router:
    """The handlers of this subject. It comes before the files of cards."""
    router = Router(name="playbook")
    private = F.chat.type == "private"
    router.message.register(
        command, Command(*SUBJECTS, "playbook", "simulate", "audit"), private, flags=READS_WORDS | ADMINS_OWN
    )
    router.message.register(command, Command("admin", "health"), private, flags=ADMINS_OWN)
    router.message.register(uploaded, private, PlaybookFile())
    router.callback_query.register(press, ButtonOf("p"))
    return router
