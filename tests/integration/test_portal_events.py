"""The outgoing webhook: what is posted, when, and what happens to what nobody takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web

from tests.integration.portal_server import RunningPortal, running_portal


@asynccontextmanager
async def listening(portal: RunningPortal, status: int = 200) -> AsyncIterator[list[dict[str, str]]]:
    """A handler that keeps what it was sent and answers with `status`."""
    got: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        got.append(dict(parse_qsl(await request.text(), keep_blank_values=True)))
        return web.Response(status=status)

    app = web.Application()
    app.add_routes([web.post("/bitrix24/events", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    portal.portal.set_event_handler(f"http://{host}:{port}/bitrix24/events", "app-token")
    try:
        yield got
    finally:
        await portal.portal.delivered()
        await runner.cleanup()


def _essence(event: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in event.items() if key == "event" or key.startswith("data")}


async def test_a_task_is_told_about_word_for_word():
    async with running_portal() as portal, listening(portal) as got:
        fields = {"TITLE": "x", "RESPONSIBLE_ID": 2}
        key = (await portal.call("tasks.task.add", {"fields": fields}))["task"]["id"]
        await portal.call("tasks.task.complete", {"taskId": key})
        await portal.call("tasks.task.delete", {"taskId": key})
        await portal.portal.delivered()
        assert [_essence(event) for event in got] == [
            {
                "event": "ONTASKADD",
                "data[FIELDS_BEFORE]": "undefined",
                "data[FIELDS_AFTER][ID]": key,
                "data[IS_ACCESSIBLE_BEFORE]": "N",
                "data[IS_ACCESSIBLE_AFTER]": "undefined",
            },
            {
                "event": "ONTASKUPDATE",
                "data[FIELDS_BEFORE][ID]": key,
                "data[FIELDS_AFTER][ID]": key,
                "data[IS_ACCESSIBLE_BEFORE]": "undefined",
                "data[IS_ACCESSIBLE_AFTER]": "undefined",
            },
            {
                "event": "ONTASKDELETE",
                "data[FIELDS_BEFORE][ID]": key,
                "data[FIELDS_AFTER]": "undefined",
                "data[IS_ACCESSIBLE_BEFORE]": "undefined",
                "data[IS_ACCESSIBLE_AFTER]": "N",
            },
        ]


async def test_the_envelope_of_an_event():
    async with running_portal() as portal, listening(portal) as got:
        key = await portal.call("crm.lead.add", {"fields": {"TITLE": "x"}})
        await portal.portal.delivered()
        domain = portal.url.removeprefix("http://")
        assert {name: value for name, value in got[0].items() if name != "auth[member_id]"} == {
            "event": "ONCRMLEADADD",
            "event_handler_id": "975",
            "data[FIELDS][ID]": str(key),
            "ts": str(int(portal.clock.now().timestamp())),
            "auth[domain]": domain,
            "auth[client_endpoint]": f"{portal.url}/rest/",
            "auth[server_endpoint]": f"{portal.url}/oauth/rest/",
            "auth[application_token]": "app-token",
        }
        assert len(got[0]["auth[member_id]"]) == 32


async def test_only_real_changes_of_what_succeeded_are_told():
    async with running_portal() as portal, listening(portal) as got:
        await portal.call("crm.lead.update", {"id": 1, "fields": {"TITLE": "Клиент партнёра"}})
        await portal.refusal("crm.item.update", {"entityTypeId": 1, "id": 1, "fields": {"stageId": "NOPE"}})
        cmd = {
            "a": "crm.item.update?entityTypeId=1&id=1&fields[title]=новое",
            "b": "crm.item.update?entityTypeId=1&id=1&fields[stageId]=NOPE",
            "c": "crm.timeline.comment.add?fields[ENTITY_ID]=1&fields[ENTITY_TYPE]=lead&fields[COMMENT]=x",
        }
        await portal.call("batch", {"cmd": cmd})
        await portal.portal.delivered()
        assert [event["event"] for event in got] == ["ONCRMLEADUPDATE", "ONCRMTIMELINECOMMENTADD"]


async def test_a_deal_that_changes_its_pipeline_has_an_event_of_its_own():
    async with running_portal() as portal, listening(portal) as got:
        made = (await portal.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Вторая"}}))["category"]
        body = {"entityTypeId": 2, "id": 1, "fields": {"categoryId": made["id"]}}
        await portal.call("crm.item.update", body)
        await portal.portal.delivered()
        assert _essence(got[-1]) == {
            "event": "ONCRMDEALMOVETOCATEGORY",
            "data[FIELDS][ID]": "1",
            "data[FIELDS][CATEGORY_ID]": str(made["id"]),
            "data[FIELDS][STAGE_ID]": f"C{made['id']}:NEW",
        }


async def test_what_nobody_takes_is_lost():
    async with running_portal() as portal:
        async with listening(portal, status=500) as got:
            await portal.call("crm.lead.add", {"fields": {"TITLE": "x"}})
            await portal.portal.delivered()
            assert len(got) == 1
        await portal.call("crm.lead.add", {"fields": {"TITLE": "y"}})
        await portal.portal.delivered()
        async with listening(portal) as got:
            portal.portal.set_event_handler(None, "")
            await portal.call("crm.lead.add", {"fields": {"TITLE": "z"}})
            await portal.portal.delivered()
            assert got == []


async def test_an_ambiguous_answer_still_has_its_event():
    async with running_portal() as portal, listening(portal) as got:
        portal.faults.set({"target": "bitrix24", "mode": "ambiguous"})
        with pytest.raises(aiohttp.ClientError):
            await portal.post("crm.lead.add", {"fields": {"TITLE": "x"}})
        await portal.portal.delivered()
        assert [event["event"] for event in got] == ["ONCRMLEADADD"]


async def test_the_page_hears_of_changes_only():
    async with running_portal() as portal:
        heard: list[bool] = []
        portal.portal.on_change = lambda: heard.append(True)
        await portal.call("crm.lead.list")
        await portal.refusal("crm.lead.get", {"id": 999})
        assert heard == []
        await portal.call("crm.lead.update", {"id": 1, "fields": {"TITLE": "x"}})
        assert heard == [True]
