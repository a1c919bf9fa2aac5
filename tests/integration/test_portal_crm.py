"""Leads, deals and contacts on both CRM APIs: types, names, multifields, stages, checks, rights."""

from __future__ import annotations

import base64

import pytest

from tests.integration.portal_server import RunningPortal, running_portal


@pytest.fixture
async def portal():
    async with running_portal() as running:
        yield running


async def _choice(portal: RunningPortal, field: str, xml_id: str, entity: str = "lead") -> int:
    rows = await portal.call(f"crm.{entity}.userfield.list", {"filter": {"FIELD_NAME": field}})
    return next(int(item["ID"]) for item in rows[0]["LIST"] if item["XML_ID"] == xml_id)


async def _add(portal: RunningPortal, entity_type: int = 1, **fields: object):
    body = {"entityTypeId": entity_type, "fields": fields, "useOriginalUfNames": "Y"}
    return (await portal.call("crm.item.add", body))["item"]


async def _update(portal: RunningPortal, entity_type: int, key: int, **fields: object):
    body = {"entityTypeId": entity_type, "id": key, "fields": fields, "useOriginalUfNames": "Y"}
    return (await portal.call("crm.item.update", body))["item"]


async def test_a_lead_has_numbers_here_and_strings_there(portal: RunningPortal):
    debt = await _choice(portal, "UF_CRM_DZ_DEBT", "over_1000")
    item = await _add(
        portal,
        title="Заявка",
        name="Пётр",
        opportunity=19000,
        sourceId="WEB",
        assignedById=2,
        UF_CRM_DZ_DEBT=debt,
        UF_CRM_DZ_TRIES=2,
        UF_CRM_DZ_NEXT_AT="2026-11-03T09:30:00+03:00",
        fm=[{"typeId": "PHONE", "valueType": "WORK", "value": "+79000000000"}],
    )
    assert {key: item[key] for key in ("title", "stageId", "stageSemanticId", "opportunity", "assignedById")} == {
        "title": "Заявка",
        "stageId": "NEW",
        "stageSemanticId": "P",
        "opportunity": 19000,
        "assignedById": 2,
    }
    assert (item["companyId"], item["contactId"], item["contactIds"]) == (0, 0, [])
    assert (item["hasPhone"], item["hasEmail"], item["isReturnCustomer"]) == ("Y", "N", "N")
    assert (item["UF_CRM_DZ_DEBT"], item["UF_CRM_DZ_TRIES"], item["UF_CRM_DZ_MESSENGERS"]) == (debt, 2, [])
    assert item["createdTime"] == "2026-11-02T10:00:00+03:00"
    assert item["fm"] == [{"id": item["fm"][0]["id"], "valueType": "WORK", "value": "+79000000000", "typeId": "PHONE"}]
    assert item["entityTypeId"] == 1
    row = await portal.call("crm.lead.get", {"id": item["id"]})
    assert {key: row[key] for key in ("ID", "OPPORTUNITY", "ASSIGNED_BY_ID", "STATUS_ID", "UF_CRM_DZ_DEBT")} == {
        "ID": str(item["id"]),
        "OPPORTUNITY": "19000.00",
        "ASSIGNED_BY_ID": "2",
        "STATUS_ID": "NEW",
        "UF_CRM_DZ_DEBT": str(debt),
    }
    assert (row["UF_CRM_DZ_TRIES"], row["UF_CRM_DZ_MESSENGERS"], row["BIRTHDATE"], row["CONTACT_ID"]) == (
        "2",
        False,
        "",
        None,
    )
    assert row["PHONE"] == [
        {"ID": str(item["fm"][0]["id"]), "VALUE_TYPE": "WORK", "VALUE": "+79000000000", "TYPE_ID": "PHONE"}
    ]


