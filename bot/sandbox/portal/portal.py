"""The portal as a whole: methods behind one door, with its limits, faults, journal and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.clock import Clock
from bot.sandbox.portal import gate
from bot.sandbox.portal.activities import Activities
from bot.sandbox.portal.batch import Command, read_commands, run_batch
from bot.sandbox.portal.board import NO_TERMS, Terms, board, user_name
from bot.sandbox.portal.bucket import LeakyBucket
from bot.sandbox.portal.calls import Answer, Call, Method, as_list
from bot.sandbox.portal.comments import Comments
from bot.sandbox.portal.crm_classic import CrmClassic
from bot.sandbox.portal.crm_items import CrmItems
from bot.sandbox.portal.departments import Departments
from bot.sandbox.portal.dictionaries import Dictionaries
from bot.sandbox.portal.documents import Documents
from bot.sandbox.portal.duplicates import Duplicates
from bot.sandbox.portal.errors import (
    RestError,
    bad_value,
    insufficient_scope,
    no_auth,
    task_rule,
    too_many_requests,
    unknown_method,
    wrong_credentials,
)
from bot.sandbox.portal.events import EventSender
from bot.sandbox.portal.neighbours import FaultPlan, FaultsLike, JournalLike, brief, brief_batch
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.seed import PortalSeed, load_seed
from bot.sandbox.portal.story import plant
from bot.sandbox.portal.tasks import Tasks
from bot.sandbox.portal.uploads import content_of
from bot.sandbox.portal.userfields import UserFields
from bot.sandbox.portal.users import Users, scope_of
from bot.sandbox.store import Store

_TARGET = "bitrix24"
_SLOW = timedelta(seconds=5)


class Portal:
    """A Bitrix24-compatible portal over HTTP.

    Args:
        store: where everything is kept; an empty one is planted with `seed`.
        clock: all dates, terms and the rate limit follow it.
        faults: asked once for each request and each command of a batch.
        journal: told of each request and each command of a batch.
        seed: the first content; None means that the store has it, or a bare portal with one admin.
        base_url: the portal's own address, without a trailing slash.
        code: the word that opens every user's webhook.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        faults: FaultsLike,
        journal: JournalLike,
        seed: PortalSeed | None,
        base_url: Callable[[], str],
        code: str = "sandbox",
    ) -> None:
        self.on_change: Callable[[], None] | None = None
        self._store = store
        self._clock = clock
        self._faults = faults
        self._journal = journal
        self._code = code
        self._withheld: frozenset[str] = frozenset()
        self._bucket = LeakyBucket()
        self._events = EventSender(clock, base_url)
        self._records, self._attempts_field = _open(store, seed, clock.now())
        rooms = (
            CrmItems(self._records, base_url),
            CrmClassic(self._records),
            Tasks(self._records),
            Comments(self._records),
            Activities(self._records),
            Dictionaries(self._records),
            UserFields(self._records),
            Duplicates(self._records),
            Users(self._records),
            Departments(self._records),
        )
        self._methods: dict[str, Method] = {}
        for room in rooms:
            self._methods |= room.methods()

    def routes(self) -> list[web.RouteDef]:
        """The portal's addresses, for a web application."""
        routes = []
        for verb in (web.get, web.post):
            routes += [
                verb("/rest/crm.controller.item.getFile.json", self._file),
                verb(r"/rest/{user:\d+}/{code}/{method:.*}", self._serve),
                verb("/rest/{method:.*}", self._closed),
            ]
        return routes

    def set_event_handler(self, url: str | None, token: str) -> None:
        """Post events to `url` with this application token from now on; None posts none."""
        self._events.set_handler(url, token)

    def withhold(self, *scopes: str) -> None:
        """From now on the webhook has every right (scope) but these."""
        self._withheld = frozenset(scopes)

    async def delivered(self) -> None:
        """Return when no event post is under way."""
        await self._events.delivered()

    def board(self, terms: Terms = NO_TERMS) -> dict[str, object]:
        """The CRM board for the page."""
        return board(self._records, self._attempts_field, terms)

    def users(self) -> list[dict[str, object]]:
        """The people of the portal: id, name, role, phone, department, active."""
        names = {doc["ID"]: doc["NAME"] for doc in self._records.departments}
        return [
            {
                "id": doc["ID"],
                "name": user_name(self._records, doc["ID"]),
                "role": doc["_ROLE"],
                "phone": doc["PERSONAL_MOBILE"],
                "department": next((names[key] for key in as_list(doc["UF_DEPARTMENT"]) if key in names), ""),
                "active": doc["ACTIVE"],
            }
            for doc in self._records.users
        ]

    async def _closed(self, request: web.Request) -> web.Response:
        segments = request.match_info["method"].strip("/").split("/")
        error = wrong_credentials() if len(segments) > 1 else no_auth()
        return gate.respond(error.status, error.body())

    async def _file(self, request: web.Request) -> web.Response:
        key, token = request.query.get("fileId", ""), request.query.get("token", "")
        found = content_of(self._records, int(key), token) if key.isdigit() else None
        if found is None:
            error = RestError(404, "ERROR_NOT_FOUND", "File not found")
            return gate.respond(error.status, error.body())
        disposition = {"Content-Disposition": "attachment"}
        return web.Response(body=found[1], content_type="application/octet-stream", headers=disposition)

    async def _serve(self, request: web.Request) -> web.Response:
        name = gate.method_name(request.match_info["method"])
        where = request.match_info
        try:
            call = gate.caller_of(self._records, where["user"], where["code"], self._code, self._clock.now())
            params = await gate.read_params(request)
        except RestError as error:
            return gate.respond(error.status, error.body())
        commands = read_commands(params) if name.lower() == "batch" else []
        plan = self._foresee(name, commands)
        if "down" in plan.modes:
            self._note(name, params, {"fault": "down"}, call)
            return _drop(request)
        if "slow" in plan.modes:
            await self._clock.sleep_until(self._clock.now() + _SLOW)
            call = gate.caller_of(self._records, where["user"], where["code"], self._code, self._clock.now())
        if "rate_limit" in plan.modes or not self._bucket.admits(self._clock.now()):
            refusal = too_many_requests()
            self._note(name, params, refusal.body(), call)
            return gate.respond(refusal.status, refusal.body())
        status, body = self._commit(name, gate.with_params(call, params), commands, plan)
        return _drop(request) if "ambiguous" in plan.modes else gate.respond(status, body)

    def _foresee(self, name: str, commands: list[Command]) -> FaultPlan:
        """Ask the faults once for the request and once for each command.

        A fault of all methods loses a whole batch by the batch's own dice; only one that names a command's method and
        not `batch` loses it for that command's sake. A rejection concerns its command alone; of `batch` it concerns
        every command, because no portal refuses a whole batch for its values.
        """
        plan = FaultPlan()
        fault = self._faults.check(_TARGET, name)
        refused = fault is not None and fault.mode == "reject"
        if fault is not None and not (commands and refused):
            plan.modes.add(fault.mode)
        general = bool(commands) and self._faults.touches(_TARGET, "batch")
        for command in commands:
            hit = self._faults.check(_TARGET, command.method)
            if hit is None:
                if refused and not self._faults.touches(_TARGET, command.method):
                    plan.rejected.add(command.key)
            elif hit.mode == "reject":
                plan.rejected.add(command.key)
            elif not general:
                plan.modes.add(hit.mode)
        return plan

    def _commit(self, name: str, call: Call, commands: list[Command], plan: FaultPlan) -> tuple[int, dict[str, object]]:
        """Execute a request in one transaction, journal included, then let its events go."""
        before = self._records.version
        lost = "ambiguous" in plan.modes
        status = 200
        with self._store.transaction():
            start = self._clock.now()
            try:
                if "reject" in plan.modes:
                    raise _rejection(name)
                if name.lower() == "batch":
                    answer = Answer(self._batch(call, commands, plan, start))
                else:
                    answer = self._one(name, call)
                body = gate.envelope(answer, gate.time_block(start, self._clock.now(), call.portal_zone))
                result = brief(body) if not commands else brief_batch(body)
            except RestError as error:
                status, body = error.status, error.body()
                result = dict(body)
            self._note(name, call.params, result | {"answer_lost": True} if lost else result, call)
        events, self._records.events = self._records.events, []
        self._events.send(events)
        if self.on_change is not None and self._records.version != before:
            self.on_change()
        return status, body

    def _batch(self, call: Call, commands: list[Command], plan: FaultPlan, start: datetime) -> dict[str, object]:
        def run(key: str, method: str, params: dict[str, object]) -> Answer:
            command = gate.with_params(call, params)
            try:
                if key in plan.rejected:
                    raise _rejection(method)
                answer = self._one(method, command)
            except RestError as error:
                self._note(method, params, error.body(), call)
                raise
            self._note(method, params, brief({"result": answer.result}), call)
            return answer

        def block() -> dict[str, object]:
            return gate.time_block(start, self._clock.now(), call.portal_zone)

        return run_batch(commands, halt=call.get("halt"), run=run, time_block=block)

    def _one(self, name: str, call: Call) -> Answer:
        method = self._methods.get(name.lower())
        if method is None:
            raise unknown_method()
        if scope_of(name) in self._withheld:
            raise insufficient_scope()
        noted = len(self._records.events)
        try:
            with self._store.transaction():
                return method(call)
        except BaseException:
            del self._records.events[noted:]
            raise

    def _note(self, method: str, params: Mapping[str, object], result: object, call: Call) -> None:
        self._journal.record(_TARGET, method, params, result, call.now, str(call.user_id))


def _open(store: Store, seed: PortalSeed | None, now: datetime) -> tuple[Records, str]:
    """The portal's records, planted when the store is empty."""
    if seed is None:
        seed = load_seed("bare", now)
    records = Records(store, ZoneInfo("UTC"))
    settings = Documents(store, "setting")
    if settings.get(1) is None:
        records.zone = seed.zone
        with store.transaction():
            plant(records, seed)
            settings.put(1, {"zone": str(seed.data["zone"]), "attempts_field": seed.attempts_field})
    kept = settings.get(1) or {}
    records.zone = ZoneInfo(str(kept["zone"]))
    return records, str(kept["attempts_field"])


def _rejection(method: str) -> RestError:
    if method.lower().startswith("tasks."):
        return task_rule("The task was refused by a rule of the portal")
    return bad_value("title")


def _drop(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
