"""The playbook's words as the portal's codes and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.crm.dictionary import Dictionary, stage_id, what_lacks
from bot.crm.inbox import PortalTask, hint_of, read_case, read_task
from bot.crm.mapping import Mapper, addresses, client_of, person_name
from bot.crm.wanted import Field, Item
from bot.engine.case import Client
from bot.playbooks.load import builtin
from bot.playbooks.model import CrmField, Pipeline, Playbook, Stage

PLAYBOOK = builtin("bankruptcy").playbook
TYPES = {"choice": "enumeration", "multi": "enumeration", "datetime": "datetime", "integer": "integer"}


def portal(playbook: Playbook = PLAYBOOK, *, xml_ids: bool = True) -> Dictionary:
    """A portal that has everything; without XML_IDs its lists were made by hand."""
    statuses: dict[str, set[str]] = {"SOURCE": {source.crm for source in playbook.sources.values()}}
    for pipeline in playbook.pipelines.values():
        category = f"_{pipeline.category}" if pipeline.category else ""
        name = "STATUS" if pipeline.entity == "lead" else f"DEAL_STAGE{category}"
        found = statuses.setdefault(name, set())
        found |= {stage_id(pipeline.entity, pipeline.category, stage.crm) for stage in pipeline.stages.values()}
    fields: dict[Any, Field] = {}
    for number, (key, field) in enumerate(playbook.fields.items(), 1):
        options = {
            option_id: option.label
            for question in playbook.questions.values()
            if question.field == key
            for option_id, option in question.options.items()
        }
        items = tuple(
            Item(number * 100 + index, option_id if xml_ids else "", label)
            for index, (option_id, label) in enumerate(options.items(), 1)
        )
        for entity in field.on:
            fields[entity, field.crm] = Field(number, TYPES.get(field.type, "string"), field.type == "multi", items)
    known = {name: frozenset(ids) for name, ids in statuses.items()}
    return Dictionary(known, fields, what_lacks(playbook, known, fields))


@pytest.mark.parametrize("xml_ids", [True, False])
def test_answers_survive_the_way_there_and_back(xml_ids: bool) -> None:
    mapper = Mapper(PLAYBOOK, portal(xml_ids=xml_ids))
    facts = {
        "debt": "over_1000",
        "messengers": ["telegram", "sms"],
        "obstacle": "family",
        "reason": "Дорого & «долго»",
        "next_at": "2026-11-24T12:30:00+00:00",
        "tries": 3,
    }
    written = mapper.written("lead", facts)
    assert set(written) == {PLAYBOOK.fields[key].crm for key in facts}
    assert isinstance(written["UF_CRM_DZ_DEBT"], int)
    assert all(isinstance(item, int) for item in written["UF_CRM_DZ_MESSENGERS"])
    assert mapper.facts_of("lead", written) == facts


def test_nothing_clears() -> None:
    written = Mapper(PLAYBOOK, portal()).written("lead", {"debt": None, "messengers": None, "tries": None})
    assert written == {"UF_CRM_DZ_DEBT": None, "UF_CRM_DZ_MESSENGERS": [], "UF_CRM_DZ_TRIES": None}


def test_a_moment_is_read_in_any_zone() -> None:
    facts = Mapper(PLAYBOOK, portal()).facts_of("lead", {"UF_CRM_DZ_NEXT_AT": "2026-11-24T15:30:00+03:00"})
    assert facts == {"next_at": "2026-11-24T12:30:00+00:00"}


def test_items_of_others_are_no_answers() -> None:
    row = {"UF_CRM_DZ_DEBT": 999_999, "UF_CRM_DZ_MESSENGERS": [999_999], "UF_CRM_DZ_TRIES": "4"}
    assert Mapper(PLAYBOOK, portal()).facts_of("lead", row) == {"tries": 4}


def test_a_deals_field_is_not_written_to_a_lead() -> None:
    mapper = Mapper(PLAYBOOK, portal())
    assert mapper.written("lead", {"meeting_place": "Офис"}) == {}
    assert mapper.written("deal", {"meeting_place": "Офис"}) == {"UF_CRM_DZ_PLACE": "Офис"}


def test_what_the_portal_lacks_is_told_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    whole = portal()
    fields = {key: field for key, field in whole.fields.items() if key[1] != "UF_CRM_DZ_DEBT"}
    statuses = {**whole.statuses, "STATUS": whole.statuses["STATUS"] - {"NO_CONTACT"}, "SOURCE": frozenset({"WEB"})}
    missing = what_lacks(PLAYBOOK, statuses, fields)
    assert [text for text in missing if "UF_CRM_DZ_DEBT" in text or "NO_CONTACT «Неконтакт» (STATUS)" in text] == [
        "стадия NO_CONTACT «Неконтакт» (STATUS)",
        "поле UF_CRM_DZ_DEBT «Долги с процентами» (lead)",
        "поле UF_CRM_DZ_DEBT «Долги с процентами» (deal)",
    ]
    assert len([text for text in missing if text.startswith("источник")]) == 4
    assert whole.missing == ()
    mapper = Mapper(PLAYBOOK, Dictionary(statuses, fields, missing))
    for _ in range(2):
        assert mapper.written("lead", {"debt": "none", "tries": 1}) == {"UF_CRM_DZ_TRIES": 1}
        assert mapper.place("leads", "no_contact") == {}
        assert mapper.source("CALL") == {}
    assert len(caplog.records) == 3


def test_stages_both_ways() -> None:
    mapper = Mapper(PLAYBOOK, portal())
    assert mapper.place("leads", "scoring_no_answer") == {"stageId": "NO_ANSWER"}
    assert mapper.place("deals", "unprocessed", whole=True) == {"categoryId": 0, "stageId": "NEW"}
    assert mapper.place("leads", None) == {}
    assert mapper.stage_of("lead", 0, "NO_ANSWER") == ("leads", "scoring_no_answer")
    assert mapper.stage_of("deal", 0, "NEW") == ("deals", "unprocessed")
    assert mapper.stage_of("lead", 0, "SOMETHING") is None
    assert mapper.stage_of("deal", 7, "NEW") is None
    with pytest.raises(KeyError):
        mapper.place("leads", "no_such_stage")


@pytest.mark.parametrize("code", ["NEW", "C9:NEW"])
def test_another_pipelines_stage_with_and_without_its_number(code: str) -> None:
    pipeline = Pipeline(title="Вторая", entity="deal", category=9, stages={"first": Stage(title="Первая", crm=code)})
    playbook = PLAYBOOK.model_copy(update={"pipelines": {"second": pipeline}})
    mapper = Mapper(playbook, portal(playbook))
    assert mapper.place("second", "first") == {"stageId": "C9:NEW"}
    assert mapper.stage_of("deal", 9, "C9:NEW") == ("second", "first")
    assert mapper.stages("deal", final=False) == {9: ["C9:NEW"]}


@pytest.mark.parametrize(
    ("kind", "type_", "answer", "written"),
    [
        ("money", "money", 150_000, "150000|RUB"),
        ("money", "double", 99.5, 99.5),
        ("date", "date", "2026-11-24", "2026-11-24"),
        ("text", "string", "просто", "просто"),
        ("integer", "integer", 7, 7),
    ],
)
def test_each_type_of_field(kind: Any, type_: str, answer: object, written: object) -> None:
    field = CrmField(crm="UF_CRM_X", type=kind, title="Поле")
    playbook = PLAYBOOK.model_copy(update={"fields": {"x": field}})
    mapper = Mapper(playbook, Dictionary({}, {("lead", "UF_CRM_X"): Field(1, type_, False)}))
    assert mapper.written("lead", {"x": answer}) == {"UF_CRM_X": written}
    assert mapper.facts_of("lead", {"UF_CRM_X": written}) == {"x": answer}


@pytest.mark.parametrize(
    ("kind", "answer"), [("datetime", "завтра"), ("datetime", "2026-11-24T10:00"), ("file", ["a"])]
)
def test_what_cannot_be_written_is_left_out(kind: Any, answer: object) -> None:
    field = CrmField(crm="UF_CRM_X", type=kind, title="Поле")
    playbook = PLAYBOOK.model_copy(update={"fields": {"x": field}})
    mapper = Mapper(playbook, Dictionary({}, {("lead", "UF_CRM_X"): Field(1, kind, False)}))
    assert mapper.written("lead", {"x": answer}) == {}


def lead(**fields: Any) -> dict[str, Any]:
    return {
        "id": 55,
        "title": "Заявка &quot;А&quot;",
        "name": "Иван",
        "lastName": None,
        "stageId": "NEW",
        "sourceId": "WEB",
        "assignedById": 7,
        "createdTime": "2026-11-24T10:00:00+03:00",
        "contactId": 0,
        "fm": [
            {"id": 1, "typeId": "PHONE", "valueType": "WORK", "value": "8 (423) 220-12-34"},
            {"id": 2, "typeId": "PHONE", "valueType": "MOBILE", "value": "+7 423 220-12-34"},
            {"id": 3, "typeId": "EMAIL", "valueType": "WORK", "value": "i@example.org"},
            {"id": 4, "typeId": "IM", "valueType": "TELEGRAM", "value": "@ivan"},
        ],
    } | fields


def test_a_lead_is_read_whole() -> None:
    case = read_case(Mapper(PLAYBOOK, portal()), "lead", lead())
    assert case is not None
    assert (case.pipeline, case.stage, case.owner, case.source) == ("leads", "new", 7, "WEB")
    assert case.title == 'Заявка "А"'
    assert case.client == Client(
        "Иван", ("+74232201234",), ("i@example.org",), ("Telegram: @ivan",), zone="Asia/Vladivostok"
    )
    assert case.arrived_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert case.origin is None


def test_a_lead_in_an_unknown_stage_is_out_of_the_process() -> None:
    assert read_case(Mapper(PLAYBOOK, portal()), "lead", lead(stageId="OTHER")) is None


def test_a_lead_of_a_known_contact_has_its_numbers() -> None:
    contact = {"name": "Иван", "lastName": "Петров", "fm": [{"typeId": "PHONE", "value": "+79161234567"}]}
    bare = lead(name=None, fm=[])
    assert client_of(bare, contact) == Client("Иван Петров", ("+79161234567",), zone="Europe/Moscow")
    assert client_of(lead(), contact).phones == ("+74232201234",)


def test_messengers_survive_the_way_there_and_back() -> None:
    client = client_of(lead())
    written = addresses({"phones": client.phones, "emails": client.emails, "messengers": client.messengers})
    assert client_of({"name": "Иван", "fm": written}) == client


def test_names_are_taken_apart() -> None:
    assert person_name("Пётр  Проверкин") == {"name": "Пётр", "lastName": "Проверкин"}
    assert person_name("Пётр") == {"name": "Пётр"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"id": "901", "title": "Позвонить", "status": "5", "deadline": "2026-11-24T18:00:00+03:00",
             "xmlId": "dozvon:5-2", "responsibleId": "7", "changedBy": "9", "closedDate": "2026-11-24T17:00:00+03:00",
             "ufCrmTask": ["L_55", "C_3"]},
            PortalTask(901, "Позвонить", True, datetime(2026, 11, 24, 15, tzinfo=UTC), 7, 9,
                       datetime(2026, 11, 24, 14, tzinfo=UTC), "5-2", (("lead", 55),)),
        ),
        (
            {"id": 7, "title": "x", "status": 2, "deadline": None, "xmlId": None, "ufCrmTask": False},
            PortalTask(7, "x", False, None, None, None, None, None, ()),
        ),
        (
            {"id": 8, "title": "x", "status": "4", "ufCrmTask": {"0": "D_9"}},
            PortalTask(8, "x", True, None, None, None, None, None, (("deal", 9),)),
        ),
    ],
)  # fmt: skip
def test_tasks_are_read_in_all_their_spellings(row: dict[str, Any], expected: PortalTask) -> None:
    assert read_task(row) == expected


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("ONCRMLEADUPDATE", {"data[FIELDS][ID]": "55"}, ("lead", 55)),
        ("onCrmDealDelete", {"data[FIELDS][ID]": "5"}, ("deal", 5)),
        ("ONCRMCONTACTADD", {"data[FIELDS][ID]": "6"}, ("contact", 6)),
        ("ONTASKDELETE", {"data[FIELDS_BEFORE][ID]": "9", "data[FIELDS_AFTER]": "undefined"}, ("task", 9)),
        ("ONTASKCOMMENTADD", {"data[FIELDS_AFTER][ID]": "9"}, None),
        ("ONCRMCOMPANYADD", {"data[FIELDS][ID]": "6"}, None),
        ("ONCRMLEADUPDATE", {}, None),
        ("ONCRMLEADUPDATE", {"data[FIELDS][ID]": "-5"}, None),
    ],
)
def test_events_tell_what_they_are_about(event: str, fields: dict[str, str], expected: object) -> None:
    assert hint_of(event, fields) == expected