async def test_user_fields_have_two_spellings(portal: RunningPortal):
    camel = {"entityTypeId": 1, "fields": {"title": "x", "ufCrmDzReason": "а", "UF_CRM_DZ_TRIES": 5}}
    item = (await portal.call("crm.item.add", camel))["item"]
    assert (item["ufCrmDzReason"], item["ufCrmDzTries"]) == ("а", None)
    original = {"entityTypeId": 1, "id": item["id"], "useOriginalUfNames": "Y"}
    item = (await portal.call("crm.item.get", original))["item"]
    assert item["UF_CRM_DZ_REASON"] == "а"
    assert "ufCrmDzReason" not in item
    fields = (await portal.call("crm.item.fields", {"entityTypeId": 1}))["fields"]
    assert fields["stageId"]["upperName"] == "STATUS_ID"
    assert fields["ufCrmDzReason"] == {
        "type": "string",
        "isRequired": False,
        "isReadOnly": False,
        "isImmutable": False,
        "isMultiple": False,
        "isDynamic": True,
        "title": "Причина",
        "upperName": "UF_CRM_DZ_REASON",
    }


async def test_lists_show_what_was_selected(portal: RunningPortal):
    body = {"entityTypeId": 1, "select": ["id", "title", "nonsense"], "filter": {"id": 1}}
    assert (await portal.call("crm.item.list", body))["items"] == [{"id": 1, "title": "Клиент партнёра"}]
    full = (await portal.call("crm.item.list", body | {"select": ["*"]}))["items"][0]
    assert full["fm"][0]["typeId"] == "PHONE"
    assert "fm" not in (await portal.call("crm.item.list", body | {"select": ["id", "name"]}))["items"][0]
    row = (await portal.call("crm.lead.list", {"filter": {"ID": 1}, "select": ["*", "UF_*"]}))[0]
    assert "PHONE" not in row
    assert "UF_CRM_DZ_DEBT" in row
    row = (await portal.call("crm.lead.list", {"filter": {"ID": 1}, "select": ["PHONE"]}))[0]
    assert set(row) == {"ID", "PHONE"}


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"title": "alpha"}, {"Alpha"}),
        ({"=title": ["Alpha", "Beta"]}, {"Alpha", "Beta"}),
        ({"@stageId": ["JUNK"]}, {"Beta"}),
        ({"!stageId": ["JUNK"]}, {"Alpha", "Gamma"}),
        ({"!@stageId": ["JUNK", "SPAM"]}, {"Alpha"}),
        ({"%title": "amm"}, {"Gamma"}),
        ({"!%title": "amm"}, {"Alpha", "Beta"}),
        ({"=%title": "%a"}, {"Alpha", "Beta", "Gamma"}),
        ({"=%title": "al%"}, {"Alpha"}),
        ({">opportunity": 10}, {"Beta", "Gamma"}),
        ({"><opportunity": [10, 20]}, {"Alpha", "Beta"}),
        ({">=opportunity": 20, "<opportunity": 30}, {"Beta"}),
        ({"!originId": ""}, {"Gamma"}),
        ({"originId": ""}, {"Alpha", "Beta"}),
        ({"originatorId": "dozvon", "originId": "k1"}, {"Gamma"}),
        ({">=updatedTime": "2026-11-02T10:01:00+03:00"}, {"Beta", "Gamma"}),
        ({">updatedTime": "2026-11-02T10:01:00"}, {"Gamma"}),
        ({"0": {"logic": "OR", "0": {"title": "Alpha"}, "1": {"stageId": "SPAM"}}}, {"Alpha", "Gamma"}),
        ({"contactId": 0}, {"Alpha", "Beta", "Gamma"}),
    ],
)
async def test_filters(portal: RunningPortal, wanted: dict, titles: set[str]):
    await _add(portal, title="Alpha", opportunity=10)
    portal.pass_time(minutes=1)
    await _add(portal, title="Beta", opportunity=20, stageId="JUNK")
    portal.pass_time(minutes=1)
    await _add(portal, title="Gamma", opportunity=30, stageId="SPAM", originatorId="dozvon", originId="k1")
    body = {"entityTypeId": 1, "filter": wanted | {">id": 34}, "select": ["title"], "order": {"ID": "DESC"}}
    items = (await portal.call("crm.item.list", body))["items"]
    assert {item["title"] for item in items} == titles


