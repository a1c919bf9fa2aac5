"""`dozvon demo` and `dozvon sandbox`: both outside worlds on one port, with or without the bot beside them."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from bot.app import App
from bot.clock import BusinessClock, Clock, WallClock
from bot.engine.calendars import calendar_of
from bot.errors import SettingsError
from bot.playbooks.choose import choose
from bot.playbooks.model import Playbook
from bot.sandbox.control import stored_moment
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.messenger.server import Messenger
from bot.sandbox.people import People
from bot.sandbox.portal.board import Terms
from bot.sandbox.portal.portal import Portal
from bot.sandbox.portal.seed import load_seed
from bot.sandbox.server import build_sandbox
from bot.sandbox.store import Store
from bot.services.people import Invited
from bot.settings import Settings, writable

log = logging.getLogger(__name__)
_OPENING = time(10)
_TOKEN = "7000000001:sandbox-demo-token"  # noqa: S105 - any token makes a bot in the sandbox


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sandbox lives."""

    host: str
    port: int
    data: Path
    playbook: str = "bankruptcy"
    start: datetime | None = None
    database_url: str | None = None
    """Where the bot keeps its own data; by default a file in the folder."""


class LateFloor:
    """The bot as the sandbox sees it, before and after there is one."""

    def __init__(self) -> None:
        self.app: App | None = None

    async def pause(self) -> None:
        if self.app is not None:
            await self.app.pulse.pause()

    async def resume(self) -> None:
        if self.app is not None:
            await self.app.pulse.resume()

    async def settle(self) -> None:
        if self.app is not None:
            await self.app.pulse.settle()

    async def next_due(self) -> datetime | None:
        return await self.app.pulse.next_due() if self.app is not None else None

    async def terms(self) -> Terms:
        return await self.app.views.terms() if self.app is not None else {}


class Sandbox:
    """Portal and messenger of one data folder."""

    def __init__(self, place: Place, clock: Clock, store: Store, floor: LateFloor | None) -> None:
        self.store = store
        self.faults = Faults()
        self.journal = Journal(store)
        self.address = f"http://{place.host}:{place.port}"
        seed = load_seed(_seed_name(place.playbook), clock.now())
        self.portal = Portal(
            store, clock, faults=self.faults, journal=self.journal, seed=seed, base_url=lambda: self.address
        )
        self.people = People(store)
        self.people.seed(_cast(self.portal))
        self.messenger = Messenger(store, clock, people=self.people, faults=self.faults, journal=self.journal)
        self.web = build_sandbox(
            store=store,
            clock=clock,
            portal=self.portal,
            messenger=self.messenger,
            faults=self.faults,
            journal=self.journal,
            floor=floor,
            terms=floor.terms if floor is not None else None,
        )


def _seed_name(playbook: str) -> str:
    return choose(playbook).playbook.playbook


def _cast(portal: Portal) -> list[dict[str, object]]:
    return [
        {
            "name": user["name"],
            "role": user["role"],
            "phone": user["phone"],
            "crm_user_id": user["id"],
            "username": user.get("username"),
        }
        for user in portal.users()
        if user["role"]
    ]


def first_moment(playbook: Playbook, now: datetime) -> datetime:
    """10:00 of the current or the next working day, so that the floor is open whenever one tries the demo."""
    calendar = calendar_of(playbook)
    day = calendar.local_day(now)
    if not calendar.is_working_day(day):
        day = calendar.next_working_day(day)
    return datetime.combine(day, _OPENING, calendar.zone).astimezone(UTC)


def check_port(host: str, port: int) -> None:
    """See that the port is free before anything is written.

    Raises:
        SettingsError: it is taken, or cannot be used.
    """
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingsError(f"port {port} on {host} cannot be used: {reason}; choose another by --port") from None


def open_store(data: Path) -> Store:
    """The sandbox's data in a writable folder."""
    writable(data)
    return Store(data / "sandbox.db")


async def run_sandbox(place: Place, started: Callable[[str], None]) -> None:
    """Only the sandbox, on wall time; for ever, until cancelled."""
    check_port(place.host, place.port)
    store = open_store(place.data)
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        sandbox = Sandbox(place, WallClock(), store, None)
        runner = await _serve(stack, sandbox.web)
        await web.TCPSite(runner, place.host, place.port).start()
        started(sandbox.address)
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Demo:
    """A sandbox with the bot beside it, working."""

    app: App
    sandbox: Sandbox
    clock: BusinessClock
    runner: web.AppRunner
    inner: str
    """The address on which the bot reaches both wires."""
    floor: LateFloor
    """Which bot moves with the clock."""


