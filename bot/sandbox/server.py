"""The sandbox on one port: the portal, the messenger, the control and the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from aiohttp import web

from bot.clock import BusinessClock, Clock
from bot.sandbox.control import ClockRefused, Control, Floor, read_duration
from bot.sandbox.faults import TARGETS, FaultInvalid, Faults
from bot.sandbox.journal import Journal
from bot.sandbox.live import Live
from bot.sandbox.messenger.bubbles import PhoneError
from bot.sandbox.messenger.params import Params
from bot.sandbox.messenger.phone_routes import guarded, read_moment, read_object, reply
from bot.sandbox.messenger.server import Messenger
from bot.sandbox.portal.board import Terms
from bot.sandbox.store import Store

MOST_BODY_BYTES = 64 * 1024 * 1024
PAGE = Path(__file__).parent / "page"


class PortalSide(Protocol):
    """The portal, as the sandbox's server sees it."""

    on_change: Callable[[], None] | None

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...

    def board(self, terms: Terms = ...) -> Mapping[str, object]: ...

    async def delivered(self) -> None: ...


def build_sandbox(
    *,
    store: Store,
    clock: Clock,
    portal: PortalSide,
    messenger: Messenger,
    faults: Faults,
    journal: Journal,
    floor: Floor | None = None,
    terms: Callable[[], Awaitable[Terms]] | None = None,
) -> web.Application:
    """One application with everything that the sandbox serves.

    Args:
        clock: shared by both wires and by the floor; only a `BusinessClock` can be moved.
        floor: the bot that lives in this process on the same clock, or None when it is elsewhere.
        terms: what that bot thinks of the tasks' terms; without it a task is late when its deadline has passed.
    """
    live = Live()
    changes = 0

    def portal_changed() -> None:
        nonlocal changes
        changes += 1
        live.publish("board", {})

    portal.on_change = portal_changed
    messenger.on_message(lambda chat_id, message_id: live.publish("message", {"chat": chat_id, "id": message_id}))
    journal.on_record = lambda row: live.publish(
        "journal", {key: row[key] for key in ("id", "at", "target", "method", "caller")}
    )
    control = Control(
        store=store,
        clock=clock,
        messenger=messenger,
        portal=portal,
        portal_version=lambda: changes,
        floor=floor,
        on_move=lambda moment: live.publish("clock", {"now": moment.isoformat()}),
    )
    handlers = _Handlers(clock, control, faults, journal, messenger, portal, live, terms)
    app = web.Application(client_max_size=MOST_BODY_BYTES)
    app.add_routes([*portal.routes(), *messenger.routes(), *handlers.routes()])
    app.on_shutdown.append(_hanging_up(live, messenger))
    app.cleanup_ctx.append(_background(control, messenger))
    return app


class _Handlers:
    def __init__(
        self,
        clock: Clock,
        control: Control,
        faults: Faults,
        journal: Journal,
        messenger: Messenger,
        portal: PortalSide,
        live: Live,
        terms: Callable[[], Awaitable[Terms]] | None,
    ) -> None:
        self._clock = clock
        self._control = control
        self._faults = faults
        self._journal = journal
        self._messenger = messenger
        self._portal = portal
        self._live = live
        self._terms = terms

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._index),
            web.get("/page/{path:.+}", self._page_file),
            web.get("/sandbox/clock", self._read_clock),
            web.post("/sandbox/clock", guarded(self._move_clock)),
            web.get("/sandbox/faults", self._list_faults),
            web.post("/sandbox/faults", guarded(self._set_fault)),
            web.post("/sandbox/pace", guarded(self._set_pace)),
            web.post("/sandbox/idle", self._idle),
            web.get("/sandbox/journal", guarded(self._list_journal)),
            web.get("/sandbox/board", self._show_board),
            web.get("/sandbox/stream", self._live.stream),
        ]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return _file("index.html")

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        return _file(request.match_info["path"])

    async def _read_clock(self, request: web.Request) -> web.StreamResponse:
        running = self._clock.running if isinstance(self._clock, BusinessClock) else True
        due = await self._control.next_due()
        body = {"now": self._clock.now().isoformat(), "running": running}
        return reply(body if due is None else body | {"next_due": due.isoformat()})

    async def _move_clock(self, request: web.Request) -> web.StreamResponse:
        params = await read_object(request)
        by, to = params.text("advance"), params.text("now")
        if (by is None) == (to is None):
            raise PhoneError(400, "give either advance, a duration like PT15M, or now, a moment with its offset")
        try:
            if by is not None:
                moment = await self._control.advance(read_duration(by))
            else:
                moment = await self._control.move(read_moment(to or "", "now"))
        except ClockRefused as refusal:
            raise PhoneError(400, str(refusal)) from None
        return reply({"now": moment.isoformat()})

    async def _list_faults(self, request: web.Request) -> web.StreamResponse:
        return reply(self._faults.view())

    async def _set_fault(self, request: web.Request) -> web.StreamResponse:
        params = await read_object(request)
        try:
            self._faults.set(params.all())
        except FaultInvalid as error:
            raise PhoneError(400, str(error)) from None
        self._live.publish("faults", {"faults": self._faults.view()})
        return reply({"faults": self._faults.view()})

    async def _set_pace(self, request: web.Request) -> web.StreamResponse:
        mode = (await read_object(request)).raw("telegram")
        if mode not in ("off", "enforce"):
            raise PhoneError(400, f"telegram is {mode!r}; allowed: off, enforce")
        self._messenger.set_pace(mode == "enforce")
        return reply({"telegram": mode})

    async def _idle(self, request: web.Request) -> web.StreamResponse:
        await self._control.idle()
        return reply({"now": self._clock.now().isoformat()})

    async def _list_journal(self, request: web.Request) -> web.StreamResponse:
        query = Params(request.query)
        target = query.text("target")
        if target is not None and target not in TARGETS:
            raise PhoneError(400, f"target is {target!r}; allowed: {', '.join(TARGETS)}")
        return reply(self._journal.list(target, query.integer("after") or 0, query.integer("limit")))

    async def _show_board(self, request: web.Request) -> web.StreamResponse:
        return reply(self._portal.board(await self._terms() if self._terms is not None else {}))


def _file(name: str) -> web.StreamResponse:
    """A file of the page; nothing outside its folder."""
    path = (PAGE / name).resolve()
    if not path.is_relative_to(PAGE.resolve()) or not path.is_file():
        return reply({"error": "there is no such page"}, status=404)
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


def _hanging_up(live: Live, messenger: Messenger) -> Callable[[web.Application], Awaitable[None]]:
    async def hang_up(app: web.Application) -> None:
        live.close()
        messenger.hang_up()

    return hang_up


def _background(control: Control, messenger: Messenger) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(app: web.Application) -> AsyncIterator[None]:
        messenger.start()
        keeper = asyncio.create_task(control.keep_moments(), name="keep the moment")
        yield
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        await messenger.close()
        await control.close()
        control.keep_moment()

    return run
