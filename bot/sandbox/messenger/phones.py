"""The people's side of the messenger: what their phones show and what they do with them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

from bot.sandbox.messenger.bubbles import PhoneError, find_button, happened, shown
from bot.sandbox.messenger.files import Files
from bot.sandbox.messenger.formatting import read_text, utf16_length
from bot.sandbox.messenger.params import Upload
from bot.sandbox.messenger.refusals import Refused
from bot.sandbox.messenger.shelf import Content, Draft, Kept, user
from bot.sandbox.messenger.updates import NOBODY
from bot.sandbox.messenger.world import World
from bot.sandbox.people import Chat, Person

ANSWER_SECONDS = 10.0
"""How long a press waits for the bot's answer, in real seconds."""
MOST_TEXT_UNITS = 4096


class Phones:
    """What people can do: read, write, send files, press, block."""

    def __init__(self, world: World) -> None:
        self._world = world

    def chats(self) -> list[dict[str, object]]:
        """The rows of `GET /sandbox/chats`."""
        people = self._world.people
        return [
            {"id": chat.id, "type": chat.type, "title": chat.title, "member_ids": people.members(chat.id)}
            for chat in people.chats()
        ]

    def messages(self, chat_id: int, after: int, since: datetime | None) -> list[dict[str, object]]:
        """The rows of `GET /sandbox/chats/{chat}/messages`, deleted messages marked as such."""
        self._chat(chat_id)
        return [shown(kept) for kept in self._world.shelf.list(chat_id, after, since)]

    def write(
        self,
        chat_id: int,
        user_id: int,
        *,
        text: str | None = None,
        contact: bool = False,
        upload: Upload | None = None,
        album: str | None = None,
        reply_to: int | None = None,
        thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> int:
        """Send something from a person's phone and return the message's id.

        Args:
            text: the text, or the caption of a file.
            contact: share the person's own phone number.
            upload: a file; pictures go as photos.
            album: files sent at once carry the same word: each is a message, and phones show them together.
            bot_id: whom a private message is for; without it the bot that polls or has a webhook.

        Raises:
            PhoneError: the person is not in this chat, has the bot blocked, or there is nothing to send.
        """
        world = self._world
        chat, person = self._chat(chat_id), self._member(chat_id, user_id)
        if reply_to is not None:
            self._visible(chat, reply_to)
        if thread_id is not None and not world.shelf.has_topic(chat.id, thread_id):
            raise PhoneError(404, f"there is no topic {thread_id} in chat {chat.id}")
        with world.store.transaction():
            content = self._content(person, text, contact, upload)
            if album is not None and upload is not None:
                content = {**content, "media_group_id": album}
            addressee = NOBODY
            if chat.type == "private":
                addressee = self._addressee(chat, reply_to, bot_id)
                self._open_dialog(person, addressee, text or "")
            kept = world.shelf.add(
                Draft(
                    chat_id=chat.id,
                    bot_id=addressee,
                    from_id=person.id,
                    from_bot=False,
                    content=content,
                    reply_to=reply_to,
                    thread_id=thread_id,
                )
            )
            world.tell(kept)
        return kept.message_id

    async def press(
        self, chat_id: int, message_id: int, user_id: int, *, text: str | None = None, data: str | None = None
    ) -> dict[str, object]:
        """Press a button by its label, or send `data` as a changed client could.

        Returns:
            `answer`: what the bot answered, None when nothing came within `ANSWER_SECONDS`. A button that is not for
            the bot also says what happened on the phone: `opened`, `copied` or `disabled`.

        Raises:
            PhoneError: there is no such message or button, or the person cannot press here.
        """
        world = self._world
        chat, person = self._chat(chat_id), self._member(chat_id, user_id)
        kept = self._visible(chat, message_id)
        if not kept.from_bot:
            raise PhoneError(409, f"message {message_id} is not from a bot")
        if chat.type == "private" and person.blocked:
            raise PhoneError(409, f"person {person.id} has blocked the bot")
        if data is None:
            button = find_button(kept, text or "")
            if "callback_data" not in button:
                return {"answer": None, **happened(button)}
            data = str(button["callback_data"])
        with world.store.transaction():
            query_id = world.queries.open(kept.from_id, person.id)
            world.updates.put(
                kept.from_id,
                "callback_query",
                {
                    "id": query_id,
                    "from": user(person),
                    "message": world.shelf.message(kept),
                    "chat_instance": str(zlib.crc32(str(chat.id).encode())),
                    "data": data,
                },
            )
        answer = await world.queries.wait(query_id, ANSWER_SECONDS)
        return {"answer": None if answer is None else {"text": answer.text, "show_alert": answer.show_alert}}

    def block(self, user_id: int, blocked: bool) -> None:
        """Block or unblock the bot, which is told.

        Raises:
            PhoneError: there is no such person.
        """
        person = self._person(user_id)
        if person.blocked == blocked:
            return
        with self._world.store.transaction():
            self._world.people.set_blocked(person.id, blocked)
            self._tell_membership(self._chat(person.id), person, not blocked)

    def upgrade(self, chat_id: int) -> int:
        """Turn a basic group into a supergroup and return the new chat's id.

        Raises:
            PhoneError: the chat is not a basic group.
        """
        world = self._world
        author = self._someone(chat_id)
        with world.store.transaction():
            try:
                new = world.people.upgrade(chat_id)
            except LookupError as error:
                raise PhoneError(409, str(error)) from None
            for bot in world.bots.all():
                world.bots.set_absence(bot.id, new.id, world.bots.absence(bot.id, chat_id))
            for place, content in (
                (chat_id, {"migrate_to_chat_id": new.id}),
                (new.id, {"migrate_from_chat_id": chat_id}),
            ):
                world.tell(world.shelf.add(Draft(place, NOBODY, author.id, False, dict(content))))
        return new.id

    def add_topic(self, chat_id: int, name: str) -> int:
        """Open a topic in a supergroup and return its thread id.

        Raises:
            PhoneError: the chat is not a supergroup.
        """
        world = self._world
        if self._chat(chat_id).type != "supergroup":
            raise PhoneError(409, f"chat {chat_id} is not a supergroup: only those have topics")
        author = self._someone(chat_id)
        content: Content = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        with world.store.transaction():
            kept = world.shelf.add(Draft(chat_id, NOBODY, author.id, False, content))
            world.shelf.add_topic(chat_id, kept.message_id, name)
            world.tell(kept)
        return kept.message_id

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Remove a topic; the bot is not told, as in life.

        Raises:
            PhoneError: there is no such topic.
        """
        if not self._world.shelf.delete_topic(self._chat(chat_id).id, thread_id):
            raise PhoneError(404, f"there is no topic {thread_id} in chat {chat_id}")

    def add_group(self, title: str, members: Sequence[int]) -> int:
        """A new basic group of these people and the bots, which are told; returns the chat's id.

        Raises:
            PhoneError: somebody is not known.
        """
        for member in members:
            self._person(member)
        with self._world.store.transaction():
            chat = self._world.people.add_group(title, members)
            self._tell_membership(chat, self._person(members[0]), True)
        return chat.id

    def set_bot_member(self, chat_id: int, member: bool, *, writes: bool = True, told: bool = True) -> None:
        """Put the bots into a group or throw them out, or forbid them to write there; unless the word of it is lost.

        Raises:
            PhoneError: the chat is no group.
        """
        chat = self._chat(chat_id)
        if chat.type == "private":
            raise PhoneError(409, f"chat {chat_id} is private")
        with self._world.store.transaction():
            absence = "kicked" if not member else None if writes else "muted"
            for bot in self._world.bots.all():
                self._world.bots.set_absence(bot.id, chat_id, absence)
            if told:
                self._tell_membership(chat, self._someone(chat_id), member, writes=writes)

    @property
    def files(self) -> Files:
        return self._world.files

    def _chat(self, chat_id: int) -> Chat:
        chat = self._world.people.chat(chat_id)
        if chat is None:
            raise PhoneError(404, f"there is no chat {chat_id}")
        return chat

    def _person(self, user_id: int) -> Person:
        person = self._world.people.get(user_id)
        if person is None:
            raise PhoneError(404, f"there is no person {user_id}")
        return person

    def _member(self, chat_id: int, user_id: int) -> Person:
        person = self._person(user_id)
        if person.id not in self._world.people.members(chat_id):
            raise PhoneError(403, f"person {user_id} is not in chat {chat_id}")
        return person

    def _someone(self, chat_id: int) -> Person:
        members = self._world.people.members(self._chat(chat_id).id)
        if not members:
            raise PhoneError(409, f"nobody is in chat {chat_id}")
        return self._person(members[0])

    def _visible(self, chat: Chat, message_id: int) -> Kept:
        kept = self._world.shelf.get(chat.id, message_id)
        if kept is None or kept.deleted:
            raise PhoneError(404, f"there is no message {message_id} in chat {chat.id}")
        return kept

    def _content(self, person: Person, text: str | None, contact: bool, upload: Upload | None) -> Content:
        if contact:
            if person.phone is None:
                raise PhoneError(400, f"person {person.id} has no phone number")
            first, _, last = person.name.partition(" ")
            card: dict[str, object] = {"phone_number": person.phone, "first_name": first, "user_id": person.id}
            return {"contact": {**card, "last_name": last} if last else card}
        plain, entities = read_text(text or "")
        if utf16_length(plain) > MOST_TEXT_UNITS:
            raise PhoneError(400, f"the text is longer than {MOST_TEXT_UNITS} UTF-16 units")
        if upload is not None:
            caption: Content = {"caption": plain} if plain else {}
            if plain and entities:
                caption["caption_entities"] = entities
            return {**self._keep(upload), **caption}
        if not plain:
            raise PhoneError(400, "nothing to send: give text, contact or a file")
        return {"text": plain, "entities": entities} if entities else {"text": plain}

    def _keep(self, upload: Upload) -> Content:
        if upload.mime in ("image/jpeg", "image/png"):
            try:
                return self._world.files.keep("photo", upload).content()
            except Refused:
                pass  # a picture that cannot be read as one goes as a file, as it does from a phone
        try:
            return self._world.files.keep("document", upload).content()
        except Refused as refusal:
            raise PhoneError(400, refusal.description) from None

    def _addressee(self, chat: Chat, reply_to: int | None, bot_id: int | None) -> int:
        if bot_id is not None:
            return bot_id
        if reply_to is not None:
            return self._visible(chat, reply_to).bot_id
        return self._world.bots.listener or NOBODY

    def _open_dialog(self, person: Person, bot_id: int, text: str) -> None:
        """The first message lets the bot write back; /start ends a block, as the button on a phone does."""
        if person.blocked:
            if not text.startswith("/start"):
                raise PhoneError(409, f"person {person.id} has blocked the bot; /start unblocks it")
            self._world.people.set_blocked(person.id, False)
            self._tell_membership(self._chat(person.id), person, True)
        if not person.started:
            self._world.people.set_started(person.id)

    def _tell_membership(self, chat: Chat, person: Person, member: bool, *, writes: bool = True) -> None:
        """Tell the bots that a person has let them in, shut them out or shut them up."""
        world = self._world
        for bot in world.bots.all():
            inside: dict[str, object] = {"status": "member", "user": bot.user()}
            if not writes:
                inside = bot.muted()
            outside = {"status": "kicked", "user": bot.user(), "until_date": 0}
            world.updates.put(
                bot.id,
                "my_chat_member",
                {
                    "chat": world.shelf.chat_view(chat),
                    "from": user(person),
                    "date": int(world.now().timestamp()),
                    "old_chat_member": outside if member else inside,
                    "new_chat_member": inside if member else outside,
                },
            )
