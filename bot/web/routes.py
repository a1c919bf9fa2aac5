"""The HTTP surface of the running bot: health, metrics, webhooks. Handlers store and answer at once."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.messenger.poll import Raw

Check = Callable[[], Awaitable[str | None]]
"""None: reachable; otherwise what is wrong, without secrets."""
_readable = partial(json.dumps, ensure_ascii=False)
_CHECK_SECONDS = 5.0


async def _in_time(check: Check) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {_CHECK_SECONDS:g} s"


def health_routes(
    checks: Mapping[str, Check],
    before_metrics: Callable[[], Awaitable[None]],
    warnings: Callable[[], Sequence[str]] = tuple,
) -> list[web.RouteDef]:
    """`/healthz`, `/readyz`, `/metrics`. `warnings` stop nothing, but somebody should see to them."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        found = dict(zip(checks, await asyncio.gather(*(_in_time(check) for check in checks.values())), strict=True))
        ready = not any(found.values())
        body: dict[str, object] = {"ready": ready, **{name: problem or "ok" for name, problem in found.items()}}
        if told := list(warnings()):
            body["warnings"] = told
        return web.json_response(body, status=200 if ready else 503, dumps=_readable)

    async def metrics(_request: web.Request) -> web.Response:
        await before_metrics()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


def telegram_route(secret: str, take: Callable[[list[Raw]], Awaitable[None]]) -> list[web.RouteDef]:
    """`POST /telegram/<secret path>`: 200 only after the update is stored, so a crash makes Telegram repeat it."""

    async def receive(request: web.Request) -> web.Response:
        given = (request.match_info["path"], request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        # As bytes: letters outside ASCII are an error to `compare_digest`.
        if not all(hmac.compare_digest(one.encode(errors="replace"), secret.encode()) for one in given):
            return web.Response(status=401)
        try:
            one = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400)
        if not isinstance(one, dict) or not isinstance(one.get("update_id"), int):
            return web.Response(status=400)
        await take([one])
        return web.Response()

    return [web.post("/telegram/{path}", receive)]


def bitrix_route(token: str, hint: Callable[[str, Mapping[str, str]], None]) -> list[web.RouteDef]:
    """`POST /bitrix24/events`: an event is only a hint about what to read again."""

    async def receive(request: web.Request) -> web.Response:
        form = await request.post()
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        if not hmac.compare_digest(fields.get("auth[application_token]", "").encode(), token.encode()):
            return web.Response(status=403)
        hint(fields.get("event", ""), fields)
        return web.Response()

    return [web.post("/bitrix24/events", receive)]
