"""Webhooks: updates posted to the bot one after another, each until it is taken."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.faults import SLOW_SECONDS, Faults
from bot.sandbox.messenger.bots import Bot, Webhook
from bot.sandbox.messenger.params import Params
from bot.sandbox.messenger.polling import Polls, known_kinds
from bot.sandbox.messenger.refusals import bad_request
from bot.sandbox.messenger.world import World

ANSWER_SECONDS = 30.0
"""How long the bot may take to answer a post, in real seconds."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=60)
"""Pauses between repeats, in business time; each is twice the one before."""
DELIVERY = "webhook"
"""The name under which faults can hit the posts."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Webhooks:
    """The methods about webhooks, and the posting itself."""

    def __init__(self, world: World, polls: Polls, faults: Faults) -> None:
        self._world = world
        self._polls = polls
        self._faults = faults
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._pausing: set[int] = set()
        self._errors: dict[int, tuple[datetime, str]] = {}

    def set(self, world: World, bot: Bot, params: Params) -> object:
        """setWebhook. Unlike the real service the sandbox also posts to plain http, as everything here is local."""
        url = params.text("url") or ""
        if not url:
            return self.delete(world, bot, params)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.text("secret_token") or ""
        if secret and not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        kinds = params.structure("allowed_updates")
        if isinstance(kinds, list):
            world.bots.set_allowed(bot.id, known_kinds(kinds))
        if params.flag("drop_pending_updates"):
            world.updates.drop(bot.id)
        connections = min(max(params.integer("max_connections") or 40, 1), 100)
        world.bots.set_webhook(bot.id, Webhook(url, secret, connections))
        world.bots.listens(bot.id)
        self._errors.pop(bot.id, None)
        self._polls.push_out(bot.id, "terminated by setWebhook request")
        self.start(bot.id)
        return True

    def delete(self, world: World, bot: Bot, params: Params) -> object:
        """deleteWebhook."""
        if params.flag("drop_pending_updates"):
            world.updates.drop(bot.id)
        world.bots.set_webhook(bot.id, None)
        self._stop(bot.id)
        return True

    def info(self, world: World, bot: Bot, params: Params) -> object:
        """getWebhookInfo."""
        webhook = world.bots.webhook(bot.id)
        view: dict[str, object] = {
            "url": "" if webhook is None else webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": world.updates.count(bot.id),
        }
        if webhook is not None:
            view["max_connections"] = webhook.max_connections
        error = self._errors.get(bot.id)
        if error is not None:
            view["last_error_date"], view["last_error_message"] = int(error[0].timestamp()), error[1]
        if kinds := world.bots.allowed(bot.id):
            view["allowed_updates"] = kinds
        return view

    def start_all(self) -> None:
        """Go on posting to every bot that has a webhook, after a restart of the sandbox."""
        for bot in self._world.bots.all():
            if self._world.bots.webhook(bot.id) is not None:
                self.start(bot.id)

    def start(self, bot_id: int) -> None:
        """Begin to post to this bot."""
        self._stop(bot_id)
        self._tasks[bot_id] = asyncio.create_task(self._post_all(bot_id), name=f"webhook of {bot_id}")

    async def close(self) -> None:
        """Stop posting; what is not taken yet stays queued."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    def is_active(self, bot_id: int) -> bool:
        """Whether posts to this bot are going through just now."""
        return bot_id in self._tasks and bot_id not in self._pausing

    def _stop(self, bot_id: int) -> None:
        task = self._tasks.pop(bot_id, None)
        self._pausing.discard(bot_id)
        if task is not None:
            task.cancel()

    async def _post_all(self, bot_id: int) -> None:
        arrival = self._world.updates.arrival(bot_id)
        pause = FIRST_PAUSE
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)) as session:
            while (webhook := self._world.bots.webhook(bot_id)) is not None:
                arrival.clear()
                self._world.updates.confirm(bot_id, 0)
                waiting = self._world.updates.waiting(bot_id, 1)
                if not waiting:
                    await arrival.wait()
                    continue
                error = await self._post(session, webhook, waiting[0])
                if error is None:
                    self._world.updates.confirm(bot_id, int(str(waiting[0]["update_id"])) + 1)
                    pause = FIRST_PAUSE
                    continue
                now = self._world.now()
                self._errors[bot_id] = now, error
                self._pausing.add(bot_id)
                self._world.updates.confirmed.set()
                await self._world.clock.sleep_until(now + pause)
                self._pausing.discard(bot_id)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _post(self, session: aiohttp.ClientSession, webhook: Webhook, update: dict[str, object]) -> str | None:
        """Post one update; None when it was taken, else what went wrong."""
        fault = self._faults.check("telegram", DELIVERY)
        mode = None if fault is None else fault.mode
        if mode == "down":
            return "Connection timed out"
        if mode == "slow":
            await self._world.clock.sleep_until(self._world.now() + timedelta(seconds=SLOW_SECONDS))
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            async with session.post(webhook.url, json=update, headers=headers) as answer:
                if mode == "ambiguous":
                    return "Read timeout expired"
                if 200 <= answer.status < 300:
                    return None
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"
