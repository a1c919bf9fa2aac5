"""Batches: one outcome per command, whatever happens to the request."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.clock import BusinessClock
from bot.crm.client import CrmClient
from bot.crm.commands import Command, Result
from bot.crm.errors import (
    CrmAmbiguous,
    CrmForbidden,
    CrmPaced,
    CrmRejected,
    CrmSkipped,
    CrmUnavailable,
)

READ = Command("crm.item.get", {"entityTypeId": 1, "id": 5})
WRITE = Command("crm.item.update", {"entityTypeId": 1, "id": 5, "fields": {"title": "A & B"}}, write=True)


async def test_the_request_is_php_style(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.batch({"lead": {}, "save": {}}, [])]
    await client.batch({"lead": READ, "save": WRITE}, halt=True)
    assert portal.methods == ["batch"]
    assert portal.bodies == [
        {
            "halt": 1,
            "cmd": {
                "lead": "crm.item.get?entityTypeId=1&id=5",
                "save": "crm.item.update?entityTypeId=1&id=5&fields[title]=A%20%26%20B",
            },
        }
    ]


async def test_each_command_has_its_own_outcome(client: CrmClient, portal: Any) -> None:
    portal.script = [
        portal.batch(
            {"good": [], "list": [{"ID": "1"}], "null": None},
            {"bad": {"error": "100", "error_description": "no id"}, "late": {"error": "QUERY_LIMIT_EXCEEDED"}},
            result_total={"list": 118},
            result_next={"list": 50},
        )
    ]
    outcomes = await client.batch(dict.fromkeys(("bad", "good", "list", "null", "late"), READ))
    assert list(outcomes) == ["bad", "good", "list", "null", "late"]
    assert outcomes["good"] == Result([])
    assert outcomes["list"] == Result([{"ID": "1"}], 118, 50)
    assert outcomes["null"] == Result(None)
    assert isinstance(outcomes["bad"], CrmRejected)
    assert (outcomes["bad"].code, outcomes["bad"].method) == ("100", "crm.item.get")
    assert isinstance(outcomes["late"], CrmPaced)


async def test_a_failing_batch_may_have_a_list_for_its_results(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.batch([], {"a": {"error": "", "error_description": "Not found"}})]
    outcomes = await client.batch({"a": READ})
    assert isinstance(outcomes["a"], CrmRejected)
    portal.script = [portal.batch({"a": 1}, [])]
    assert await client.batch({"a": READ}) == {"a": Result(1)}


async def test_renumbered_sections_are_not_taken_for_somebody_elses(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.batch([{"id": 1}], [{"error": "0"}])]
    outcomes = await client.batch({"a": READ, "b": WRITE})
    assert isinstance(outcomes["a"], CrmUnavailable)
    assert isinstance(outcomes["b"], CrmAmbiguous)


@pytest.mark.parametrize("odd", ["text", 7, {"result": "text"}])
async def test_an_answer_of_another_shape_is_ambiguous_for_writes(client: CrmClient, portal: Any, odd: object) -> None:
    portal.script = [portal.ok(odd)]
    outcomes = await client.batch({"r": READ, "w": WRITE})
    assert isinstance(outcomes["r"], CrmUnavailable)
    assert isinstance(outcomes["w"], CrmAmbiguous)


async def test_a_halted_batch_skips_the_rest(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.batch({"one": 1}, {"two": {"error": "NOT_FOUND", "error_description": ""}})]
    outcomes = await client.batch({"one": WRITE, "two": WRITE, "three": WRITE}, halt=True)
    assert outcomes["one"] == Result(1)
    assert isinstance(outcomes["two"], CrmRejected)
    assert isinstance(outcomes["three"], CrmSkipped)


async def test_silence_about_a_write_is_ambiguous(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.batch([], {"one": {"error": "100", "error_description": ""}})]
    outcomes = await client.batch({"one": WRITE, "two": WRITE})
    assert isinstance(outcomes["two"], CrmAmbiguous)
    portal.script = [portal.batch({"one": 1}, [])]
    for halt in (False, True):
        outcomes = await client.batch({"one": WRITE, "two": WRITE, "three": READ}, halt=halt)
        assert isinstance(outcomes["two"], CrmAmbiguous)
        assert isinstance(outcomes["three"], CrmUnavailable)


def echo(portal: Any) -> Any:
    """Answers each command with its own key."""

    def answer(request: httpx.Request) -> httpx.Response:
        response: httpx.Response = portal.batch({key: key for key in json.loads(request.content)["cmd"]}, [])
        return response

    return answer


async def test_fifty_one_commands_are_two_requests(client: CrmClient, portal: Any) -> None:
    portal.script = [echo(portal)]
    commands = {f"k{number}": READ for number in range(51)}
    outcomes = await client.batch(commands)
    assert sorted(len(body["cmd"]) for body in portal.bodies) == [1, 50]
    assert list(outcomes) == list(commands)
    assert all(outcome == Result(key) for key, outcome in outcomes.items())


async def test_two_hundred_answers_are_four_requests(client: CrmClient, portal: Any) -> None:
    portal.script = [echo(portal)]
    await client.batch({f"k{number}": WRITE for number in range(200)})
    assert len(portal.requests) == 4


async def test_no_commands_are_no_request(client: CrmClient, portal: Any) -> None:
    assert await client.batch({}) == {}
    assert portal.requests == []


async def test_one_lost_request_leaves_the_others_outcomes(client: CrmClient, portal: Any) -> None:
    portal.script = [echo(portal), httpx.ReadError("gone")]
    outcomes = await client.batch({f"k{number}": WRITE for number in range(60)})
    kinds = [type(outcome) for outcome in outcomes.values()]
    assert sorted({kinds.count(Result), kinds.count(CrmAmbiguous)}) == [10, 50]


async def test_a_lost_answer_is_ambiguous_only_for_writes(client: CrmClient, portal: Any) -> None:
    portal.script = [httpx.ReadTimeout("slow")]
    outcomes = await client.batch({"r": READ, "w": WRITE})
    assert isinstance(outcomes["r"], CrmUnavailable)
    assert isinstance(outcomes["w"], CrmAmbiguous)
    assert outcomes["w"].method == "crm.item.update"
    assert len(portal.requests) == 1


async def test_a_batch_of_reads_is_repeated_once(client: CrmClient, portal: Any) -> None:
    portal.script = [httpx.ReadError("gone"), portal.batch({"a": 1}, [])]
    assert await client.batch({"a": READ}) == {"a": Result(1)}
    assert len(portal.requests) == 2


async def test_a_dead_webhook_is_told_for_each_command(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.refused(401, "INVALID_CREDENTIALS")]
    outcomes = await client.batch({"r": READ, "w": WRITE})
    assert all(isinstance(outcome, CrmForbidden) for outcome in outcomes.values())


async def test_an_empty_bucket_paces_every_command(client: CrmClient, portal: Any, clock: BusinessClock) -> None:
    portal.script = [portal.refused(503, "QUERY_LIMIT_EXCEEDED")]
    outcomes = await client.batch({"r": READ, "w": WRITE})
    assert [type(outcome) for outcome in outcomes.values()] == [CrmPaced, CrmPaced]
    outcomes = await client.batch({"r": READ, "w": WRITE})
    assert [type(outcome) for outcome in outcomes.values()] == [CrmPaced, CrmPaced]
    assert len(portal.requests) == 1


async def test_a_method_blocked_inside_a_batch_is_not_sent_again(
    client: CrmClient, portal: Any, clock: BusinessClock
) -> None:
    reset_at = clock.now() + timedelta(minutes=3)
    timing = {"operating": 480, "operating_reset_at": int(reset_at.timestamp())}
    portal.script = [
        portal.batch({"r": {}}, [], result_time={"r": timing}),
        portal.batch([], {"r": {"error": "OPERATION_TIME_LIMIT", "error_description": "blocked"}}),
        portal.batch({"w": 1}, []),
    ]
    await client.batch({"r": READ})
    outcomes = await client.batch({"r": READ})
    assert isinstance(outcomes["r"], CrmPaced)
    assert outcomes["r"].retry_at == reset_at
    outcomes = await client.batch({"r": READ, "w": WRITE})
    assert isinstance(outcomes["r"], CrmPaced)
    assert outcomes["w"] == Result(1)
    assert list(portal.bodies[2]["cmd"]) == ["w"]
    halting = await client.batch({"r": READ, "w": WRITE}, halt=True)
    assert [type(outcome) for outcome in halting.values()] == [CrmPaced, CrmPaced]
    assert len(portal.requests) == 3


@pytest.mark.parametrize("key", ["", "0", "17", "-3", "a[b]", "a&b"])
async def test_keys_that_php_would_change_are_refused(client: CrmClient, key: str) -> None:
    with pytest.raises(ValueError, match="batch key"):
        await client.batch({key: READ})


async def test_what_the_portal_never_runs_is_refused(client: CrmClient) -> None:
    with pytest.raises(ValueError, match="inside a batch"):
        await client.batch({"a": Command("Batch")})
    with pytest.raises(ValueError, match="halting"):
        await client.batch({f"k{number}": READ for number in range(51)}, halt=True)
