"""Methods about the bot itself, chats, files, commands and presses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bot.sandbox.messenger.bots import GROUP_RIGHTS, Bot
from bot.sandbox.messenger.formatting import utf16_length
from bot.sandbox.messenger.params import Params
from bot.sandbox.messenger.queries import Answer
from bot.sandbox.messenger.refusals import bad_request, forbidden
from bot.sandbox.messenger.shelf import user
from bot.sandbox.messenger.world import World
from bot.sandbox.people import Chat

MOST_COMMANDS = 100
MOST_ANSWER_UNITS = 200
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_WIDE_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def get_me(world: World, bot: Bot, params: Params) -> object:
    """getMe."""
    return {
        **bot.user(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(world: World, bot: Bot, params: Params) -> object:
    """getChat."""
    chat = world.find_chat(params)
    view: dict[str, object] = {
        **world.shelf.chat_view(chat),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.type != "private":
        world.check_membership(bot, chat)
        view["permissions"] = dict.fromkeys(GROUP_RIGHTS, True)
    pinned = world.shelf.pinned(chat.id)
    if pinned is not None and (chat.type != "private" or pinned.bot_id == bot.id):
        view["pinned_message"] = world.shelf.message(pinned, with_reply=False)
    return view


def get_chat_member(world: World, bot: Bot, params: Params) -> object:
    """getChatMember."""
    chat = world.find_chat(params)
    number = params.integer("user_id")
    if number == bot.id:
        absence = world.bots.absence(bot.id, chat.id)
        if absence == "kicked":
            return {"status": "kicked", "user": bot.user(), "until_date": 0}
        if absence == "muted":
            return bot.muted()
        return {"status": absence or "member", "user": bot.user()}
    if chat.type != "private":
        world.check_membership(bot, chat)
    person = None if number is None else world.people.get(number)
    if person is None:
        raise bad_request("PARTICIPANT_ID_INVALID" if chat.type == "supergroup" else "user not found")
    members = world.people.members(chat.id)
    if person.id not in members:
        return {"status": "left", "user": user(person)}
    if chat.type != "private" and person.id == _owner(world, chat):
        return {"status": "creator", "user": user(person), "is_anonymous": False}
    return {"status": "member", "user": user(person)}


def get_chat_administrators(world: World, bot: Bot, params: Params) -> object:
    """getChatAdministrators."""
    chat = world.find_chat(params)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    world.check_membership(bot, chat)
    owner = world.people.get(_owner(world, chat) or 0)
    return [] if owner is None else [{"status": "creator", "user": user(owner), "is_anonymous": False}]


def get_chat_member_count(world: World, bot: Bot, params: Params) -> object:
    """getChatMemberCount, the bot included."""
    chat = world.find_chat(params)
    if chat.type != "private":
        world.check_membership(bot, chat)
    return len(world.people.members(chat.id)) + 1


def leave_chat(world: World, bot: Bot, params: Params) -> object:
    """leaveChat."""
    chat = world.find_chat(params)
    if chat.type == "private":
        raise forbidden("bot can't leave private chats")
    world.check_membership(bot, chat)
    world.bots.set_absence(bot.id, chat.id, "left")
    return True


def send_chat_action(world: World, bot: Bot, params: Params) -> object:
    """sendChatAction; only checked."""
    chat = world.reach(bot, params)
    world.thread(chat, params)
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


def answer_callback_query(world: World, bot: Bot, params: Params) -> object:
    """answerCallbackQuery."""
    text = params.text("text") or ""
    if utf16_length(text) > MOST_ANSWER_UNITS:
        raise bad_request("MESSAGE_TOO_LONG")
    world.queries.answer(bot.id, params.text("callback_query_id") or "", Answer(text, params.flag("show_alert")))
    return True


def get_file(world: World, bot: Bot, params: Params) -> object:
    """getFile; the link lives for an hour of business time."""
    file = world.files.find(params.text("file_id") or "")
    if file is None:
        raise bad_request("invalid file_id")
    path = world.files.open_link(file)
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": path,
    }


def set_my_commands(world: World, bot: Bot, params: Params) -> object:
    """setMyCommands."""
    commands = params.structure("commands")
    if not isinstance(commands, list) or not all(isinstance(command, Mapping) for command in commands):
        raise bad_request("can't parse commands JSON object: expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    kept: list[dict[str, object]] = [
        {"command": str(command["command"]).removeprefix("/"), "description": str(command["description"])}
        for command in commands
    ]
    world.bots.set_commands(bot.id, _scope(world, params), params.text("language_code") or "", kept)
    return True


def get_my_commands(world: World, bot: Bot, params: Params) -> object:
    """getMyCommands."""
    return world.bots.commands(bot.id, _scope(world, params), params.text("language_code") or "")


def delete_my_commands(world: World, bot: Bot, params: Params) -> object:
    """deleteMyCommands."""
    world.bots.set_commands(bot.id, _scope(world, params), params.text("language_code") or "", [])
    return True


def _scope(world: World, params: Params) -> str:
    scope = params.structure("scope")
    if scope is None:
        return "default"
    if not isinstance(scope, Mapping):
        raise bad_request("can't parse BotCommandScope: expected an Object")
    kind = scope.get("type")
    if kind in _WIDE_SCOPES:
        return str(kind)
    if kind not in _CHAT_SCOPES:
        raise bad_request("unsupported BotCommandScope type")
    chat = world.find_chat(Params(scope))
    return json.dumps([kind, chat.id, scope.get("user_id")])


def _owner(world: World, chat: Chat) -> int | None:
    """The person who made the group: its supervisor, else whoever is there first."""
    people = [person for person in map(world.people.get, world.people.members(chat.id)) if person is not None]
    leading = [person for person in people if person.role == "supervisor"]
    return next((person.id for person in [*leading, *people]), None)
