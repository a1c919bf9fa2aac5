"""Planning what the portal lacks, and creating it over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from bot.crm.client import CrmClient
from bot.crm.errors import CrmForbidden, CrmRejected
from bot.crm.provision import (
    AddField,
    AddStatus,
    Change,
    Conflict,
    Current,
    Failure,
    SetItems,
    Wanted,
    WantedField,
    WantedStatus,
    apply,
    plan,
    read,
)
from bot.crm.wanted import Field, Item, Status

STAGES = {
    "STATUS": [Status("NEW", "P", 10), Status("WORK", "P", 20), Status("CONVERTED", "S", 60), Status("JUNK", "F", 70)]
}
DEBT = WantedField("lead", "UF_CRM_DZ_DEBT", "enumeration", False, "Долг", (("none", "Долгов нет"), ("big", "Большой")))
REASON = WantedField("deal", "UF_CRM_DZ_REASON", "string", False, "Причина")


def test_a_portal_that_has_everything_needs_nothing() -> None:
    current = Current(
        STAGES,
        {
            ("lead", "UF_CRM_DZ_DEBT"): Field(7, "enumeration", False, (Item(1, "none", "Нет"), Item(2, "big", "Да"))),
            ("deal", "UF_CRM_DZ_REASON"): Field(8, "string", False),
        },
    )
    stages = [WantedStatus("STATUS", "NEW", "Новый"), WantedStatus("STATUS", "JUNK", "Брак", "F")]
    wishes: list[Wanted] = [*stages, DEBT, REASON]
    assert plan(current, wishes) == []


def test_an_empty_portal_needs_everything_in_order() -> None:
    source = WantedStatus("SOURCE", "PARTNER_X", "Партнёр")
    assert plan(Current(), [source, DEBT, REASON]) == [AddStatus(source, 10), AddField(DEBT), AddField(REASON)]


def test_new_stages_keep_work_before_success_before_failure() -> None:
    wishes = [
        WantedStatus("STATUS", "CALL", "Дозвон"),
        WantedStatus("STATUS", "CALL_2", "Дозвон 2"),
        WantedStatus("STATUS", "SPAM", "Спам", "F"),
        WantedStatus("STATUS", "TEST", "Тест", "F"),
    ]
    sorts = [change.sort for change in plan(Current(STAGES), wishes) if isinstance(change, AddStatus)]
    assert sorts == [30, 40, 80, 90]


def test_a_full_pipeline_still_keeps_the_order() -> None:
    crowded = {"STATUS": [Status("NEW", "P", 10), Status("WON", "S", 15), Status("LOSE", "F", 20)]}
    wishes = [WantedStatus("STATUS", "A", "А"), WantedStatus("STATUS", "B", "Б")]
    sorts = [change.sort for change in plan(Current(crowded), wishes) if isinstance(change, AddStatus)]
    assert sorts == [14, 14]


def test_the_same_wish_twice_is_one_change() -> None:
    wish = WantedStatus("SOURCE", "WEB", "Сайт")
    assert plan(Current(), [wish, REASON, wish, REASON]) == [AddStatus(wish, 10), AddField(REASON)]


@pytest.mark.parametrize(
    "wish",
    [
        WantedStatus("STATUS", "JUNK", "Брак", "P"),
        WantedStatus("STATUS", "WON", "Ещё успех", "S"),
        WantedField("lead", "UF_CRM_DZ_DEBT", "enumeration", True, "Долг"),
        WantedField("lead", "UF_CRM_DZ_DEBT", "string", False, "Долг"),
    ],
)
def test_contradictions_are_left_to_a_person(wish: WantedStatus | WantedField) -> None:
    current = Current(STAGES, {("lead", "UF_CRM_DZ_DEBT"): Field(7, "enumeration", False)})
    changes = plan(current, [wish])
    assert [type(change) for change in changes] == [Conflict]
    assert changes[0].text


def test_list_items_are_found_by_id_then_by_label_then_made() -> None:
    wish = WantedField(
        "lead", "UF_CRM_DZ_M", "enumeration", True, "Куда", (("max", "MAX"), ("sms", "СМС"), ("tg", "Telegram"))
    )
    existing = Field(9, "enumeration", True, (Item(31, "max", "Макс"), Item(32, "", "смс"), Item(33, "x1", "Прочее")))
    changes = plan(Current(fields={("lead", "UF_CRM_DZ_M"): existing}), [wish])
    assert changes == [SetItems(wish, 9, (("tg", "Telegram"),), ((32, "sms", "СМС"),))]
    assert "«Telegram»" in changes[0].text
    assert "«СМС» как sms" in changes[0].text


def test_an_item_that_has_our_id_is_not_taken_for_another_by_its_label() -> None:
    wish = WantedField("lead", "UF_CRM_DZ_M", "enumeration", False, "Куда", (("a", "Альфа"), ("b", "Бета")))
    existing = Field(9, "enumeration", False, (Item(31, "a", "Бета"),))
    changes = plan(Current(fields={("lead", "UF_CRM_DZ_M"): existing}), [wish])
    assert changes == [SetItems(wish, 9, (("b", "Бета"),), ())]


async def test_the_portal_is_read_as_far_as_the_wishes_go(client: CrmClient, portal: Any) -> None:
    portal.script = [
        portal.ok(
            [
                {"STATUS_ID": "NEW", "SORT": "10", "SEMANTICS": None},
                {"STATUS_ID": "WON", "SORT": "60", "SEMANTICS": "S"},
                {"STATUS_ID": "LOSE", "SORT": "70", "SEMANTICS": "F"},
            ],
            total=3,
        ),
        portal.ok(
            [
                {
                    "ID": "7",
                    "FIELD_NAME": "UF_CRM_DZ_DEBT",
                    "USER_TYPE_ID": "enumeration",
                    "MULTIPLE": "Y",
                    "LIST": [{"ID": "31", "VALUE": "До &lt;250&gt;", "XML_ID": None}],
                },
                {"ID": "8", "FIELD_NAME": "UF_CRM_A", "USER_TYPE_ID": "string", "MULTIPLE": "N", "LIST": []},
            ],
            total=2,
        ),
    ]
    current = await read(client, [WantedStatus("DEAL_STAGE", "NEW", "Новая"), DEBT, DEBT])
    assert current == Current(
        {"DEAL_STAGE": [Status("NEW", "P", 10), Status("WON", "S", 60), Status("LOSE", "F", 70)]},
        {
            ("lead", "UF_CRM_DZ_DEBT"): Field(7, "enumeration", True, (Item(31, "", "До <250>"),)),
            ("lead", "UF_CRM_A"): Field(8, "string", False),
        },
    )
    assert portal.methods == ["crm.status.list", "crm.lead.userfield.list"]
    assert portal.bodies[0]["filter"] == {"ENTITY_ID": "DEAL_STAGE"}


async def test_changes_become_requests(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.ok(1)]
    changes: list[Change] = [
        AddStatus(WantedStatus("DEAL_STAGE_9", "C9:LOST_X", "Проиграна", "F"), 90),
        AddStatus(WantedStatus("SOURCE", "BDT", "БДТ"), 20),
        Conflict("решает человек"),
        AddField(DEBT),
        SetItems(DEBT, 7, (("big", "Большой"),), ((31, "none", "Долгов нет"),)),
    ]
    assert await apply(client, changes) == []
    assert portal.methods == [
        "crm.status.add",
        "crm.status.add",
        "crm.lead.userfield.add",
        "crm.lead.userfield.update",
    ]
    first, second, third, fourth = portal.bodies
    assert first["fields"]["SEMANTICS"] == "F"
    assert second == {"fields": {"ENTITY_ID": "SOURCE", "STATUS_ID": "BDT", "NAME": "БДТ", "SORT": 20}}
    assert third["fields"]["FIELD_NAME"] == "DZ_DEBT"
    assert [item["XML_ID"] for item in third["fields"]["LIST"]] == ["none", "big"]
    assert fourth == {
        "id": 7,
        "fields": {
            "LIST": [
                {"VALUE": "Большой", "XML_ID": "big"},
                {"ID": 31, "VALUE": "Долгов нет", "XML_ID": "none"},
            ]
        },
    }


async def test_a_refused_change_does_not_stop_the_others(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.refused(400, "Duplicate STATUS_ID.", "Duplicate STATUS_ID."), portal.ok(5)]
    changes: list[Change] = [AddStatus(WantedStatus("SOURCE", "BDT", "БДТ"), 20), AddField(REASON)]
    failures = await apply(client, changes)
    assert len(portal.requests) == 2
    assert isinstance(failures[0], Failure)
    assert failures[0].change == changes[0]
    assert isinstance(failures[0].error, CrmRejected)


async def test_a_webhook_without_rights_stops_at_once(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.refused(403, "insufficient_scope")]
    with pytest.raises(CrmForbidden):
        await apply(client, [AddField(REASON), AddField(DEBT)])
    assert len(portal.requests) == 1
