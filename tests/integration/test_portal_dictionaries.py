"""Dictionaries, user fields, people, timeline, duplicates."""

from __future__ import annotations

import pytest

from tests.integration.portal_server import RunningPortal, running_portal


@pytest.fixture
async def portal():
    async with running_portal() as running:
        yield running


async def test_lead_stages(portal: RunningPortal):
    rows = await portal.call("crm.status.list", {"filter": {"ENTITY_ID": "STATUS"}, "order": {"SORT": "ASC"}})
    assert [row["STATUS_ID"] for row in rows] == [
        "NEW",
        "NO_ANSWER",
        "FOLLOW_UP",
        "CONVERTED",
        "JUNK",
        "NO_CONTACT",
        "INVALID",
        "SPAM",
        "DUPLICATE",
        "TEST",
    ]
    assert rows[0] == {
        "ID": rows[0]["ID"],
        "ENTITY_ID": "STATUS",
        "STATUS_ID": "NEW",
        "NAME": "Новый лид",
        "NAME_INIT": "",
        "SORT": "10",
        "SYSTEM": "Y",
        "CATEGORY_ID": None,
        "COLOR": "#39A8EF",
        "SEMANTICS": None,
        "EXTRA": {"SEMANTICS": "process", "COLOR": "#39A8EF"},
    }
    assert [row["SEMANTICS"] for row in rows[3:5]] == ["S", "F"]
    assert "EXTRA" not in (await portal.call("crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}}))[0]
    assert (await portal.call("crm.status.entity.items", {"entityId": "SOURCE"}))[0] == {
        "NAME": "Сайт",
        "SORT": 10,
        "STATUS_ID": "WEB",
    }


async def test_pipelines_and_stages_can_be_made(portal: RunningPortal):
    made = (await portal.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Повторные"}}))["category"]
    _, answer = await portal.post("crm.category.list", {"entityTypeId": 2})
    assert answer["total"] == 2
    assert answer["result"]["categories"][0] == {
        "id": 0,
        "name": "Банкротство",
        "sort": 300,
        "entityTypeId": 2,
        "isDefault": "Y",
    }
    assert answer["result"]["categories"][1]["originId"] == ""
    stage = {"ENTITY_ID": f"DEAL_STAGE_{made['id']}", "STATUS_ID": "OFFER", "NAME": "Предложение", "SORT": 15}
    await portal.call("crm.status.add", {"fields": stage})
    rows = await portal.call("crm.status.list", {"filter": {"ENTITY_ID": stage["ENTITY_ID"]}})
    assert [row["STATUS_ID"] for row in rows] == [f"C{made['id']}:{word}" for word in ("NEW", "OFFER", "WON", "LOSE")]
    assert await portal.refusal("crm.status.add", {"fields": stage}) == (400, "")
    deal = {"entityTypeId": 2, "fields": {"categoryId": made["id"], "stageId": f"C{made['id']}:OFFER"}}
    assert (await portal.call("crm.item.add", deal))["item"]["stageSemanticId"] == "P"


async def test_a_stage_is_changed_and_deleted(portal: RunningPortal):
    lost = {"ENTITY_ID": "STATUS", "STATUS_ID": "LATER", "NAME": "Позже", "SEMANTICS": "F"}
    key = await portal.call("crm.status.add", {"fields": lost})
    await portal.call("crm.status.update", {"id": key, "fields": {"NAME": "Не сейчас"}})
    rows = await portal.call("crm.status.list", {"filter": {"STATUS_ID": "LATER"}})
    assert [(row["NAME"], row["SEMANTICS"]) for row in rows] == [("Не сейчас", "F")]
    assert await portal.call("crm.status.delete", {"id": key}) is True
    system = (await portal.call("crm.status.list", {"filter": {"ENTITY_ID": "STATUS", "STATUS_ID": "NEW"}}))[0]["ID"]
    assert await portal.refusal("crm.status.delete", {"id": system}) == (400, "")


async def test_only_an_admin_changes_the_portal(portal: RunningPortal):
    assert await portal.refusal("crm.status.add", {"fields": {}}, user=2) == (400, "ACCESS_DENIED")
    field = {"FIELD_NAME": "X", "USER_TYPE_ID": "string"}
    assert await portal.refusal("crm.lead.userfield.add", {"fields": field}, user=2) == (400, "")


async def test_user_fields(portal: RunningPortal):
    rows = await portal.call("crm.deal.userfield.list", {"filter": {"FIELD_NAME": "UF_CRM_DZ_MESSENGERS"}})
    assert (rows[0]["ENTITY_ID"], rows[0]["MULTIPLE"], rows[0]["SETTINGS"]) == ("CRM_DEAL", "Y", [])
    assert [item["XML_ID"] for item in rows[0]["LIST"]] == [
        "max",
        "telegram",
        "whatsapp",
        "sms",
        "none_sent",
        "no_messengers",
    ]
    choices = [{"VALUE": "Да", "XML_ID": "yes"}, {"VALUE": "Нет", "XML_ID": "no"}]
    field = {"FIELD_NAME": "DZ_NEW", "USER_TYPE_ID": "enumeration", "EDIT_FORM_LABEL": {"ru": "Новое"}, "LIST": choices}
    key = await portal.call("crm.lead.userfield.add", {"fields": field})
    assert isinstance(key, int)
    assert await portal.refusal("crm.lead.userfield.add", {"fields": field}) == (400, "")
    assert await portal.refusal("crm.lead.userfield.add", {"fields": {"FIELD_NAME": "Y"}}) == (400, "")
    row = await portal.call("crm.lead.userfield.get", {"id": key})
    assert (row["FIELD_NAME"], row["EDIT_FORM_LABEL"]) == ("UF_CRM_DZ_NEW", "Новое")
    third = {"LIST": [*row["LIST"], {"VALUE": "Может быть", "XML_ID": "maybe"}]}
    await portal.call("crm.lead.userfield.update", {"id": key, "fields": third})
    row = await portal.call("crm.lead.userfield.get", {"id": key})
    assert [item["XML_ID"] for item in row["LIST"]] == ["yes", "no", "maybe"]
    lead = {"entityTypeId": 1, "fields": {"title": "x", "ufCrmDzNew": row["LIST"][2]["ID"]}}
    assert (await portal.call("crm.item.add", lead))["item"]["ufCrmDzNew"] == int(row["LIST"][2]["ID"])


async def test_people(portal: RunningPortal):
    _, answer = await portal.post("user.get", {"FILTER": {"ACTIVE": True}, "sort": "ID", "order": "DESC"})
    assert answer["total"] == 6
    assert [row["ID"] for row in answer["result"]] == ["6", "5", "4", "3", "2", "1"]
    user = answer["result"][4]
    assert (user["ACTIVE"], user["UF_DEPARTMENT"], user["PERSONAL_MOBILE"]) == (True, [2], "+79990000002")
    assert user["TIMESTAMP_X"] == {}
    assert not [key for key in user if key.startswith("_")]
    assert [row["ID"] for row in await portal.call("user.get", {"FILTER": {"UF_DEPARTMENT": 3}})] == ["6"]
    assert (await portal.call("user.current", user=3))["LAST_NAME"] == "Ковалёва"
    assert (await portal.call("profile"))["ADMIN"] is True
    assert (await portal.call("profile", user=2))["ADMIN"] is False
    assert "crm" in await portal.call("scope")
    assert await portal.call("crm.settings.mode.get") == 1


async def test_departments(portal: RunningPortal):
    rows = await portal.call("department.get")
    assert rows[0] == {"ID": "1", "NAME": "Компания", "SORT": 500, "UF_HEAD": "5"}
    assert rows[1] == {"ID": "2", "NAME": "Отдел продаж", "SORT": 500, "PARENT": "1", "UF_HEAD": "4"}
    assert [row["ID"] for row in await portal.call("department.get", {"UF_HEAD": 6})] == ["3"]


async def test_comments(portal: RunningPortal):
    fields = {"ENTITY_ID": 1, "ENTITY_TYPE": "lead", "COMMENT": "[B]Анкета[/B]"}
    key = await portal.call("crm.timeline.comment.add", {"fields": fields})
    assert isinstance(key, int)
    wanted = {"ENTITY_ID": 1, "ENTITY_TYPE": "lead", ">=ID": key}
    _, answer = await portal.post("crm.timeline.comment.list", {"filter": wanted})
    assert answer["result"] == [
        {
            "ID": str(key),
            "ENTITY_ID": "1",
            "ENTITY_TYPE": "lead",
            "CREATED": "2026-11-02T10:00:00+03:00",
            "COMMENT": "[B]Анкета[/B]",
            "AUTHOR_ID": "1",
            "FILES": {},
        }
    ]
    assert answer["total"] == 1
    for wrong in ({"ENTITY_ID": 999}, {"ENTITY_TYPE": "moon"}, {"COMMENT": " "}):
        assert await portal.refusal("crm.timeline.comment.add", {"fields": fields | wrong}) == (400, "")
    assert await portal.refusal("crm.timeline.comment.add", {"FIELDS": fields}) == (400, "100")


async def test_a_call_comes_in(portal: RunningPortal):
    fields = {
        "OWNER_TYPE_ID": 1,
        "OWNER_ID": 1,
        "TYPE_ID": 2,
        "DIRECTION": 1,
        "SUBJECT": "Входящий от клиента",
        "START_TIME": "2026-11-02T09:58:00+03:00",
        "COMPLETED": "Y",
        "COMMUNICATIONS": [{"TYPE": "PHONE", "VALUE": "+79000000000"}],
    }
    key = await portal.call("crm.activity.add", {"fields": fields})
    rows = await portal.call("crm.activity.list", {"filter": {"OWNER_TYPE_ID": 1, "OWNER_ID": 1, "DIRECTION": 1}})
    assert [(row["ID"], row["PROVIDER_ID"], row["COMPLETED"]) for row in rows] == [(str(key), "VOXIMPLANT_CALL", "Y")]
    assert rows[0]["START_TIME"] == "2026-11-02T09:58:00+03:00"
    later = await portal.call("crm.activity.list", {"filter": {">ID": key}, "select": ["ID"]})
    assert later == []
    row = (await portal.call("crm.activity.list", {"filter": {"ID": key}, "select": ["COMMUNICATIONS"]}))[0]
    assert row == {"ID": str(key), "COMMUNICATIONS": [{"TYPE": "PHONE", "VALUE": "+79000000000"}]}


async def test_a_to_do(portal: RunningPortal):
    body = {"ownerTypeId": 1, "ownerId": 1, "deadline": "2026-11-02T18:00:00+03:00", "title": "Позвонить"}
    key = (await portal.call("crm.activity.todo.add", body))["id"]
    await portal.call("crm.activity.update", {"id": key, "fields": {"COMPLETED": "Y"}})
    assert (await portal.call("crm.activity.get", {"id": key}))["COMPLETED"] == "Y"
    assert await portal.refusal("crm.activity.todo.add", body | {"ownerId": 999}) == (400, "OWNER_NOT_FOUND")
    moved = {"id": key, "ownerTypeId": 1, "ownerId": 1, "deadline": "2026-11-03T12:00:00+03:00", "responsibleId": 2}
    assert await portal.call("crm.activity.todo.update", moved) == {"id": key}
    row = await portal.call("crm.activity.get", {"id": key})
    shown = (row["DEADLINE"], row["RESPONSIBLE_ID"], row["SUBJECT"])
    assert shown == ("2026-11-03T12:00:00+03:00", "2", "Позвонить")
    assert await portal.refusal("crm.activity.todo.update", moved | {"id": 999}) == (400, "NOT_FOUND")
    assert await portal.refusal("crm.activity.todo.update", moved | {"ownerId": 999}) == (400, "OWNER_NOT_FOUND")
    assert await portal.refusal("crm.activity.todo.update", moved | {"deadline": "?"}) == (400, "WRONG_DATETIME_FORMAT")
    assert await portal.refusal("crm.activity.todo.add", body | {"deadline": "?"}) == (400, "WRONG_DATETIME_FORMAT")


@pytest.mark.parametrize("spelling", ["+79001234567", "8 (900) 123-45-67", "79001234567", "+7 900 123-45-67 доб. 12"])
async def test_numbers_are_compared_whole_in_any_spelling(portal: RunningPortal, spelling: str):
    phone = [{"VALUE": "8 900 1234567", "VALUE_TYPE": "WORK"}]
    lead = await portal.call("crm.lead.add", {"fields": {"TITLE": "x", "PHONE": phone}})
    contact = await portal.call("crm.contact.add", {"fields": {"NAME": "x", "PHONE": phone}})
    body = {"type": "PHONE", "values": [spelling]}
    assert await portal.call("crm.duplicate.findbycomm", body) == {"LEAD": [lead], "CONTACT": [contact]}
    assert await portal.call("crm.duplicate.findbycomm", body | {"entity_type": "LEAD"}) == {"LEAD": [lead]}


async def test_nobody_has_it(portal: RunningPortal):
    assert await portal.call("crm.duplicate.findbycomm", {"type": "PHONE", "values": ["4567"]}) == []
    mail = [{"VALUE": "Some@Example.org", "VALUE_TYPE": "WORK"}]
    lead = await portal.call("crm.lead.add", {"fields": {"EMAIL": mail}})
    body = {"type": "EMAIL", "values": ["some@example.ORG"]}
    assert await portal.call("crm.duplicate.findbycomm", body) == {"LEAD": [lead]}
    refused = await portal.refusal("crm.duplicate.findbycomm", {"type": "FAX", "values": ["1"]})
    assert refused == (400, "Communication type is not defined")