async def open_demo(stack: AsyncExitStack, place: Place, *, running: bool = True) -> Demo:
    """Sandbox and bot in this process on one business clock; `stack` closes them. No public port yet.

    Args:
        running: False makes a clock that only moves when it is moved.

    Raises:
        DozvonError: a setting, the playbook or the data folder cannot be used.
    """
    chosen = choose(place.playbook)
    store = open_store(place.data)
    stack.callback(store.close)
    moment = stored_moment(store) or place.start or first_moment(chosen.playbook, WallClock().now())
    clock = BusinessClock(moment, running=running)
    floor = LateFloor()
    sandbox = Sandbox(place, clock, store, floor)
    inner = _free_port()
    app = App(_demo_settings(place, sandbox, inner), clock=clock, links=sandbox.address)
    sandbox.web.add_routes(app.routes())
    runner = await _serve(stack, sandbox.web)
    stack.push_async_callback(app.stop)  # before the server that it talks to
    await web.TCPSite(runner, "127.0.0.1", inner).start()
    await app.open()
    sandbox.portal.set_event_handler(f"http://127.0.0.1:{inner}/bitrix24/events", _event_token(store))
    await app.start()
    await _link_cast(app, sandbox)
    await app.intake.first_sync()
    await app.pulse.settle()
    floor.app = app
    return Demo(app, sandbox, clock, runner, f"http://127.0.0.1:{inner}", floor)


async def run_demo(place: Place, started: Callable[[str], None]) -> None:
    """The demo, for ever, until cancelled. The public port opens when the bot is ready.

    Until then the bot reaches both wires on a loopback port of its own.
    """
    check_port(place.host, place.port)
    async with AsyncExitStack() as stack:
        demo = await open_demo(stack, place)
        await web.TCPSite(demo.runner, place.host, place.port).start()
        started(demo.sandbox.address)
        await asyncio.Event().wait()


async def _serve(stack: AsyncExitStack, application: web.Application) -> web.AppRunner:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner


def _free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _event_token(store: Store) -> str:
    store.executescript("CREATE TABLE IF NOT EXISTS demo_secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    row = store.execute("SELECT value FROM demo_secrets WHERE name = 'event'").fetchone()
    if row is not None:
        return str(row[0])
    token = secrets.token_hex(16)
    store.execute("INSERT INTO demo_secrets VALUES ('event', ?)", (token,))
    return token


def _demo_settings(place: Place, sandbox: Sandbox, port: int) -> Settings:
    admins = frozenset(person.id for person in sandbox.people.all() if person.role == "admin")
    return Settings(
        _env_file=None,  # the demo needs nothing from the environment
        bot_token=SecretStr(_TOKEN),
        telegram_api_url=f"http://127.0.0.1:{port}",
        bitrix24_webhook_url=SecretStr(f"http://127.0.0.1:{port}/rest/1/sandbox/"),
        database_url=place.database_url or f"sqlite+aiosqlite:///{place.data / 'dozvon.db'}",
        playbook=place.playbook,
        admins=admins,
        bitrix24_event_token=SecretStr(_event_token(sandbox.store)),
    )


async def _link_cast(app: App, sandbox: Sandbox) -> None:
    """The cast joins by the same messages as anybody: /start with an invite, /bind in the group."""
    if (await app.people.everybody()).all:
        return
    phones = sandbox.messenger.phones
    admins = [person for person in sandbox.people.all() if person.role == "admin"]
    for person in admins:
        phones.write(person.id, person.id, text="/start")
    await _taken_in(app, sandbox)
    for person in sandbox.people.all():
        if person.role is not None and person.role != "admin":
            token = await app.people.invite(Invited(person.name, person.role, person.crm_user_id), admins[0].id)
            phones.write(person.id, person.id, text=f"/start {token}")
    if sandbox.people.group_id is not None:
        phones.write(sandbox.people.group_id, admins[0].id, text="/bind")
    await _taken_in(app, sandbox)


async def _taken_in(app: App, sandbox: Sandbox) -> None:
    await sandbox.messenger.drained()
    await app.pulse.settle()
