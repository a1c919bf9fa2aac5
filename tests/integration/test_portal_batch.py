"""Commands in one request: order, references, refusals, and PHP's lists."""

from __future__ import annotations

import pytest

from tests.integration.portal_server import RunningPortal, running_portal


@pytest.fixture
async def portal():
    async with running_portal() as running:
        yield running


@pytest.mark.parametrize("reference", ["$result[contact][item][id]", "%24result%5Bcontact%5D%5Bitem%5D%5Bid%5D"])
async def test_a_lead_is_converted_in_one_request(portal: RunningPortal, reference: str):
    cmd = {
        "contact": "crm.item.add?entityTypeId=3&fields[name]=Пётр&fields[leadId]=1",
        "deal": f"crm.item.add?entityTypeId=2&fields[title]=x&fields[leadId]=1&fields[contactId]={reference}",
        "lead": f"crm.item.update?entityTypeId=1&id=1&fields[contactId]={reference}&fields[stageId]=CONVERTED",
        "task": "tasks.task.add?fields[TITLE]=x&fields[RESPONSIBLE_ID]=2"
        "&fields[UF_CRM_TASK][]=D_$result[deal][item][id]",
    }
    answer = await portal.call("batch", {"halt": 1, "cmd": cmd})
    assert answer["result_error"] == []
    contact, deal = answer["result"]["contact"]["item"]["id"], answer["result"]["deal"]["item"]
    assert deal["contactIds"] == [contact]
    assert answer["result"]["lead"]["item"]["stageSemanticId"] == "S"
    tasks = await portal.call("tasks.task.list", {"filter": {"UF_CRM_TASK": f"D_{deal['id']}"}, "select": ["TITLE"]})
    assert [task["title"] for task in tasks["tasks"]] == ["x"]


async def test_a_list_can_be_passed_on_and_a_hole_is_empty(portal: RunningPortal):
    cmd = {
        "deal": "crm.item.get?entityTypeId=2&id=1",
        "people": "crm.contact.list?select[]=ID&filter[ID]=$result[deal][item][contactIds]",
        "nobody": "crm.lead.list?filter[TITLE]=a$result[deal][item][nothing]b",
    }
    answer = (await portal.call("batch", {"cmd": cmd}))["result"]
    assert answer["people"] == [{"ID": str(answer["deal"]["item"]["contactId"])}]
    assert answer["nobody"] == []
    assert portal.calls()[2][1] == {"filter": {"TITLE": "ab"}}


@pytest.mark.parametrize("halt", [1, True, "1", "true"])
async def test_halt_stops_at_the_first_failure(portal: RunningPortal, halt: object):
    cmd = {"a": "profile", "b": "nope", "c": "profile"}
    answer = await portal.call("batch", {"halt": halt, "cmd": cmd})
    assert set(answer["result"]) == {"a"}
    assert answer["result_error"] == {
        "b": {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}
    }
    assert set(answer["result_time"]) == {"a"}


@pytest.mark.parametrize("halt", [0, False, "0", "false", None])
async def test_without_halt_all_commands_run(portal: RunningPortal, halt: object):
    answer = await portal.call("batch", {"halt": halt, "cmd": {"a": "profile?", "b": "nope?", "c": "profile?&"}})
    assert set(answer["result"]) == {"a", "c"}
    assert set(answer["result_error"]) == {"b"}


async def test_dense_numeric_keys_become_a_list(portal: RunningPortal):
    cmd = {"0": "nope", "1": "crm.lead.get?id=999", "35943": "profile"}
    answer = await portal.call("batch", {"cmd": cmd})
    assert list(answer["result"]) == ["35943"]
    assert isinstance(answer["result_error"], list)
    assert [error["error"] for error in answer["result_error"]] == ["ERROR_METHOD_NOT_FOUND", ""]
    assert answer["result_total"] == answer["result_next"] == []
    answer = await portal.call("batch", {"cmd": ["profile", "scope"]})
    assert [type(row) for row in answer["result"]] == [dict, list]


async def test_lists_report_their_total_and_next(portal: RunningPortal):
    cmd = {f"c{n}": f"crm.lead.add?fields[TITLE]=N{n}" for n in range(40)}
    await portal.call("batch", {"cmd": cmd})
    answer = await portal.call("batch", {"cmd": {"a": "crm.lead.list?start=0", "b": "crm.lead.list?start=50"}})
    assert answer["result_total"] == {"a": 74, "b": 74}
    assert answer["result_next"] == {"a": 50}


async def test_more_than_fifty_and_nested_batches_are_refused(portal: RunningPortal):
    cmd = {f"c{n}": "profile" for n in range(51)} | {"c52": "profile"}
    answer = await portal.call("batch", {"cmd": cmd})
    assert len(answer["result"]) == 50
    assert {key: error["error"] for key, error in answer["result_error"].items()} == dict.fromkeys(
        ("c50", "c52"), "ERROR_BATCH_LENGTH_EXCEEDED"
    )
    answer = await portal.call("batch", {"cmd": {"a": "batch?cmd[x]=profile"}})
    assert answer["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


async def test_a_failed_command_leaves_nothing_behind(portal: RunningPortal):
    before = await portal.call("crm.lead.list", {"select": ["ID"]})
    cmd = {
        "ok": "crm.lead.add?fields[TITLE]=да",
        "bad": "crm.item.add?entityTypeId=1&fields[title]=нет&fields[fm][0][typeId]=PHONE&fields[fm][0][valueType]=MOON"
        "&fields[fm][0][value]=1",
    }
    answer = await portal.call("batch", {"cmd": cmd})
    assert answer["result_error"]["bad"]["error"] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    after = await portal.call("crm.lead.list", {"select": ["ID"]})
    assert len(after) == len(before) + 1


async def test_a_batch_in_a_form_body(portal: RunningPortal):
    body = "halt=0&cmd[a]=crm.lead.get%3Fid%3D1&cmd[b]=crm.lead.add%3Ffields%5BTITLE%5D%3D%25D0%2598%2526"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with portal.http.post(portal.webhook() + "batch", data=body, headers=form) as answer:
        result = (await answer.json())["result"]["result"]
    assert (await portal.call("crm.lead.get", {"id": result["b"]}))["TITLE"] == "И&"
