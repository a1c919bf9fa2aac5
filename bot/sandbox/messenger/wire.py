"""The Bot API over HTTP: reading calls, faults, answers, the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import BodyPartReader, web

from bot.sandbox.faults import SLOW_SECONDS, Faults
from bot.sandbox.journal import Journal
from bot.sandbox.messenger import calls_chat, calls_edit, calls_send
from bot.sandbox.messenger.bots import Bot, read_token
from bot.sandbox.messenger.known import KNOWN_METHODS
from bot.sandbox.messenger.params import NOT_UTF8, Params, Upload, is_utf8
from bot.sandbox.messenger.polling import ClientGone, Polls
from bot.sandbox.messenger.refusals import Refused, bad_request, not_modelled, too_many_requests
from bot.sandbox.messenger.webhooks import Webhooks
from bot.sandbox.messenger.world import World

TARGET = "telegram"
FAULT_RETRY_SECONDS = 5
POLL = "getupdates"
DOWNLOAD = "file"
"""The name under which faults can hit the fetching of files."""

Call = Callable[[World, Bot, Params], object]

_CALLS: dict[str, Call] = {
    "getme": calls_chat.get_me,
    "getchat": calls_chat.get_chat,
    "getchatmember": calls_chat.get_chat_member,
    "getchatadministrators": calls_chat.get_chat_administrators,
    "getchatmembercount": calls_chat.get_chat_member_count,
    "leavechat": calls_chat.leave_chat,
    "sendchataction": calls_chat.send_chat_action,
    "answercallbackquery": calls_chat.answer_callback_query,
    "getfile": calls_chat.get_file,
    "setmycommands": calls_chat.set_my_commands,
    "getmycommands": calls_chat.get_my_commands,
    "deletemycommands": calls_chat.delete_my_commands,
    "sendmessage": calls_send.send_message,
    "sendphoto": calls_send.send_photo,
    "senddocument": calls_send.send_document,
    "editmessagetext": calls_edit.edit_text,
    "editmessagecaption": calls_edit.edit_caption,
    "editmessagereplymarkup": calls_edit.edit_markup,
    "deletemessage": calls_edit.delete_message,
    "deletemessages": calls_edit.delete_messages,
    "pinchatmessage": calls_edit.pin,
    "unpinchatmessage": calls_edit.unpin,
    "setmessagereaction": calls_edit.react,
}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a call; a lost one was perhaps executed, but nobody is told."""

    status: int
    body: dict[str, object]
    lost: bool = False


