"""What the messenger's calls and the phones work on together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.sandbox.messenger.bots import Bot, Bots
from bot.sandbox.messenger.files import Files
from bot.sandbox.messenger.pace import Pace
from bot.sandbox.messenger.params import Params
from bot.sandbox.messenger.queries import Queries
from bot.sandbox.messenger.refusals import (
    CHAT_NOT_FOUND,
    NOT_TO_EDIT,
    THREAD_NOT_FOUND,
    UPGRADED,
    Refused,
    bad_request,
    forbidden,
)
from bot.sandbox.messenger.shelf import Kept, Shelf
from bot.sandbox.messenger.updates import NOBODY, Updates
from bot.sandbox.people import Chat, People
from bot.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class World:
    """The shared state of the messenger; everything lasting in it is in the store."""

    store: Store
    clock: Clock
    people: People
    bots: Bots
    updates: Updates
    shelf: Shelf
    files: Files
    queries: Queries
    pace: Pace

    def now(self) -> datetime:
        return self.clock.now()

    def meet(self, bot_id: int) -> Bot:
        """The bot of this id; the first one ever gets what people wrote before it came."""
        bot, new = self.bots.meet(bot_id)
        if new:
            with self.store.transaction():
                self.updates.claim(bot_id)
                self.shelf.claim(bot_id)
        return bot

    def find_chat(self, params: Params, name: str = "chat_id") -> Chat:
        """The chat that a call names.

        Raises:
            Refused: there is no such chat, or it has become a supergroup.
        """
        value = params.text(name)
        if value is None:
            raise bad_request(f"{name} is empty")
        number = params.integer(name)
        chat = None if number is None else self.people.chat(number)
        if chat is None:
            raise bad_request(CHAT_NOT_FOUND)
        if chat.migrated_to is not None:
            raise Refused(400, f"Bad Request: {UPGRADED}", migrate_to=chat.migrated_to)
        return chat

    def reach(self, bot: Bot, params: Params) -> Chat:
        """The chat that a call writes to.

        Raises:
            Refused: there is no such chat, or it does not let this bot write.
        """
        chat = self.find_chat(params)
        if chat.type == "private":
            person = self.people.person(chat.id)
            if person.blocked:
                raise forbidden("bot was blocked by the user")
            if not person.started:
                raise forbidden("bot can't initiate conversation with a user")
            return chat
        self.check_membership(bot, chat)
        if self.bots.absence(bot.id, chat.id) == "muted":
            raise bad_request("not enough rights to send text messages to the chat")
        return chat

    def check_membership(self, bot: Bot, chat: Chat) -> None:
        """Refuse a bot that is not in this group."""
        absence = self.bots.absence(bot.id, chat.id)
        if absence == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        if absence == "left":
            raise forbidden(f"bot is not a member of the {chat.type} chat")

    def thread(self, chat: Chat, params: Params) -> int | None:
        """The topic that a call names; the general one is named by naming none."""
        thread_id = params.integer("message_thread_id")
        if thread_id is None:
            return None
        if not self.shelf.has_topic(chat.id, thread_id):
            raise bad_request(THREAD_NOT_FOUND)
        return thread_id

    def find_message(self, bot: Bot, chat: Chat, params: Params, missing: str = NOT_TO_EDIT) -> Kept:
        """The message that a call names, if it is on the phones and this bot can see it.

        Raises:
            Refused: with the text `missing` when it is not there.
        """
        number = params.integer("message_id")
        if number is None:
            raise bad_request("message identifier is not specified")
        kept = self.shelf.get(chat.id, number)
        if kept is None or kept.deleted or (chat.type == "private" and kept.bot_id not in (bot.id, NOBODY)):
            raise bad_request(missing)
        return kept

    def tell(self, kept: Kept) -> None:
        """Queue an update about a message for the bots that see it."""
        body = self.shelf.message(kept)
        for bot_id in self._readers(kept):
            self.updates.put(bot_id, "message", body)

    def _readers(self, kept: Kept) -> list[int]:
        if kept.chat_id > 0:
            return [kept.bot_id]
        if not self.bots.all():
            return [NOBODY] if self._is_seen_by(Bot(NOBODY), kept) else []
        present = [bot for bot in self.bots.all() if self.bots.absence(bot.id, kept.chat_id) in (None, "muted")]
        return [bot.id for bot in present if self._is_seen_by(bot, kept)]

    def _is_seen_by(self, bot: Bot, kept: Kept) -> bool:
        """Privacy mode: in a group a bot sees commands, mentions, replies to it and service messages only."""
        if kept.from_bot and kept.from_id != bot.id:
            return False
        if not {"text", "caption", "contact", "photo", "document"} & kept.content.keys():
            return True
        if kept.reply_to is not None:
            original = self.shelf.get(kept.chat_id, kept.reply_to)
            if original is not None and original.from_bot and original.from_id == bot.id:
                return True
        words = kept.text.split()
        if words and words[0].startswith("/"):
            name = words[0].partition("@")[2]
            return name in ("", bot.username)
        return f"@{bot.username}" in words
