"""Running a process: logs, signals, the production bot."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from bot.app import App
from bot.clock import WallClock
from bot.crm.client import CrmClient
from bot.crm.provision import apply, plan, read
from bot.crm.wanted import Conflict
from bot.crm.wishes import wishes_of
from bot.db.migrate import migrate
from bot.db.session import open_database
from bot.demo import check_port
from bot.playbooks.choose import choose
from bot.settings import Settings, read_settings

_SHUTDOWN_SECONDS = 5
"""For HTTP requests under way, before the rest is stopped."""
_QUIET = ("httpx", "httpcore", "alembic", "aiogram.event", "aiogram.dispatcher", "apscheduler", "aiosqlite", "asyncio")


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        row = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


def set_up_logging(level: str, form: str) -> None:
    """Logs to stderr. Libraries that would log addresses with secrets in them are kept quiet."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else plain)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def logging_from_environment() -> None:
    """Before the settings are read: what the environment says, or the defaults."""
    level = os.environ.get("LOG_LEVEL", "WARNING").upper()
    set_up_logging(
        level if level in logging.getLevelNamesMapping() else "WARNING", os.environ.get("LOG_FORMAT", "text")
    )


async def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until the work ends, or SIGINT or SIGTERM asks for a clean stop.

    A signal that comes again changes nothing: `make` and a terminal both pass Ctrl-C on, and a stop that is cancelled
    halfway is not a clean one.
    """
    loop = asyncio.get_running_loop()
    task: asyncio.Task[None] = loop.create_task(work)
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        return


async def run_bot(settings: Settings) -> None:
    """The production bot: for ever, until cancelled."""
    set_up_logging(settings.log_level, settings.log_format)
    check_port("0.0.0.0", settings.http_port)  # noqa: S104 - health and webhooks are asked for from outside
    app = App(settings)
    runner: web.AppRunner | None = None
    try:
        application = web.Application()
        application.add_routes(app.routes())
        await app.open()
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        await web.TCPSite(runner, port=settings.http_port).start()
        await app.start()
        await app.intake.first_sync()
        await asyncio.Event().wait()
    finally:
        if runner is not None:
            await runner.cleanup()  # first: an update that is taken now would find everything closed
        await app.stop()


async def migrate_database() -> None:
    """`dozvon migrate`."""
    settings = read_settings()
    database = open_database(settings.database_url)
    try:
        await database.check()
        await migrate(database)
    finally:
        await database.close()


async def prepare_portal(*, do_it: bool, say: Callable[[str], None]) -> bool:
    """What the portal lacks for the playbook, and with `do_it` its making; whether all is well.

    Raises:
        SettingsError: a setting is wrong.
        CrmError: the portal does not answer.
    """
    settings = read_settings()
    playbook = choose(settings.playbook).playbook
    client = CrmClient(settings.bitrix24_webhook_url.get_secret_value(), WallClock())
    try:
        wishes = wishes_of(playbook)
        changes = plan(await read(client, wishes), wishes)
        for change in changes:
            say(change.text)
        if not changes:
            say("Портал готов: всё, что нужно регламенту, на месте.")
        if not do_it or not changes:
            return not any(isinstance(change, Conflict) for change in changes)
        failures = await apply(client, changes)
        for failure in failures:
            say(f"Не удалось: {failure.change.text}: {failure.error}")
        left = plan(await read(client, wishes), wishes)
        failures += await apply(client, left)  # ids of list items can only be set on items that exist already
        return not failures
    finally:
        await client.aclose()