class Wire:
    """The routes of the Bot API."""

    def __init__(self, world: World, polls: Polls, webhooks: Webhooks, faults: Faults, journal: Journal) -> None:
        self._world = world
        self._polls = polls
        self._faults = faults
        self._journal = journal
        self._fault_changes = 0
        self._calls: dict[str, Call] = {
            **_CALLS,
            "setwebhook": webhooks.set,
            "deletewebhook": webhooks.delete,
            "getwebhookinfo": webhooks.info,
        }
        self.running = 0
        """Calls that are being executed just now; waiting polls and calls held up by a fault are not counted."""
        self.finished = asyncio.Event()
        """Set whenever a call has come to its end; whoever waits clears it."""
        self._hung_up = asyncio.Event()
        faults.on_change.append(self._faults_changed)

    def routes(self) -> list[web.RouteDef]:
        """`/bot<token>/<method>` and `/file/bot<token>/<path>`."""
        return [
            web.route("*", "/bot{token}/{method}", self._serve),
            web.get("/file/bot{token}/{path:.+}", self._serve_file),
        ]

    def hang_up(self) -> None:
        """Drop the calls that a fault holds up: the sandbox is going down."""
        self._hung_up.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.running += 1
        try:
            bot = self._bot(request.match_info["token"])
            params = await _read(request)
            outcome = await self._obey(request, bot, method, params)
        except Refused as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        finally:
            self.running -= 1
            self.finished.set()
        if outcome.lost:
            return drop_connection(request)
        return web.json_response(outcome.body, status=outcome.status, dumps=_dumps)

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        self.running += 1
        try:
            self._bot(request.match_info["token"])
            fault = self._faults.check(TARGET, DOWNLOAD)
            mode = None if fault is None else fault.mode
            if mode in ("down", "ambiguous"):
                return drop_connection(request)
            if mode == "slow":
                await self._hold_up()
            file = self._world.files.by_link(request.match_info["path"])
            if file is None:
                raise Refused(404, "Not Found")
            return web.Response(body=self._world.files.data(file), content_type="application/octet-stream")
        except Refused as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        except ClientGone:
            return drop_connection(request)
        finally:
            self.running -= 1
            self.finished.set()

    def _bot(self, token: str) -> Bot:
        try:
            bot_id = read_token(token)
        except LookupError:
            raise Refused(404, "Not Found") from None
        if bot_id is None:
            raise Refused(401, "Unauthorized")
        return self._world.meet(bot_id)

    async def _obey(self, request: web.Request, bot: Bot, method: str, params: Params) -> _Outcome:
        """Execute one call as far as the faults let it, and write it into the journal."""
        at = self._world.now()
        fault = self._faults.check(TARGET, method)
        mode = None if fault is None else fault.mode
        if method.lower() == POLL:
            self._polls.tried(bot.id)
        try:
            if mode == "down":
                raise ClientGone
            if mode == "rate_limit":
                raise too_many_requests(FAULT_RETRY_SECONDS)
            if mode == "reject":
                raise bad_request("REJECTED_BY_FAULT")
            if mode == "slow":
                await self._hold_up()
            if method.lower() == POLL:
                result: object = await self._poll(request, bot, params)
                at = self._world.now()
            else:
                result = self._execute(bot, method, params)
            outcome = _Outcome(200, {"ok": True, "result": result}, lost=mode == "ambiguous")
        except Refused as refusal:
            outcome = _Outcome(refusal.code, refusal.body(), lost=mode == "ambiguous")
        except ClientGone:
            outcome = _Outcome(0, {}, lost=True)
        noted = {**outcome.body, "lost": True} if outcome.lost else outcome.body
        self._journal.record(TARGET, method, params.for_journal(), noted, at, f"bot{bot.id}")
        return outcome

    def _execute(self, bot: Bot, method: str, params: Params) -> object:
        call = self._calls.get(method.lower())
        if call is None:
            if method.lower() in KNOWN_METHODS:
                raise not_modelled(method)
            raise Refused(404, "Not Found: method not found")
        with self._world.store.transaction():
            return call(self._world, bot, params)

    async def _poll(self, request: web.Request, bot: Bot, params: Params) -> list[dict[str, object]]:
        changes = self._fault_changes

        def is_there() -> bool:
            nonlocal changes
            if changes != self._fault_changes:
                changes = self._fault_changes
                fault = self._faults.check(TARGET, POLL)
                if fault is not None and fault.mode == "down":
                    return False
            return request.transport is not None and not request.transport.is_closing()

        self.running -= 1
        self.finished.set()
        try:
            return await self._polls.get_updates(bot, params, is_there)
        finally:
            self.running += 1

    async def _hold_up(self) -> None:
        self.running -= 1
        self.finished.set()
        until = self._world.now() + timedelta(seconds=SLOW_SECONDS)
        waits = [
            asyncio.create_task(self._world.clock.sleep_until(until)),
            asyncio.create_task(self._hung_up.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self.running += 1
        if self._hung_up.is_set():
            raise ClientGone

    def _faults_changed(self) -> None:
        self._fault_changes += 1
        self._polls.wake_all()


def drop_connection(request: web.Request) -> web.Response:
    """Close the connection without an answer; the response is never written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> Params:
    """The parameters of a call from its address and its body.

    Raises:
        Refused: the body is not what its content type says.
    """
    values: dict[str, object] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.text())
        except ValueError:
            raise bad_request("can't parse JSON encoded request") from None
        if not isinstance(body, dict):
            raise bad_request("object expected as JSON encoded request")
        values.update(body)
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise bad_request("can't parse multipart request")
            data = bytes(await part.read(decode=True))
            if part.filename is None:
                values[part.name] = data.decode("utf-8", "replace")
            else:
                mime = part.headers.get("Content-Type", "application/octet-stream")
                uploads[part.name] = Upload(part.filename, mime.partition(";")[0], data)
    elif request.method == "POST":
        values.update(await request.post())
    if not is_utf8(values):
        raise bad_request(NOT_UTF8)
    return Params(values, uploads)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
