"""The portal's front door: reads a request, knows the caller, and writes the envelope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.sandbox.portal.brackets import as_php, parse_pairs, parse_query
from bot.sandbox.portal.calls import Answer, Call, as_int
from bot.sandbox.portal.errors import RestError, wrong_credentials
from bot.sandbox.portal.records import Records

_OPERATING_WINDOW = timedelta(minutes=10)


def method_name(tail: str) -> str:
    """The method in an address: `crm.lead.List.json` and `crm.lead.list/` are both `crm.lead.list`."""
    name = tail.strip("/")
    return name.removesuffix(".json")


async def read_params(request: web.Request) -> dict[str, object]:
    """Query string and body together, the body having the last word; a JSON array counts as positional values."""
    params = parse_query(request.query_string)
    if request.method != "POST":
        return params
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        return params | parse_pairs((key, value) for key, value in form.items() if isinstance(value, str))
    text = (await request.read()).decode("utf-8", "replace")
    if request.content_type == "application/json" or text.lstrip()[:1] in ("{", "["):
        return params | _json_params(text)
    return params | parse_query(text)


def _json_params(text: str) -> dict[str, object]:
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        raise RestError(400, "INVALID_REQUEST", "Request body is not valid JSON") from None
    if isinstance(body, list):
        return {str(index): item for index, item in enumerate(body)}
    return {key: as_php(value) for key, value in body.items()} if isinstance(body, dict) else {}


def caller_of(records: Records, user: str, code: str, secret: str, now: datetime) -> Call:
    """Who calls. Raises 401 INVALID_CREDENTIALS for a wrong code, a stranger, or somebody dismissed."""
    key = as_int(user)
    doc = records.users.get(key)
    if doc is None or key is None or code != secret or doc["ACTIVE"] is not True:
        raise wrong_credentials()
    own_zone = str(doc.get("TIME_ZONE") or "")
    zone = ZoneInfo(own_zone) if own_zone else records.zone
    return Call(key, bool(doc.get("_ADMIN")), now, zone, records.zone)


def with_params(call: Call, params: Mapping[str, object]) -> Call:
    """The same caller with the parameters of one command."""
    return replace(call, params=params)


def envelope(answer: Answer, time_block: Mapping[str, object]) -> dict[str, object]:
    """The body of a success."""
    body: dict[str, object] = {"result": answer.result}
    if answer.next is not None:
        body["next"] = answer.next
    if answer.total is not None:
        body["total"] = answer.total
    return body | {"time": time_block}


def time_block(start: datetime, finish: datetime, zone: ZoneInfo) -> dict[str, object]:
    """When a call ran and how long it took, in business time."""
    seconds = (finish - start).total_seconds()
    return {
        "start": start.timestamp(),
        "finish": finish.timestamp(),
        "duration": seconds,
        "processing": round(seconds),
        "date_start": start.astimezone(zone).replace(microsecond=0).isoformat(),
        "date_finish": finish.astimezone(zone).replace(microsecond=0).isoformat(),
        "operating_reset_at": int((start + _OPERATING_WINDOW).timestamp()),
        "operating": 0,
    }


def respond(status: int, body: Mapping[str, object]) -> web.Response:
    """A JSON answer; everything beyond ASCII is escaped, as PHP does it."""
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
