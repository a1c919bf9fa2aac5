"""What stories of a whole day need beside the floor: a bot that stops and starts again, what was pushed when."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.app import App
from tests.scenarios.floor import MOSCOW, Floor, say


class Restarts:
    """The floor's bot stopped and started anew on the same data: `async with Restarts(floor) as bot`."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._stack = AsyncExitStack()
        self._app = floor.demo.app

    async def __aenter__(self) -> Restarts:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def stop(self) -> None:
        """From now on the clock moves without the bot."""
        self._floor.demo.floor.app = None
        await self._app.stop()

    async def start(self, database_url: str | None = None) -> App:
        """A new process, as `dozvon run` starts it; with another database it knows nothing and nobody."""
        demo, settings = self._floor.demo, self._app.settings
        if database_url is not None:
            settings = settings.model_copy(update={"database_url": database_url})
        self._app = App(settings, clock=demo.clock, links=demo.sandbox.address)
        self._stack.push_async_callback(self._app.stop)
        await self._app.open()
        application = web.Application()
        application.add_routes(self._app.routes())
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        secret = self._app.settings.bitrix24_event_token
        assert secret is not None
        demo.sandbox.portal.set_event_handler(f"http://{host}:{port}/bitrix24/events", secret.get_secret_value())
        await self._app.start()
        await self._app.intake.first_sync()
        demo.floor.app = self._app
        await self._floor.idle()
        return self._app


def polling_alone(floor: Floor) -> None:
    """The portal sends no events from now on."""
    floor.demo.sandbox.portal.set_event_handler(None, "")


async def sent(floor: Floor, who: str, after: str, until: str = "2100-01-01T00:00") -> list[dict[str, Any]]:
    """What the bot has sent to this chat in [after, until), Moscow time; shown as it looks now, deleted ones too."""
    start, end = (datetime.fromisoformat(moment).replace(tzinfo=MOSCOW) for moment in (after, until))
    person = floor.people[who]["id"] if who in floor.people else None
    found = await floor.get(f"/sandbox/chats/{await floor.chat(who)}/messages?after=0")
    ours = (one for one in found if one["from_id"] != person and not one["service"])
    return [one for one in ours if start.timestamp() <= one["date"] < end.timestamp()]


def when(message: dict[str, Any]) -> str:
    """The moment at which a message came, as `пн 2 17:38`."""
    return say(datetime.fromtimestamp(message["date"], MOSCOW).isoformat())


async def live_cards(floor: Floor, who: str) -> list[dict[str, Any]]:
    """Messages with answers to press."""
    return [one for one in await floor.messages(who) if _labels(one) & {"Дозвонился", "Звоню", "Пришёл", "Подтвердил"}]


def _labels(message: dict[str, Any]) -> set[str]:
    return {button["text"] for row in message.get("buttons") or [] for button in row}
