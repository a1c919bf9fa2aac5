"""Full reads: nothing missed and nothing twice, whatever is added and deleted under the reader."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import BusinessClock
from bot.crm.client import CrmClient
from bot.crm.errors import CrmError, CrmForbidden, CrmRejected
from bot.crm.reading import rows_of
from bot.crm.windows import PAGE, Window, cut, left_over


class ListPortal:
    """A portal with one list of ids, which `stir` may change before each command."""

    def __init__(self, portal: Any, ids: set[int], *, key: str = "ID", wrap: str | None = None) -> None:
        self.portal = portal
        self.ids = ids
        self.key = key
        self.wrap = wrap
        self.commands = 0
        self.stir: Callable[[], None] = lambda: None
        portal.script = [self.answer]

    def answer(self, request: httpx.Request) -> httpx.Response:
        results, totals = {}, {}
        for name, command in json.loads(request.content)["cmd"].items():
            self.stir()
            self.commands += 1
            query = dict(parse_qsl(command.partition("?")[2], keep_blank_values=True))
            above = int(query.get(f"filter[>{self.key}]", 0))
            upto = int(query.get(f"filter[<={self.key}]", 10**12))
            falling = query[f"order[{self.key}]"] == "DESC"
            found = sorted((i for i in self.ids if above < i <= upto), reverse=falling)
            rows = [{self.key: str(i), "TITLE": f"№{i}"} for i in found[:PAGE]]
            results[name] = {self.wrap: rows} if self.wrap else rows
            totals[name] = len(found) if query["start"] != "-1" else 0
        response: httpx.Response = self.portal.batch(results, [], result_total=totals)
        return response


async def read(client: CrmClient, method: str = "crm.lead.list", key: str = "ID") -> list[int]:
    return [int(row[key]) async for row in client.iterate(method)]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 2_600])
async def test_every_row_once(client: CrmClient, portal: Any, count: int) -> None:
    ListPortal(portal, set(range(1, count + 1)))
    assert sorted(await read(client)) == list(range(1, count + 1))


async def test_a_full_read_is_about_as_few_requests_as_there_can_be(client: CrmClient, portal: Any) -> None:
    ListPortal(portal, set(range(1, 20_001)))
    assert len(await read(client)) == 20_000
    assert len(portal.requests) <= 20_000 / 2_500 + 2


async def test_sparse_ids_do_not_cost_a_request_for_every_gap(client: CrmClient, portal: Any) -> None:
    chance = random.Random(7)
    ids = set(chance.sample(range(1, 10_000_000), 3_000))
    ListPortal(portal, ids)
    assert sorted(await read(client)) == sorted(ids)
    assert len(portal.requests) <= 6


async def test_a_dense_cluster_among_sparse_ids_is_read(client: CrmClient, portal: Any) -> None:
    ids = set(range(1, 5_000_000, 50_000)) | set(range(2_000_000, 2_004_000))
    ListPortal(portal, ids)
    rows = await read(client)
    assert sorted(rows) == sorted(ids)
    assert len(portal.requests) <= 15


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_missed_while_rows_come_and_go(client: CrmClient, portal: Any, seed: int) -> None:
    chance = random.Random(seed)
    before = set(range(1, 4_001))
    rows = ListPortal(portal, set(before))

    def stir() -> None:
        rows.ids.discard(chance.choice(sorted(before)))
        rows.ids.add(max(rows.ids) + 1)

    rows.stir = stir
    read_ids = await read(client)
    assert len(read_ids) == len(set(read_ids))
    assert rows.commands > 80
    assert before & rows.ids <= set(read_ids)
    assert len(before - rows.ids) > 50


async def test_rows_added_before_the_last_window_are_given(client: CrmClient, portal: Any) -> None:
    rows = ListPortal(portal, set(range(1, 101)))

    def stir() -> None:
        if rows.commands == 2:
            rows.ids |= set(range(101, 261))

    rows.stir = stir
    assert sorted(await read(client)) == list(range(1, 261))


@pytest.mark.parametrize(
    ("method", "key", "wrap"), [("crm.item.list", "id", "items"), ("tasks.task.list", "ID", "tasks")]
)
async def test_each_family_of_lists_is_asked_in_its_own_spelling(
    client: CrmClient, portal: Any, method: str, key: str, wrap: str
) -> None:
    ListPortal(portal, set(range(1, 121)), key=key, wrap=wrap)
    assert sorted(await read(client, method, key)) == list(range(1, 121))


async def test_the_callers_filter_and_select_are_kept_and_the_id_is_asked_for(client: CrmClient, portal: Any) -> None:
    ListPortal(portal, set(range(1, 52)))
    params = {"filter": {"STATUS_ID": "NEW"}, "select": ["TITLE"]}
    rows = [row async for row in client.iterate("crm.lead.list", params)]
    assert len(rows) == 51
    commands = [command for body in portal.bodies for command in body["cmd"].values()]
    assert all("filter[STATUS_ID]=NEW" in command for command in commands)
    assert all("select[0]=ID&select[1]=TITLE" in command for command in commands)
    assert params == {"filter": {"STATUS_ID": "NEW"}, "select": ["TITLE"]}


@pytest.mark.parametrize("params", [{"order": {"ID": "ASC"}}, {"start": 0}, {"filter": {">ID": 5}}])
async def test_what_the_reader_sets_itself_is_refused(client: CrmClient, portal: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="by itself"):
        _ = [row async for row in client.iterate("crm.lead.list", params)]
    assert portal.requests == []


async def test_a_list_that_ignores_its_filter_is_not_trusted(client: CrmClient, portal: Any) -> None:
    rows = [{"ID": str(i)} for i in range(1, 51)]

    def deaf(request: httpx.Request) -> httpx.Response:
        names = json.loads(request.content)["cmd"]
        totals = dict.fromkeys(names, 200)
        response: httpx.Response = portal.batch(dict.fromkeys(names, rows), [], result_total=totals)
        return response

    portal.script = [deaf]
    with pytest.raises(CrmRejected, match="Битрикс24 не принял"):
        await read(client)


async def test_rows_without_ids_are_not_trusted(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.batch({"head": [{"TITLE": "x"}] * 50, "tail": [{"TITLE": "x"}]}, [])]
    with pytest.raises(CrmRejected):
        await anext(row async for row in client.iterate("crm.lead.list") if "ID" in row)


async def test_a_failed_window_ends_the_read_with_its_error(client: CrmClient, portal: Any) -> None:
    rows = ListPortal(portal, set(range(1, 201)))
    portal.script = [rows.answer, portal.refused(401, "INVALID_CREDENTIALS")]
    reading = client.iterate("crm.lead.list")
    seen = [int((await anext(reading))["ID"]) for _ in range(PAGE)]
    assert seen == list(range(1, 51))
    with pytest.raises(CrmForbidden):
        await anext(reading)


async def test_a_background_read_stops_at_the_reserve(client: CrmClient, portal: Any, clock: BusinessClock) -> None:
    ListPortal(portal, set(range(1, 101)))
    for _ in range(20):
        await read(client)
    with pytest.raises(CrmError):
        await read(client)
    assert len(portal.requests) == 40


async def test_small_lists_are_read_page_by_page(client: CrmClient, portal: Any) -> None:
    portal.script = [
        portal.ok([{"ID": "1"}], total=3, next=50),
        portal.ok([{"ID": "2"}], total=3, next=100),
        portal.ok([{"ID": "3"}], total=3),
    ]
    rows = [row["ID"] async for row in client.pages("user.get", {"FILTER": {"ACTIVE": True}})]
    assert rows == ["1", "2", "3"]
    assert [body["start"] for body in portal.bodies] == [0, 50, 100]


async def test_a_next_page_that_does_not_advance_ends_the_read(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.ok([{"ID": "1"}], total=3, next=0)]
    assert len([row async for row in client.pages("user.get")]) == 1


def test_rows_are_found_under_any_name() -> None:
    row = {"ID": "1"}
    assert rows_of([row]) == [row]
    assert rows_of({"items": [row]}) == [row]
    assert rows_of({"tasks": []}) == []
    assert rows_of({"tasks": {"5": row}}) == [row]
    assert rows_of([]) == rows_of(None) == []


@given(after=st.integers(0, 10**6), span=st.integers(0, 10**5), rows=st.integers(-5, 10**5))
def test_windows_cover_everything_once(after: int, span: int, rows: int) -> None:
    windows = cut(after, after + span, rows)
    assert windows[0].after == after
    assert [window.upto for window in windows[:-1]] == [window.after for window in windows[1:]]
    assert windows[-1] == Window(after + span, None)
    assert all(window.upto is None or window.upto - window.after >= 1 for window in windows)


@given(st.sets(st.integers(1, 3_000), min_size=PAGE, max_size=PAGE), st.integers(3_000, 50_000))
def test_what_is_left_of_a_full_window_is_covered_once(ids: set[int], upto: int) -> None:
    seen = sorted(ids)
    windows = left_over(Window(0, upto), seen)
    edges = [seen[-1], *(window.upto for window in windows)]
    assert edges[-1] == upto
    assert [window.after for window in windows] == edges[:-1]


def test_nothing_is_left_of_a_window_that_gave_less_than_a_page() -> None:
    assert left_over(Window(0, 500), list(range(1, PAGE))) == []
    assert left_over(Window(0, PAGE), list(range(1, PAGE + 1))) == []
    assert left_over(Window(0, None), list(range(1, PAGE + 1))) == [Window(PAGE, None)]
