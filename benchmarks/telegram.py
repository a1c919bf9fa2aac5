"""A lean local Bot API server with people who press, in a process of its own: `python -m benchmarks.telegram`.

It has no limits, no store and no faults, and answers both bots of a comparison alike. Everybody in it presses the
button that the rule names as soon as the edit after the last press has arrived. It counts what the bots did.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.wire import Connection

BACK = "Назад"
"""The button with this word is pressed where there is one, otherwise the one that the run names."""
_DATE = 1_790_000_000


@dataclass(slots=True)
class Chat:
    """A private chat: its newest message of the bot, and the press whose edit is awaited."""

    id: int
    message: dict[str, Any] = field(default_factory=dict)
    awaits_edit: bool = False


@dataclass(slots=True)
class Run:
    """So many presses, and what came of them."""

    wanted: int
    label: str
    pressed: int = 0
    edited: int = 0
    answered: int = 0
    unasked: int = 0
    """Edits that no press had asked for, edits without a change, and messages sent instead of an edit."""
    began: float = 0.0
    ended: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def look(self) -> None:
        """See whether that was the last thing to come."""
        if self.edited >= self.wanted and self.answered >= self.wanted and not self.over.is_set():
            self.ended = time.perf_counter()
            self.over.set()


class Server:
    """The Bot API of every token; `/bench/…` is the measuring side's."""

    def __init__(self) -> None:
        self._bots: dict[str, BotSide] = {}

    def answer(self, path: str, form: dict[str, str]) -> bytes | Awaitable[bytes]:
        """Carry a request out."""
        owner, _, method = path.lstrip("/").partition("/")
        if owner == "bench":
            action, _, token = method.partition("/")
            if action == "forget":
                self._bots.pop(token, None)
                return b"{}"
            bot = self._bots.setdefault(token, BotSide(token))
            return bot.control(action, form)
        token = owner.removeprefix("bot")
        return self._bots.setdefault(token, BotSide(token)).call(method, form)


class BotSide:
    """One bot: its chats, its waiting updates, its run."""

    def __init__(self, token: str) -> None:
        self._user = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Bench", "username": "benchbot"}
        self._chats: dict[int, Chat] = {}
        self._updates: list[tuple[int, str]] = []
        self._arrived = asyncio.Event()
        self._update_id = 1000
        self._message_id = 0
        self._run: Run | None = None

    # The measuring side -------------------------------------------------------------------------------------------

    def control(self, action: str, form: dict[str, str]) -> bytes | Awaitable[bytes]:
        """`begin` lets everybody press, `report` waits for the end, `chats` counts who has something to press."""
        if action == "begin":
            self._run = run = Run(int(form["presses"]), form["label"], began=time.perf_counter())
            for chat in list(self._chats.values())[: int(form["people"])]:
                self._press(run, chat)
            return b"{}"
        if action == "report":
            return self._report()
        return json.dumps({"chats": len(self._chats), "messages": self._message_id}).encode()

    async def _report(self) -> bytes:
        run = self._run
        assert run is not None
        await run.over.wait()
        await self._confirmed()
        body = {name: getattr(run, name) for name in ("pressed", "edited", "answered", "unasked")}
        return json.dumps(body | {"seconds": run.ended - run.began, "unconfirmed": len(self._updates)}).encode()

    async def _confirmed(self) -> None:
        """The last offset comes with the next poll, which may be on its way."""
        for _ in range(100):
            if not self._updates:
                return
            await asyncio.sleep(0.02)

    def _press(self, run: Run, chat: Chat) -> None:
        if run.pressed >= run.wanted:
            return
        data = _button(chat.message, run.label)
        run.pressed += 1
        chat.awaits_edit = True
        self._update_id += 1
        update = {
            "update_id": self._update_id,
            "callback_query": {
                "id": str(4_000_000_000_000_000_000 + self._update_id),
                "from": {"id": chat.id, "is_bot": False, "first_name": "Иван", "language_code": "ru"},
                "message": chat.message,
                "chat_instance": str(chat.id),
                "data": data,
            },
        }
        self._updates.append((self._update_id, json.dumps(update, ensure_ascii=False)))
        self._arrived.set()

    # The bot's side -----------------------------------------------------------------------------------------------

    def call(self, method: str, form: dict[str, str]) -> bytes | Awaitable[bytes]:
        """A method of the Bot API."""
        match method:
            case "getUpdates":
                return self._get_updates(int(form.get("offset") or 0), float(form.get("timeout") or 0))
            case "editMessageText":
                return self._edit(form)
            case "answerCallbackQuery":
                if self._run is not None:
                    self._run.answered += 1
                    self._run.look()
                return _ok(True)
            case "sendMessage":
                return self._send(form)
            case "getMe":
                return _ok(self._user)
            case _:
                return _ok(True)

    async def _get_updates(self, offset: int, timeout: float) -> bytes:
        self._updates = [one for one in self._updates if one[0] >= offset]
        self._arrived.clear()
        if not self._updates and timeout:
            try:
                await asyncio.wait_for(self._arrived.wait(), timeout)
            except TimeoutError:
                return _ok([])
        return ('{"ok":true,"result":[' + ",".join(body for _, body in self._updates[:100]) + "]}").encode()

    def _send(self, form: dict[str, str]) -> bytes:
        self._message_id += 1
        chat = self._chats.setdefault(int(form["chat_id"]), Chat(int(form["chat_id"])))
        chat.message = self._message(chat.id, self._message_id, form)
        if self._run is not None:
            self._run.unasked += 1
        return _ok(chat.message)

    def _edit(self, form: dict[str, str]) -> bytes:
        chat, number = self._chats[int(form["chat_id"])], int(form["message_id"])
        message = self._message(chat.id, number, form) | {"edit_date": _DATE + 1}
        if number != chat.message["message_id"]:
            return _ok(message)  # an older card that became a line
        before, chat.message = chat.message, message
        run = self._run
        if run is not None:
            same = all(before.get(name) == message.get(name) for name in ("text", "reply_markup"))
            if same or not chat.awaits_edit:
                run.unasked += 1
            elif not run.over.is_set():
                run.edited += 1
                chat.awaits_edit = False
                self._press(run, chat)
                run.look()
        return _ok(message)

    def _message(self, chat_id: int, number: int, form: dict[str, str]) -> dict[str, Any]:
        message = {
            "message_id": number,
            "from": self._user,
            "chat": {"id": chat_id, "type": "private", "first_name": "Иван"},
            "date": _DATE,
            "text": form["text"],
        }
        return message | ({"reply_markup": json.loads(form["reply_markup"])} if form.get("reply_markup") else {})


def _ok(result: object) -> bytes:
    return json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode()


def _button(message: dict[str, Any], label: str) -> str:
    buttons = [one for row in message["reply_markup"]["inline_keyboard"] for one in row if "callback_data" in one]
    for word in (BACK, label):
        for button in buttons:
            if word in button["text"]:
                return str(button["callback_data"])
    raise LookupError(f"no button {label!r} among {[button['text'] for button in buttons]}")


async def serve() -> None:
    """Print the port and serve until stdin ends, as it does when whoever started this process is gone."""
    server = Server()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(server.answer), "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    asyncio.run(serve())
