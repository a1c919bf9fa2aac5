"""The bots: any token of the right form is one, and its digits are its id."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.sandbox.store import Store

_TOKEN = re.compile(r"(\d{1,18}):[A-Za-z0-9_-]{3,}")
_HALF_TOKEN = re.compile(r"\d+:.*")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tg_bots (
    id INTEGER PRIMARY KEY,
    listening INTEGER NOT NULL DEFAULT 0,
    allowed TEXT NOT NULL DEFAULT '[]',
    webhook TEXT
);
CREATE TABLE IF NOT EXISTS tg_commands (
    bot_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    language TEXT NOT NULL,
    commands TEXT NOT NULL,
    PRIMARY KEY (bot_id, scope, language)
);
CREATE TABLE IF NOT EXISTS tg_absent (
    bot_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL,
    kicked INTEGER NOT NULL,
    PRIMARY KEY (bot_id, chat_id)
);
"""
GROUP_RIGHTS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
"""What a group allows its members."""
_ABSENCES = ("left", "kicked", "muted")
"""By their numbers in the store."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a bot wants its updates posted; an empty secret is none."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot."""

    id: int

    @property
    def username(self) -> str:
        return f"sandbox_{self.id}_bot"

    def user(self) -> dict[str, object]:
        """The bot as the `User` of an answer."""
        return {"id": self.id, "is_bot": True, "first_name": "Бот", "username": self.username}

    def muted(self) -> dict[str, object]:
        """The bot as a `ChatMember` that is in the group and may do nothing there."""
        rights = dict.fromkeys((*GROUP_RIGHTS, "can_react_to_messages", "can_edit_tag"), False)
        return {"status": "restricted", "user": self.user(), "is_member": True, "until_date": 0, **rights}


def read_token(token: str) -> int | None:
    """The id of the token's bot; None when the token has the form but not the substance of one.

    Raises:
        LookupError: this is no token at all.
    """
    match = _TOKEN.fullmatch(token)
    if match is not None:
        return int(match[1])
    if _HALF_TOKEN.fullmatch(token):
        return None
    raise LookupError("not a token")


class Bots:
    """The bots that have ever called, with what the messenger remembers for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.executescript(_SCHEMA)
        self._known = {int(row[0]) for row in store.execute("SELECT id FROM tg_bots")}
        self._listener = self._last_listener()

    def meet(self, bot_id: int) -> tuple[Bot, bool]:
        """The bot of this id, and whether it was never seen before."""
        new = bot_id not in self._known
        if new:
            self._store.execute("INSERT INTO tg_bots (id) VALUES (?)", (bot_id,))
            self._known.add(bot_id)
        return Bot(bot_id), new

    def all(self) -> list[Bot]:
        return [Bot(bot_id) for bot_id in sorted(self._known)]

    def listens(self, bot_id: int) -> None:
        """Note that this bot asks for updates: what people write without naming a bot goes to the latest such bot."""
        if self._listener != bot_id:
            self._store.execute(
                "UPDATE tg_bots SET listening = 1 + (SELECT MAX(listening) FROM tg_bots) WHERE id = ?", (bot_id,)
            )
            self._listener = bot_id

    @property
    def listener(self) -> int | None:
        """The bot that people talk to: the latest that asked for updates, else the only one that there is."""
        if self._listener is not None:
            return self._listener
        return next(iter(self._known)) if len(self._known) == 1 else None

    def allowed(self, bot_id: int) -> list[str]:
        """The kinds of updates that the bot named last; empty means the usual ones."""
        row = self._store.execute("SELECT allowed FROM tg_bots WHERE id = ?", (bot_id,)).fetchone()
        kinds: list[str] = json.loads(row[0]) if row is not None else []
        return kinds

    def set_allowed(self, bot_id: int, kinds: list[str]) -> None:
        if kinds != self.allowed(bot_id):
            self._store.execute("UPDATE tg_bots SET allowed = ? WHERE id = ?", (json.dumps(kinds), bot_id))

    def webhook(self, bot_id: int) -> Webhook | None:
        row = self._store.execute("SELECT webhook FROM tg_bots WHERE id = ?", (bot_id,)).fetchone()
        return None if row is None or row[0] is None else Webhook(**json.loads(row[0]))

    def set_webhook(self, bot_id: int, webhook: Webhook | None) -> None:
        value = None
        if webhook is not None:
            value = json.dumps(
                {"url": webhook.url, "secret": webhook.secret, "max_connections": webhook.max_connections}
            )
        self._store.execute("UPDATE tg_bots SET webhook = ? WHERE id = ?", (value, bot_id))

    def commands(self, bot_id: int, scope: str, language: str) -> list[dict[str, object]]:
        row = self._store.execute(
            "SELECT commands FROM tg_commands WHERE bot_id = ? AND scope = ? AND language = ?",
            (bot_id, scope, language),
        ).fetchone()
        found: list[dict[str, object]] = [] if row is None else json.loads(row[0])
        return found

    def set_commands(self, bot_id: int, scope: str, language: str, commands: list[dict[str, object]]) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO tg_commands (bot_id, scope, language, commands) VALUES (?, ?, ?, ?)",
            (bot_id, scope, language, json.dumps(commands, ensure_ascii=False)),
        )

    def absence(self, bot_id: int, chat_id: int) -> str | None:
        """`left` or `kicked` when the bot is not in this group, `muted` when it may not write there, else None."""
        row = self._store.execute(
            "SELECT kicked FROM tg_absent WHERE bot_id = ? AND chat_id = ?", (bot_id, chat_id)
        ).fetchone()
        return None if row is None else _ABSENCES[row[0]]

    def set_absence(self, bot_id: int, chat_id: int, absence: str | None) -> None:
        self._store.execute("DELETE FROM tg_absent WHERE bot_id = ? AND chat_id = ?", (bot_id, chat_id))
        if absence is not None:
            self._store.execute(
                "INSERT INTO tg_absent (bot_id, chat_id, kicked) VALUES (?, ?, ?)",
                (bot_id, chat_id, _ABSENCES.index(absence)),
            )

    def _last_listener(self) -> int | None:
        row = self._store.execute(
            "SELECT id FROM tg_bots WHERE listening > 0 ORDER BY listening DESC LIMIT 1"
        ).fetchone()
        return None if row is None else int(row[0])
