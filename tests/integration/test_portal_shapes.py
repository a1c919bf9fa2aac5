"""The keys of answers, against the shapes that the portal's documentation shows; and PHP's way of writing values."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.portal.batch import read_commands
from bot.sandbox.portal.brackets import as_php, parse_query, write_query
from bot.sandbox.portal.schema import camel_name
from tests.integration.portal_server import RunningPortal, running_portal

TASK_KEYS = """id parentId title description mark priority multitask notViewed replicate stageId sprintId backlogId
createdBy createdDate responsibleId changedBy changedDate statusChangedBy closedBy closedDate activityDate dateStart
deadline startDatePlan endDatePlan guid xmlId commentsCount serviceCommentsCount allowChangeDeadline allowTimeTracking
taskControl addInReport forkedByTemplateId timeEstimate timeSpentInLogs matchWorkTime forumTopicId forumId siteId
subordinate exchangeModified exchangeId outlookVersion viewedDate sorting durationFact isMuted isPinned isPinnedInGroup
flowId chatId descriptionInBbcode status statusChangedDate durationPlan durationType favorite groupId auditors
accomplices checklist group creator responsible accomplicesData auditorsData newCommentsCount action checkListTree
checkListCanAdd"""

LEAD_KEYS = """ID TITLE HONORIFIC NAME SECOND_NAME LAST_NAME COMPANY_TITLE COMPANY_ID CONTACT_ID IS_RETURN_CUSTOMER
BIRTHDATE SOURCE_ID SOURCE_DESCRIPTION STATUS_ID STATUS_DESCRIPTION POST COMMENTS CURRENCY_ID OPPORTUNITY
IS_MANUAL_OPPORTUNITY HAS_PHONE HAS_EMAIL HAS_IMOL ASSIGNED_BY_ID CREATED_BY_ID MODIFY_BY_ID DATE_CREATE DATE_MODIFY
DATE_CLOSED STATUS_SEMANTIC_ID OPENED ORIGINATOR_ID ORIGIN_ID MOVED_BY_ID MOVED_TIME ADDRESS UTM_SOURCE UTM_MEDIUM
UTM_CAMPAIGN UTM_CONTENT UTM_TERM LAST_ACTIVITY_BY LAST_ACTIVITY_TIME PHONE"""

DEAL_KEYS = """ID TITLE TYPE_ID STAGE_ID PROBABILITY CURRENCY_ID OPPORTUNITY IS_MANUAL_OPPORTUNITY TAX_VALUE LEAD_ID
COMPANY_ID CONTACT_ID QUOTE_ID BEGINDATE CLOSEDATE ASSIGNED_BY_ID CREATED_BY_ID MODIFY_BY_ID DATE_CREATE DATE_MODIFY
OPENED CLOSED COMMENTS ADDITIONAL_INFO LOCATION_ID CATEGORY_ID STAGE_SEMANTIC_ID IS_NEW IS_RECURRING
IS_RETURN_CUSTOMER IS_REPEATED_APPROACH SOURCE_ID SOURCE_DESCRIPTION ORIGINATOR_ID ORIGIN_ID MOVED_BY_ID MOVED_TIME
LAST_ACTIVITY_TIME LAST_ACTIVITY_BY UTM_SOURCE UTM_MEDIUM UTM_CAMPAIGN UTM_CONTENT UTM_TERM"""

LEAD_ITEM_KEYS = """id title name lastName secondName stageId stageSemanticId sourceId opportunity currencyId
isManualOpportunity assignedById createdBy updatedBy createdTime updatedTime movedBy movedTime opened companyId
contactId contactIds observers hasPhone hasEmail isReturnCustomer originatorId originId lastActivityTime utmSource
phoneWork email fm entityTypeId"""

ACTIVITY_KEYS = """ID OWNER_ID OWNER_TYPE_ID TYPE_ID PROVIDER_ID PROVIDER_TYPE_ID SUBJECT CREATED LAST_UPDATED
START_TIME END_TIME DEADLINE COMPLETED STATUS RESPONSIBLE_ID PRIORITY DESCRIPTION DESCRIPTION_TYPE DIRECTION SETTINGS
ORIGINATOR_ID ORIGIN_ID AUTHOR_ID EDITOR_ID PROVIDER_PARAMS ASSOCIATED_ENTITY_ID"""


@pytest.fixture
async def portal():
    async with running_portal() as running:
        yield running


async def test_a_new_task_has_exactly_the_documented_keys_in_their_order(portal: RunningPortal):
    fields = {"TITLE": "x", "RESPONSIBLE_ID": 2}
    task = (await portal.call("tasks.task.add", {"fields": fields}))["task"]
    assert sorted(task) == sorted(TASK_KEYS.split())
    core = [key for key in TASK_KEYS.split() if key not in ("changedBy", "changedDate")]
    assert [key for key in task if key in core] == core
    ids = ("id", "createdBy", "responsibleId", "status", "priority", "groupId", "stageId", "timeEstimate")
    assert all(isinstance(task[key], str) for key in ids)
    assert all(isinstance(value, bool) for value in task["action"].values())


async def test_old_records_have_the_documented_keys(portal: RunningPortal):
    lead = await portal.call("crm.lead.get", {"id": 1})
    deal = await portal.call("crm.deal.get", {"id": 1})
    assert {key for key in lead if not key.startswith("UF_")} == set(LEAD_KEYS.split())
    assert {key for key in deal if not key.startswith("UF_")} == set(DEAL_KEYS.split())
    for row in (lead, deal):
        assert all(value is None or isinstance(value, str | list) or value is False for value in row.values())


async def test_an_item_has_the_documented_keys(portal: RunningPortal):
    item = (await portal.call("crm.item.get", {"entityTypeId": 1, "id": 1}))["item"]
    assert set(LEAD_ITEM_KEYS.split()) <= set(item)
    assert all(isinstance(item[key], int) for key in ("id", "assignedById", "companyId", "contactId", "entityTypeId"))


async def test_an_activity_has_the_documented_keys(portal: RunningPortal):
    row = (await portal.call("crm.activity.list", {"filter": {"COMPLETED": "N"}}))[0]
    assert set(row) == set(ACTIVITY_KEYS.split())
    assert all(isinstance(row[key], str) for key in ("ID", "OWNER_ID", "OWNER_TYPE_ID", "RESPONSIBLE_ID"))


@pytest.mark.parametrize(
    ("upper", "camel"),
    [
        ("UF_CRM_10_123", "ufCrm10_123"),
        ("UF_CRM_1747309879", "ufCrm_1747309879"),
        ("UF_CRM_DZ_DEBT", "ufCrmDzDebt"),
        ("ASSIGNED_BY_ID", "assignedById"),
        ("STATUS_ID", "stageId"),
        ("DATE_CREATE", "createdTime"),
        ("BEGINDATE", "begindate"),
    ],
)
def test_names_of_the_universal_api(upper: str, camel: str):
    assert camel_name(upper) == camel


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0][B]=x&a[1][B]=y", {"a": [{"B": "x"}, {"B": "y"}]}),
        ("a[1]=x", {"a": {"1": "x"}}),
        ("a[n0][v]=1&a[5][v]=2", {"a": {"n0": {"v": "1"}, "5": {"v": "2"}}}),
        ("f[>ID]=1&f[%3C%3DID]=2", {"f": {">ID": "1", "<=ID": "2"}}),
        ("a=1+2&b=1%202&c=1%2B2&d=", {"a": "1 2", "b": "1 2", "c": "1+2", "d": ""}),
        ("", {}),
    ],
)
def test_brackets(text: str, values: dict[str, object]):
    assert parse_query(text) == values


_KEYS = st.text(string.ascii_letters + "<>=!@%", min_size=1, max_size=6)
_TREES = st.recursive(st.text(max_size=8), lambda inner: st.dictionaries(_KEYS, inner, min_size=1, max_size=3))


@given(st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=5), _TREES, max_size=4))
def test_what_is_written_is_read(values: dict[str, object]):
    assert parse_query(write_query(values)) == values


@given(st.integers(min_value=0, max_value=6))
def test_dense_maps_are_lists(size: int):
    dense = {str(index): index for index in range(size)}
    assert as_php(dense) == list(range(size))
    gap = {str(index + 1): index for index in range(size)}
    assert as_php({"x": dense, "y": gap}) == {"x": list(range(size)), "y": gap or []}


def test_commands_tolerate_what_libraries_append():
    sent = {"cmd": {"a": "profile?", "b": "crm.lead.get?ID=1&", "c": "/scope.json"}}
    assert [(command.key, command.method) for command in read_commands(sent)] == [
        ("a", "profile"),
        ("b", "crm.lead.get"),
        ("c", "scope"),
    ]
