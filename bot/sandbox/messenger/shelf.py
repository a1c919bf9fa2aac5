"""Every message of every chat, as phones show it and as bots get it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.sandbox.messenger.bots import Bot
from bot.sandbox.messenger.keyboards import Markup, is_inline
from bot.sandbox.people import Chat, People, Person
from bot.sandbox.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tg_messages (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    bot_id INTEGER NOT NULL,
    from_id INTEGER NOT NULL,
    from_bot INTEGER NOT NULL,
    date INTEGER NOT NULL,
    edit_date INTEGER,
    content TEXT NOT NULL,
    markup TEXT,
    reply_to INTEGER,
    thread_id INTEGER,
    pinned INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    changed_at REAL NOT NULL,
    PRIMARY KEY (chat_id, message_id)
);
CREATE TABLE IF NOT EXISTS tg_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tg_topics (
    chat_id INTEGER NOT NULL,
    thread_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (chat_id, thread_id)
);
"""
_COLUMNS = (
    "chat_id, message_id, bot_id, from_id, from_bot, date, edit_date, content, markup, reply_to, thread_id, pinned, "
    "deleted"
)

Content = dict[str, object]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is about to be put on the shelf.

    Attributes:
        bot_id: whose dialog a private message is in; in a group, the bot that wrote it (0: a person wrote it).
        content: the fields of `Message` that carry what was said.
    """

    chat_id: int
    bot_id: int
    from_id: int
    from_bot: bool
    content: Content
    markup: Markup | None = None
    reply_to: int | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kept(Draft):
    """A message on the shelf; dates are whole seconds since 1970."""

    message_id: int = 0
    date: int = 0
    edit_date: int | None = None
    pinned: bool = False
    deleted: bool = False

    @property
    def text(self) -> str:
        return str(self.content.get("text", self.content.get("caption", "")))


class Shelf:
    """The messages, kept in the store."""

    def __init__(self, store: Store, clock: Clock, people: People) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self.on_change: Callable[[int, int], None] | None = None
        self.version = 0
        """Grows with every change of any message."""
        store.executescript(_SCHEMA)

    def add(self, draft: Draft) -> Kept:
        """Put a message on the shelf under the next id of its chat."""
        now = self._clock.now()
        with self._store.transaction():
            number = self._next_id(draft.chat_id)
            self._store.execute(
                "INSERT INTO tg_messages (chat_id, message_id, bot_id, from_id, from_bot, date, content, markup, "
                "reply_to, thread_id, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    draft.chat_id,
                    number,
                    draft.bot_id,
                    draft.from_id,
                    int(draft.from_bot),
                    int(now.timestamp()),
                    json.dumps(draft.content, ensure_ascii=False),
                    None if draft.markup is None else json.dumps(draft.markup, ensure_ascii=False),
                    draft.reply_to,
                    draft.thread_id,
                    now.timestamp(),
                ),
            )
        self._changed(draft.chat_id, number)
        return self._read(draft.chat_id, number)

    def get(self, chat_id: int, message_id: int) -> Kept | None:
        """The message, also when it was deleted (see `Kept.deleted`)."""
        try:
            return self._read(chat_id, message_id)
        except LookupError:
            return None

    def list(self, chat_id: int, after: int = 0, since: datetime | None = None) -> list[Kept]:
        """Messages with an id above `after`, oldest first; with `since`, also older ones changed at or after it."""
        moment = float("inf") if since is None else since.timestamp()
        rows = self._store.execute(
            f"SELECT {_COLUMNS} FROM tg_messages WHERE chat_id = ? AND (message_id > ? OR changed_at >= ?) "
            "ORDER BY message_id",
            (chat_id, after, moment),
        )
        return [_kept(row) for row in rows]

    def edit(self, message: Kept, content: Content, markup: Markup | None) -> Kept:
        """Change what a message says and its keyboard; it shows as edited from now on."""
        return self._update(
            message,
            "content = ?, markup = ?, edit_date = ?",
            (
                json.dumps(content, ensure_ascii=False),
                None if markup is None else json.dumps(markup, ensure_ascii=False),
                int(self._clock.now().timestamp()),
            ),
        )

    def delete(self, message: Kept) -> None:
        """Take a message off the phones; the shelf remembers that it was there."""
        self._update(message, "deleted = 1, pinned = 0", ())

    def set_pinned(self, message: Kept, pinned: bool) -> None:
        self._update(message, "pinned = ?", (int(pinned),))

    def pinned(self, chat_id: int) -> Kept | None:
        """The pinned message that the chat shows on top."""
        row = self._store.execute(
            f"SELECT {_COLUMNS} FROM tg_messages WHERE chat_id = ? AND pinned = 1 ORDER BY message_id DESC LIMIT 1",
            (chat_id,),
        ).fetchone()
        return None if row is None else _kept(row)

    def claim(self, bot_id: int) -> None:
        """Make messages that were written before there was any bot part of this bot's dialogs."""
        self._store.execute("UPDATE tg_messages SET bot_id = ? WHERE bot_id = 0 AND chat_id > 0", (bot_id,))

    def add_topic(self, chat_id: int, thread_id: int, name: str) -> None:
        self._store.execute(
            "INSERT INTO tg_topics (chat_id, thread_id, name) VALUES (?, ?, ?)", (chat_id, thread_id, name)
        )

    def delete_topic(self, chat_id: int, thread_id: int) -> bool:
        """Remove a topic; False when there is none."""
        gone = self._store.execute(
            "DELETE FROM tg_topics WHERE chat_id = ? AND thread_id = ?", (chat_id, thread_id)
        ).rowcount
        return gone > 0

    def has_topic(self, chat_id: int, thread_id: int) -> bool:
        row = self._store.execute(
            "SELECT 1 FROM tg_topics WHERE chat_id = ? AND thread_id = ?", (chat_id, thread_id)
        ).fetchone()
        return row is not None

    def is_forum(self, chat_id: int) -> bool:
        """Whether the chat has topics."""
        return self._store.execute("SELECT 1 FROM tg_topics WHERE chat_id = ?", (chat_id,)).fetchone() is not None

    def message(self, kept: Kept, *, with_reply: bool = True) -> dict[str, object]:
        """The message as a complete `Message` of the Bot API."""
        body: dict[str, object] = {
            "message_id": kept.message_id,
            "from": self.sender(kept),
            "chat": self.chat(kept.chat_id),
            "date": kept.date,
            **kept.content,
        }
        if kept.edit_date is not None:
            body["edit_date"] = kept.edit_date
        if is_inline(kept.markup):
            body["reply_markup"] = kept.markup
        if kept.thread_id is not None:
            body["message_thread_id"] = kept.thread_id
            body["is_topic_message"] = True
        if with_reply and kept.reply_to is not None:
            original = self.get(kept.chat_id, kept.reply_to)
            if original is not None and not original.deleted:
                body["reply_to_message"] = self.message(original, with_reply=False)
        return body

    def sender(self, kept: Kept) -> dict[str, object]:
        """The author as a `User`."""
        if kept.from_bot:
            return Bot(kept.from_id).user()
        return user(self._people.person(kept.from_id))

    def chat(self, chat_id: int) -> dict[str, object]:
        """The chat as a `Chat`."""
        return self.chat_view(self._people.known_chat(chat_id))

    def chat_view(self, chat: Chat) -> dict[str, object]:
        """The same for a chat at hand."""
        if chat.type == "private":
            owner = user(self._people.person(chat.id))
            view = {key: value for key, value in owner.items() if key not in ("is_bot", "language_code")}
            return {**view, "type": "private"}
        view = {"id": chat.id, "type": chat.type, "title": chat.title}
        if self.is_forum(chat.id):
            view["is_forum"] = True
        return view

    def _read(self, chat_id: int, message_id: int) -> Kept:
        row = self._store.execute(
            f"SELECT {_COLUMNS} FROM tg_messages WHERE chat_id = ? AND message_id = ?", (chat_id, message_id)
        ).fetchone()
        if row is None:
            raise LookupError(f"no message {message_id} in chat {chat_id}")
        return _kept(row)

    def _next_id(self, chat_id: int) -> int:
        """Private chats and basic groups share the account's counter; a supergroup counts for itself."""
        name = str(chat_id) if self._people.known_chat(chat_id).type == "supergroup" else "account"
        self._store.execute(
            "INSERT INTO tg_counters (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
            (name,),
        )
        return int(self._store.execute("SELECT value FROM tg_counters WHERE name = ?", (name,)).fetchone()[0])

    def _update(self, message: Kept, assignments: str, values: tuple[object, ...]) -> Kept:
        self._store.execute(
            f"UPDATE tg_messages SET {assignments}, changed_at = ? WHERE chat_id = ? AND message_id = ?",
            (*values, self._clock.now().timestamp(), message.chat_id, message.message_id),
        )
        self._changed(message.chat_id, message.message_id)
        return self._read(message.chat_id, message.message_id)

    def _changed(self, chat_id: int, message_id: int) -> None:
        self.version += 1
        if self.on_change is not None:
            self.on_change(chat_id, message_id)


def user(person: Person) -> dict[str, object]:
    """A person as a `User`."""
    first, _, last = person.name.partition(" ")
    view: dict[str, object] = {"id": person.id, "is_bot": False, "first_name": first, "language_code": "ru"}
    if last:
        view["last_name"] = last
    if person.username:
        view["username"] = person.username
    return view


def _kept(row: sqlite3.Row) -> Kept:
    return Kept(
        chat_id=row["chat_id"],
        message_id=row["message_id"],
        bot_id=row["bot_id"],
        from_id=row["from_id"],
        from_bot=bool(row["from_bot"]),
        date=row["date"],
        edit_date=row["edit_date"],
        content=json.loads(row["content"]),
        markup=None if row["markup"] is None else json.loads(row["markup"]),
        reply_to=row["reply_to"],
        thread_id=row["thread_id"],
        pinned=bool(row["pinned"]),
        deleted=bool(row["deleted"]),
    )
