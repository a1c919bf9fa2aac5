"""The people of the sandbox, their phones and the chats they sit in.

A private chat has its person's id. There is one basic group of the sales floor; it can be upgraded to a supergroup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.store import Store

ChatType = Literal["private", "group", "supergroup"]

GROUP_ROLES = frozenset({"manager", "supervisor", "director", "admin"})
GROUP_TITLE = "Отдел продаж"
_FIRST_PERSON = 700_000_001
_FIRST_GROUP = -4_000_001
_FIRST_SUPERGROUP = -1_002_000_000_001

_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    username TEXT,
    role TEXT,
    phone TEXT,
    crm_user_id INTEGER,
    started INTEGER NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS chats (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    title TEXT NOT NULL,
    migrated_to INTEGER
);
CREATE TABLE IF NOT EXISTS chat_members (
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);
"""
_PERSON = "id, name, username, role, phone, crm_user_id, started, blocked"


@dataclass(frozen=True, slots=True)
class Person:
    """One person with a phone; `started` once they have written to the bot, `blocked` while they have it blocked."""

    id: int
    name: str
    username: str | None
    role: str | None
    phone: str | None
    crm_user_id: int | None
    started: bool
    blocked: bool

    def view(self) -> dict[str, object]:
        """The row of `GET /sandbox/people`."""
        return {
            "id": self.id,
            "name": self.name,
            "username": self.username,
            "role": self.role,
            "phone": self.phone,
            "crm_user_id": self.crm_user_id,
            "private_chat_id": self.id,
            "blocked": self.blocked,
        }


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; `migrated_to` is the supergroup that a basic group has become."""

    id: int
    type: ChatType
    title: str
    migrated_to: int | None = None


class People:
    """The cast and its chats, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.executescript(_SCHEMA)

    def seed(self, cast: Sequence[Mapping[str, object]], *, group_title: str = GROUP_TITLE) -> None:
        """Let the cast in, unless somebody is there already.

        Args:
            cast: one mapping a person with `name` and, where known, `username`, `role`, `phone`, `crm_user_id` and
                `telegram_id`. They count as linked: each has spoken to the bot before.
            group_title: the title of the floor's group, in which everybody with one of `GROUP_ROLES` is.
        """
        if self.all():
            return
        with self._store.transaction():
            members = []
            for row in cast:
                person = self._insert(row, started=True)
                if person.role in GROUP_ROLES:
                    members.append(person.id)
            self.add_group(group_title, members)

    def add(self, name: str) -> Person:
        """A stranger: a person who has never written to the bot and is nobody in the CRM."""
        with self._store.transaction():
            return self._insert({"name": name}, started=False)

    def all(self) -> list[Person]:
        """Everybody, in the order in which they came."""
        return [self._person(row) for row in self._store.execute(f"SELECT {_PERSON} FROM people ORDER BY id")]

    def get(self, person_id: int) -> Person | None:
        row = self._store.execute(f"SELECT {_PERSON} FROM people WHERE id = ?", (person_id,)).fetchone()
        return None if row is None else self._person(row)

    def person(self, person_id: int) -> Person:
        """The person of this id.

        Raises:
            LookupError: there is none.
        """
        person = self.get(person_id)
        if person is None:
            raise LookupError(f"there is no person {person_id}")
        return person

    def set_blocked(self, person_id: int, blocked: bool) -> None:
        self._store.execute("UPDATE people SET blocked = ? WHERE id = ?", (int(blocked), person_id))

    def set_started(self, person_id: int) -> None:
        self._store.execute("UPDATE people SET started = 1 WHERE id = ?", (person_id,))

    def add_group(self, title: str, member_ids: Sequence[int]) -> Chat:
        """A new basic group of these people and the bot."""
        lowest = self._store.execute("SELECT MIN(id) FROM chats WHERE type = 'group'").fetchone()[0]
        number = _FIRST_GROUP if lowest is None else int(lowest) - 1
        return self._insert_chat(number, "group", title, member_ids)

    def upgrade(self, chat_id: int) -> Chat:
        """Turn a basic group into a supergroup; the old chat stays as a signpost.

        Raises:
            LookupError: there is no basic group of this id that can still be upgraded.
        """
        old = self.chat(chat_id)
        if old is None or old.type != "group" or old.migrated_to is not None:
            raise LookupError(f"chat {chat_id} is not a basic group")
        with self._store.transaction():
            lowest = self._store.execute("SELECT MIN(id) FROM chats WHERE type = 'supergroup'").fetchone()[0]
            number = _FIRST_SUPERGROUP if lowest is None else int(lowest) - 1
            chat = self._insert_chat(number, "supergroup", old.title, self.members(chat_id))
            self._store.execute("UPDATE chats SET migrated_to = ? WHERE id = ?", (number, chat_id))
        return chat

    def chat(self, chat_id: int) -> Chat | None:
        """The chat of this id; a person's id names their private chat."""
        row = self._store.execute("SELECT id, type, title, migrated_to FROM chats WHERE id = ?", (chat_id,)).fetchone()
        if row is not None:
            return Chat(row[0], row[1], row[2], row[3])
        person = self.get(chat_id)
        return None if person is None else Chat(person.id, "private", person.name)

    def known_chat(self, chat_id: int) -> Chat:
        """The chat of this id.

        Raises:
            LookupError: there is none.
        """
        chat = self.chat(chat_id)
        if chat is None:
            raise LookupError(f"there is no chat {chat_id}")
        return chat

    def chats(self) -> list[Chat]:
        """All chats that are in use: the private ones first, then the groups."""
        groups = self._store.execute("SELECT id, type, title FROM chats WHERE migrated_to IS NULL ORDER BY id DESC")
        return [
            *(Chat(person.id, "private", person.name) for person in self.all()),
            *(Chat(row[0], row[1], row[2]) for row in groups),
        ]

    def members(self, chat_id: int) -> list[int]:
        """The ids of the people in a chat; bots are not counted."""
        if chat_id > 0:
            return [chat_id]
        rows = self._store.execute("SELECT user_id FROM chat_members WHERE chat_id = ? ORDER BY user_id", (chat_id,))
        return [int(row[0]) for row in rows]

    @property
    def group_id(self) -> int | None:
        """The id of the floor's group as it is now, or None when there is none."""
        row = self._store.execute("SELECT id FROM chats WHERE migrated_to IS NULL ORDER BY rowid LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def _insert(self, row: Mapping[str, object], *, started: bool) -> Person:
        highest = self._store.execute("SELECT MAX(id) FROM people WHERE id >= ?", (_FIRST_PERSON,)).fetchone()[0]
        number = row.get("telegram_id")
        if number is None:
            number = _FIRST_PERSON if highest is None else int(highest) + 1
        self._store.execute(
            f"INSERT INTO people ({_PERSON}) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (
                number,
                row["name"],
                row.get("username"),
                row.get("role"),
                row.get("phone"),
                row.get("crm_user_id"),
                int(started),
            ),
        )
        found = self._store.execute(f"SELECT {_PERSON} FROM people WHERE id = ?", (number,)).fetchone()
        return self._person(found)

    def _insert_chat(self, number: int, kind: ChatType, title: str, member_ids: Sequence[int]) -> Chat:
        with self._store.transaction():
            self._store.execute("INSERT INTO chats (id, type, title) VALUES (?, ?, ?)", (number, kind, title))
            for member in member_ids:
                self._store.execute("INSERT INTO chat_members (chat_id, user_id) VALUES (?, ?)", (number, member))
        return Chat(number, kind, title)

    @staticmethod
    def _person(row: Sequence[object]) -> Person:
        number, name, username, role, phone, crm_user_id, started, blocked = row
        return Person(
            id=int(str(number)),
            name=str(name),
            username=None if username is None else str(username),
            role=None if role is None else str(role),
            phone=None if phone is None else str(phone),
            crm_user_id=None if crm_user_id is None else int(str(crm_user_id)),
            started=bool(started),
            blocked=bool(blocked),
        )