async def test_a_wrong_filter_key_is_refused_here_and_ignored_there(portal: RunningPortal):
    body = {"entityTypeId": 1, "filter": {"statusId": "NEW"}}
    assert await portal.refusal("crm.item.list", body) == (400, "INVALID_ARG_VALUE")
    assert len(await portal.call("crm.lead.list", {"filter": {"STAGE": "NEW"}})) == 34


@pytest.mark.parametrize(
    ("entity_type", "fields", "code"),
    [
        (1, {"stageId": "MEETING"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (2, {"stageId": "C9:NEW"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (2, {"categoryId": 9}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (1, {"UF_CRM_DZ_DEBT": 99999}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (1, {"UF_CRM_DZ_DEBT": "over_1000"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (1, {"UF_CRM_DZ_TRIES": "много"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (1, {"UF_CRM_DZ_NEXT_AT": "завтра"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (1, {"UF_CRM_DZ_MESSENGERS": "max"}, "100"),
        (1, {"assignedById": 77}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (1, {"sourceId": "MOON"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (2, {"contactId": 9999}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (2, {"leadId": 9999}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        (5, {"title": "x"}, "NOT_FOUND"),
    ],
)
async def test_wrong_values_are_refused(portal: RunningPortal, entity_type: int, fields: dict, code: str):
    body = {"entityTypeId": entity_type, "fields": fields, "useOriginalUfNames": "Y"}
    assert await portal.refusal("crm.item.add", body) == (400, code)


async def test_what_is_missing(portal: RunningPortal):
    assert await portal.refusal("crm.item.get", {"entityTypeId": 1, "id": 999}) == (400, "NOT_FOUND")
    assert await portal.refusal("crm.item.add", {"entityTypeId": 1}) == (400, "100")
    assert await portal.refusal("crm.lead.get", {}) == (400, "")
    assert await portal.refusal("crm.lead.add", {"fields": "x"}) == (400, "")
    assert await portal.refusal("crm.deal.update", {"id": 1, "fields": {"STAGE_ID": "NOPE"}}) == (400, "")


async def test_unknown_fields_are_ignored(portal: RunningPortal):
    item = await _add(portal, title="x", colour="red", createdTime="2020-01-01T00:00:00+03:00")
    assert item["createdTime"] == "2026-11-02T10:00:00+03:00"
    assert "colour" not in item


async def test_moving_a_deal(portal: RunningPortal):
    deal = await _add(portal, 2, title="x")
    assert (deal["stageId"], deal["isNew"], deal["closed"], deal["categoryId"]) == ("NEW", "Y", "N", 0)
    portal.pass_time(hours=1)
    await _update(portal, 2, deal["id"], stageId="MEETING")
    portal.pass_time(hours=1)
    deal = await _update(portal, 2, deal["id"], stageId="WON")
    assert (deal["stageSemanticId"], deal["closed"], deal["movedTime"]) == ("S", "Y", "2026-11-02T12:00:00+03:00")
    body = {"entityTypeId": 2, "filter": {"OWNER_ID": deal["id"]}, "order": {"ID": "ASC"}}
    rows = (await portal.call("crm.stagehistory.list", body))["items"]
    assert [(row["TYPE_ID"], row["STAGE_ID"], row["STAGE_SEMANTIC_ID"], row["CATEGORY_ID"]) for row in rows] == [
        (1, "NEW", "P", 0),
        (2, "MEETING", "P", 0),
        (3, "WON", "S", 0),
    ]
    assert [row["CREATED_TIME"][11:16] for row in rows] == ["10:00", "11:00", "12:00"]


async def test_a_conversion_makes_nothing_by_itself(portal: RunningPortal):
    deals = await portal.call("crm.deal.list", {"select": ["ID"]})
    lead = await _add(portal, title="x")
    assert await portal.call("crm.lead.update", {"id": lead["id"], "fields": {"STATUS_ID": "CONVERTED"}}) is True
    assert await portal.call("crm.deal.list", {"select": ["ID"]}) == deals
    row = await portal.call("crm.lead.get", {"id": lead["id"]})
    assert (row["STATUS_SEMANTIC_ID"], row["DATE_CLOSED"]) == ("S", "2026-11-02T10:00:00+03:00")


async def test_deals_carry_their_lead_and_contacts(portal: RunningPortal):
    lead = await _add(portal, title="x")
    people = [(await _add(portal, 3, name=name))["id"] for name in ("А", "Б")]
    deal = await _add(portal, 2, title="y", leadId=lead["id"], contactIds=people)
    assert (deal["contactId"], deal["contactIds"]) == (people[0], people)
    found = await portal.call("crm.item.list", {"entityTypeId": 2, "filter": {"leadId": lead["id"]}})
    assert [item["id"] for item in found["items"]] == [deal["id"]]
    lead = await _update(portal, 1, lead["id"], contactId=people[1])
    assert (lead["contactIds"], lead["isReturnCustomer"]) == ([people[1]], "Y")
    deal = await _update(portal, 2, deal["id"], contactId="")
    assert (deal["contactId"], deal["contactIds"]) == (0, [])


async def test_a_pipeline_is_changed_only_over_the_universal_api(portal: RunningPortal):
    category = (await portal.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Вторая"}}))["category"]
    deal = await _add(portal, 2, title="x", stageId="MEETING")
    await portal.call("crm.deal.update", {"id": deal["id"], "fields": {"CATEGORY_ID": category["id"], "TITLE": "y"}})
    row = await portal.call("crm.deal.get", {"id": deal["id"]})
    assert (row["CATEGORY_ID"], row["TITLE"]) == ("0", "y")
    body = {"entityTypeId": 2, "id": deal["id"], "fields": {"categoryId": category["id"], "stageId": "MEETING"}}
    assert await portal.refusal("crm.item.update", body) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
    moved = await _update(portal, 2, deal["id"], categoryId=category["id"])
    assert moved["stageId"] == f"C{category['id']}:NEW"


async def test_multifields_of_the_universal_api(portal: RunningPortal):
    lead = await _add(portal, title="x", fm=[{"typeId": "PHONE", "valueType": "WORK", "value": "+79000000001"}])
    first = lead["fm"][0]["id"]
    lead = await _update(
        portal,
        1,
        lead["id"],
        fm={
            str(first): {"typeId": "PHONE", "valueType": "MOBILE", "value": "+79000000002"},
            "n0": {"typeId": "EMAIL", "valueType": "WORK", "value": "a@example.org"},
            "n1": {"valueType": "WORK", "value": "забыт вид"},
        },
    )
    assert [(e["id"] == first, e["typeId"], e["valueType"], e["value"]) for e in lead["fm"]] == [
        (True, "PHONE", "MOBILE", "+79000000002"),
        (False, "EMAIL", "WORK", "a@example.org"),
    ]
    assert (lead["phoneMobile"], lead["email"]) == ("+79000000002", "a@example.org")
    lead = await _update(portal, 1, lead["id"], fm={str(first): {"typeId": "PHONE", "value": ""}})
    assert (lead["hasPhone"], [entry["typeId"] for entry in lead["fm"]]) == ("N", ["EMAIL"])


async def test_multifields_of_the_old_api(portal: RunningPortal):
    fields = {"NAME": "А", "PHONE": [{"VALUE": "+79000000001", "VALUE_TYPE": "WORK"}]}
    key = await portal.call("crm.contact.add", {"fields": fields})
    update = {"id": key, "fields": {"PHONE": [{"VALUE": "+79000000002", "VALUE_TYPE": "HOME"}]}}
    assert await portal.call("crm.contact.update", update) is True
    phones = (await portal.call("crm.contact.get", {"id": key}))["PHONE"]
    assert [phone["VALUE"] for phone in phones] == ["+79000000001", "+79000000002"]
    changes = [{"ID": phones[0]["ID"], "DELETE": "Y"}, {"ID": phones[1]["ID"], "VALUE": "+79000000003"}]
    await portal.call("crm.contact.update", {"id": key, "fields": {"PHONE": changes, "NAME": "Б"}})
    row = await portal.call("crm.contact.get", {"id": key})
    assert [(phone["VALUE"], phone["VALUE_TYPE"]) for phone in row["PHONE"]] == [("+79000000003", "HOME")]


async def test_nothing_changed_is_no_change(portal: RunningPortal):
    lead = await _add(portal, title="x")
    portal.pass_time(hours=1)
    same = await _update(portal, 1, lead["id"], title="x", stageId="NEW")
    assert same["updatedTime"] == lead["updatedTime"]
    other = await _update(portal, 1, lead["id"], title="y")
    assert other["updatedTime"] == "2026-11-02T11:00:00+03:00"


async def test_files_go_in_as_text_and_come_out_as_bytes(portal: RunningPortal):
    field = {"FIELD_NAME": "DZ_FILES", "USER_TYPE_ID": "file", "MULTIPLE": "Y"}
    await portal.call("crm.deal.userfield.add", {"fields": field})
    first = ["договор.pdf", base64.b64encode(b"one").decode()]
    deal = await _add(portal, 2, title="x", UF_CRM_DZ_FILES=[first])
    kept = deal["UF_CRM_DZ_FILES"][0]
    async with portal.http.get(kept["urlMachine"]) as answer:
        assert (answer.status, await answer.read()) == (200, b"one")
    async with portal.http.get(kept["urlMachine"] + "x") as answer:
        assert answer.status == 404
    second = ["чек.pdf", base64.b64encode(b"two").decode()]
    deal = await _update(portal, 2, deal["id"], UF_CRM_DZ_FILES=[{"id": kept["id"]}, second])
    assert [entry["id"] for entry in deal["UF_CRM_DZ_FILES"]] == [kept["id"], kept["id"] + 1]
    broken = {"entityTypeId": 2, "id": deal["id"], "fields": {"ufCrmDzFiles": [["a", "не base64"]]}}
    assert await portal.refusal("crm.item.update", broken) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")


async def test_a_manager_sees_only_what_is_assigned_to_him(portal: RunningPortal):
    mine = await _add(portal, title="своё", assignedById=2)
    other = await _add(portal, title="чужое", assignedById=3)
    rows = await portal.call("crm.lead.list", {"select": ["ASSIGNED_BY_ID"]}, user=2)
    assert {row["ASSIGNED_BY_ID"] for row in rows} == {"2"}
    assert (await portal.call("crm.item.get", {"entityTypeId": 1, "id": mine["id"]}, user=2))["item"]["title"] == "своё"
    body = {"entityTypeId": 1, "id": other["id"], "fields": {"title": "x"}}
    assert await portal.refusal("crm.item.update", body, user=2) == (400, "ACCESS_DENIED")
    assert await portal.refusal("crm.lead.get", {"id": other["id"]}, user=2) == (400, "")


async def test_deleting(portal: RunningPortal):
    lead = await _add(portal, title="x")
    assert await portal.call("crm.item.delete", {"entityTypeId": 1, "id": lead["id"]}) == []
    assert await portal.refusal("crm.lead.delete", {"id": lead["id"]}) == (400, "")
    assert (await _add(portal, title="y"))["id"] == lead["id"] + 1
