"""Single calls: the wire, its failures, pacing in virtual time, the renamed portal, and the secret."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.clock import BusinessClock
from bot.crm.client import CrmClient, Owner
from bot.crm.errors import (
    CrmAmbiguous,
    CrmError,
    CrmForbidden,
    CrmPaced,
    CrmRejected,
    CrmUnavailable,
)
from bot.crm.pace import Bucket
from bot.errors import SettingsError

SECOND = timedelta(seconds=1)
HTML = httpx.Response(502, html="<html><body>502 Bad Gateway</body></html>")


async def test_a_call_posts_json_to_the_webhook(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.ok({"item": {"id": 55}}, total=1)]
    assert await client.call("crm.item.get", {"entityTypeId": 1, "id": 55}) == {"item": {"id": 55}}
    request = portal.requests[0]
    assert request.method == "POST"
    assert str(request.url) == f"{portal.webhook}crm.item.get.json"
    assert portal.bodies == [{"entityTypeId": 1, "id": 55}]


@pytest.mark.parametrize("result", [None, [], False, 0, ""])
async def test_empty_results_are_results(client: CrmClient, portal: Any, result: object) -> None:
    portal.script = [portal.ok(result)]
    assert await client.call("tasks.task.get", {"taskId": 1}) == result


async def test_a_list_tells_total_and_next(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.ok([{"ID": "1"}], total=118, next=50)]
    result = await client.fetch("crm.lead.list")
    assert (result.total, result.next) == (118, 50)


async def test_a_refusal_keeps_the_portals_words(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.refused(400, "100", "Expected iterable value")]
    with pytest.raises(CrmRejected) as caught:
        await client.call("crm.item.update", {}, write=True)
    assert (caught.value.code, caught.value.description, caught.value.method) == (
        "100",
        "Expected iterable value",
        "crm.item.update",
    )
    assert len(portal.requests) == 1


async def test_an_error_with_status_200_is_an_error(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.refused(200, "", "Not found")]
    with pytest.raises(CrmRejected):
        await client.call("crm.lead.get", {"id": 1})


NOT_SENT = [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")]
SENT = [httpx.ReadError("x"), httpx.WriteError("x"), httpx.RemoteProtocolError("x"), httpx.ReadTimeout("x")]


@pytest.mark.parametrize("failure", NOT_SENT, ids=lambda failure: type(failure).__name__)
async def test_a_write_that_was_not_sent_is_unavailable_and_not_repeated(
    client: CrmClient, portal: Any, failure: Exception
) -> None:
    portal.script = [failure]
    with pytest.raises(CrmUnavailable):
        await client.call("crm.item.add", {}, write=True)
    assert len(portal.requests) == 1


@pytest.mark.parametrize("failure", SENT, ids=lambda failure: type(failure).__name__)
async def test_a_write_whose_answer_is_lost_is_ambiguous_and_not_repeated(
    client: CrmClient, portal: Any, failure: Exception
) -> None:
    portal.script = [failure, portal.ok(1)]
    with pytest.raises(CrmAmbiguous):
        await client.call("crm.item.add", {}, write=True)
    assert len(portal.requests) == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), *SENT[:3]], ids=lambda failure: type(failure).__name__)
async def test_a_read_is_repeated_once(client: CrmClient, portal: Any, failure: Exception) -> None:
    portal.script = [failure, portal.ok("fine")]
    assert await client.call("profile") == "fine"
    portal.script = [failure, failure, portal.ok("too late")]
    with pytest.raises(CrmUnavailable) as caught:
        await client.call("profile")
    assert caught.value.code == "CONNECTION"
    assert len(portal.requests) == 4


async def test_a_read_that_timed_out_is_not_repeated(client: CrmClient, portal: Any) -> None:
    portal.script = [httpx.ReadTimeout("x"), portal.ok("too late")]
    with pytest.raises(CrmUnavailable) as caught:
        await client.call("profile")
    assert caught.value.code == "TIMEOUT"
    assert len(portal.requests) == 1


@pytest.mark.parametrize(
    "page",
    [
        HTML,
        httpx.Response(200, html="<html>maintenance</html>"),
        httpx.Response(200, json=["not", "an", "object"]),
        httpx.Response(200, json={"neither": "result nor error"}),
        httpx.Response(500, json={"result": "of no value"}),
        httpx.Response(200, content=b'{"result": tru'),
        httpx.Response(200, content=b"\xff\xfe\x00"),
    ],
    ids=["502", "200-html", "list", "no-result", "500-with-result", "cut", "binary"],
)
async def test_what_is_no_answer_is_guarded(client: CrmClient, portal: Any, page: httpx.Response) -> None:
    portal.script = [page]
    with pytest.raises(CrmUnavailable):
        await client.call("profile")
    with pytest.raises(CrmAmbiguous):
        await client.call("crm.item.add", {}, write=True)


async def test_the_fifty_first_call_is_paced_without_a_request(
    client: CrmClient, portal: Any, clock: BusinessClock
) -> None:
    portal.script = [portal.ok(1)]
    for _ in range(50):
        await client.call("profile")
    with pytest.raises(CrmPaced) as caught:
        await client.call("profile")
    assert len(portal.requests) == 50
    clock.move_to(caught.value.retry_at)
    assert await client.call("profile") == 1


async def test_background_reads_leave_room_for_people(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.ok(1)]
    for _ in range(40):
        await client.call("profile", urgent=False)
    with pytest.raises(CrmPaced):
        await client.call("profile", urgent=False)
    assert await client.call("crm.item.add", {}, write=True) == 1


async def test_the_portals_own_limit_is_learned(client: CrmClient, portal: Any, clock: BusinessClock) -> None:
    portal.script = [portal.refused(503, "QUERY_LIMIT_EXCEEDED", "Too many requests"), portal.ok(1)]
    with pytest.raises(CrmPaced) as caught:
        await client.call("crm.item.add", {}, write=True)
    assert caught.value.retry_at == clock.now() + SECOND
    with pytest.raises(CrmPaced):
        await client.call("profile")
    assert len(portal.requests) == 1
    clock.move_to(caught.value.retry_at)
    assert await client.call("profile") == 1


async def test_a_proxy_that_limits_is_obeyed_for_a_second(client: CrmClient, portal: Any, clock: BusinessClock) -> None:
    portal.script = [httpx.Response(429, html="<html>slow down</html>"), portal.ok(1)]
    with pytest.raises(CrmPaced) as caught:
        await client.call("crm.item.add", {}, write=True)
    assert caught.value.retry_at == clock.now() + SECOND
    with pytest.raises(CrmPaced):
        await client.call("profile")
    assert len(portal.requests) == 1


async def test_a_blocked_method_cools_down_while_others_work(
    client: CrmClient, portal: Any, clock: BusinessClock
) -> None:
    reset_at = clock.now() + timedelta(minutes=4)
    timing = {"operating": 481.5, "operating_reset_at": int(reset_at.timestamp())}
    portal.script = [
        httpx.Response(200, json={"result": [], "time": timing}),
        portal.refused(429, "OPERATION_TIME_LIMIT"),
        portal.ok("other"),
        portal.ok("again"),
    ]
    await client.call("crm.item.list")
    with pytest.raises(CrmPaced) as caught:
        await client.call("crm.item.list")
    assert caught.value.retry_at == reset_at
    with pytest.raises(CrmPaced):
        await client.call("crm.item.list")
    assert await client.call("profile") == "other"
    assert len(portal.requests) == 3
    clock.move_to(reset_at)
    assert await client.call("crm.item.list") == "again"


async def test_an_overloaded_account_is_left_alone(client: CrmClient, portal: Any, clock: BusinessClock) -> None:
    portal.script = [portal.refused(503, "OVERLOAD_LIMIT"), portal.ok(1)]
    with pytest.raises(CrmUnavailable) as caught:
        await client.call("profile")
    with pytest.raises(CrmUnavailable):
        await client.call("crm.item.add", {}, write=True)
    assert len(portal.requests) == 1
    assert caught.value.retry_at == clock.now() + timedelta(minutes=15)
    assert caught.value.retry_at is not None
    clock.move_to(caught.value.retry_at)
    assert await client.call("profile") == 1


async def test_patience_waits_on_the_clock(portal: Any, clock: BusinessClock) -> None:
    portal.script = [portal.ok(1)]
    client = CrmClient(
        portal.webhook,
        clock,
        transport=httpx.MockTransport(portal.handle),
        bucket=Bucket(capacity=1, per_second=1.0, reserve=0),
    )
    await client.call("profile")
    with pytest.raises(CrmPaced):
        await client.call("profile", patience=SECOND / 2)
    waiting = asyncio.create_task(client.call("profile", patience=2 * SECOND))
    await asyncio.sleep(0)
    wake_at = clock.next_wake()
    assert wake_at is not None
    assert len(portal.requests) == 1
    clock.move_to(wake_at)
    assert await waiting == 1
    await client.aclose()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_renamed_portal_is_followed_and_remembered(client: CrmClient, portal: Any, status: int) -> None:
    moved = f"https://renamed.example/rest/1/{portal.secret}/crm.item.add.json"
    portal.script = [httpx.Response(status, headers={"Location": moved}), portal.ok(7)]
    assert await client.call("crm.item.add", {"entityTypeId": 2}, write=True) == 7
    assert await client.call("profile") == 7
    assert [request.url.host for request in portal.requests] == ["portal.example", "renamed.example", "renamed.example"]
    assert {request.method for request in portal.requests} == {"POST"}
    assert portal.bodies[1] == {"entityTypeId": 2}
    assert client.origin == "https://renamed.example/"


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "https://login.example/auth/",
        "http://renamed.example/rest/1/s3cretcode/crm.item.add.json",
        "https://portal.example/rest/1/s3cretcode/crm.item.add.json",
        "https://[bad",
    ],
)
async def test_other_redirects_are_not_followed(client: CrmClient, portal: Any, location: str | None) -> None:
    portal.script = [httpx.Response(302, headers={} if location is None else {"Location": location})]
    with pytest.raises(CrmUnavailable):
        await client.call("crm.item.add", {}, write=True)
    assert len(portal.requests) == 1
    assert client.origin == "https://portal.example/"


async def test_portals_that_redirect_in_circles_end(client: CrmClient, portal: Any) -> None:
    def bounce(request: httpx.Request) -> httpx.Response:
        other = "b.example" if request.url.host != "b.example" else "a.example"
        return httpx.Response(302, headers={"Location": str(request.url.copy_with(host=other))})

    portal.script = [bounce]
    with pytest.raises(CrmUnavailable):
        await client.call("profile")
    assert len(portal.requests) == 3


async def test_probe_tells_the_owner(client: CrmClient, portal: Any) -> None:
    portal.script = [portal.ok({"ID": "1", "ADMIN": True, "NAME": "Алла", "LAST_NAME": "Админова"})]
    assert await client.probe() == Owner(1, True, "Алла Админова")
    portal.script = [portal.ok({"ID": "7", "ADMIN": False, "NAME": "Иван", "LAST_NAME": ""})]
    assert await client.probe() == Owner(7, False, "Иван")
    portal.script = [portal.refused(401, "INVALID_CREDENTIALS", "Invalid request credentials")]
    with pytest.raises(CrmForbidden):
        await client.probe()


async def test_the_secret_stays_inside(client: CrmClient, portal: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failures = [
        httpx.ConnectError(f"no route to {portal.webhook}"),
        httpx.ReadTimeout(f"slow {portal.webhook}"),
        portal.refused(401, "INVALID_CREDENTIALS"),
        httpx.Response(404, html="<html>no</html>"),
        httpx.Response(302, headers={"Location": f"https://new.example/rest/1/{portal.secret}/profile.json"}),
        HTML,
    ]
    portal.script = [portal.ok(1)]
    await client.call("profile")
    seen = [repr(client), repr(client._caller._wire), client.origin]
    for failure in failures:
        portal.script = [failure]
        try:
            await client.call("profile")
        except CrmError as error:
            seen += [str(error), repr(error), error.description, "".join(traceback.format_exception(error))]
    assert len(seen) == 3 + 4 * len(failures)
    assert any("new.example" in record.getMessage() for record in caplog.records)
    assert portal.secret not in "".join(seen) + caplog.text


@pytest.mark.parametrize(
    "address",
    ["", "portal.example/rest/1/abc/", "ftp://portal.example/rest/1/abc/", "https://portal.example/", "https://[x"],
)
async def test_a_wrong_address_is_named_without_being_shown(clock: BusinessClock, address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        CrmClient(address, clock)
    assert "BITRIX24_WEBHOOK_URL" in str(caught.value)
    assert "abc" not in str(caught.value)


async def test_the_address_may_lack_its_last_slash(portal: Any, clock: BusinessClock) -> None:
    portal.script = [portal.ok(1)]
    client = CrmClient(portal.webhook.rstrip("/"), clock, transport=httpx.MockTransport(portal.handle))
    await client.call("profile")
    assert str(portal.requests[0].url) == f"{portal.webhook}profile.json"
    await client.aclose()
