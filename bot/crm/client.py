"""The Bitrix24 client: single calls, batches with one outcome per command, full reads that miss nothing.

It obeys the portal's limits before the portal has to remind us, sorts every failure into `bot.crm.errors`, and never
sleeps unless the caller grants it `patience`: callers are ticks that come back at the error's `retry_at`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from bot.clock import Clock
from bot.crm import answers, reading
from bot.crm.caller import Caller
from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_dict, as_flag, as_int, query
from bot.crm.errors import CrmAmbiguous, CrmError, CrmPaced, CrmSkipped
from bot.crm.pace import Bucket
from bot.crm.wire import TIMEOUT, Wire

BATCH = 50
"""Commands that one batch request takes."""
NO_PATIENCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whose rights the webhook has."""

    user_id: int
    admin: bool
    name: str


class CrmClient:
    """One portal through one incoming webhook.

    Args:
        webhook_url: `https://portal/rest/<user>/<secret>/`; the secret never leaves the client.
        clock: the time that limits are counted in.
        transport: another way out than the network, for tests.
        timeout: limits of one HTTP request.
        bucket: the portal's limit, if its plan differs from the ordinary one.

    Raises:
        SettingsError: the address does not look like an incoming webhook.
    """

    def __init__(
        self,
        webhook_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        bucket: Bucket | None = None,
    ) -> None:
        self._caller = Caller(Wire(webhook_url, transport=transport, timeout=timeout), clock, bucket or Bucket())

    @property
    def origin(self) -> str:
        """Where the portal is now, without the secret; differs from the settings once the portal was renamed."""
        return self._caller.origin

    def __repr__(self) -> str:
        return f"CrmClient({self.origin})"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._caller.aclose()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        write: bool = False,
        urgent: bool = True,
        patience: timedelta = NO_PATIENCE,
    ) -> Any:
        """Call one method and return its result.

        Args:
            method: the REST method, in the documented spelling.
            params: its parameters; moments must be aware.
            write: whether it changes the portal; a write is never repeated here.
            urgent: False for background reads, which leave the bucket's reserve alone.
            patience: how long to wait on the clock when there is no room; by default not at all.

        Raises:
            CrmError: one of its kinds; see `bot.crm.errors`.
        """
        result = await self.fetch(method, params, write=write, urgent=urgent, patience=patience)
        return result.value

    async def fetch(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        write: bool = False,
        urgent: bool = True,
        patience: timedelta = NO_PATIENCE,
    ) -> Result:
        """Like `call`, with the list's total and the start of its next page."""
        body = await self._caller.send(method, params or {}, write=write, urgent=urgent, patience=patience)
        return Result(body["result"], as_int(body.get("total")), as_int(body.get("next")))

    async def batch(
        self,
        commands: Mapping[str, Command],
        *,
        halt: bool = False,
        urgent: bool = True,
        patience: timedelta = NO_PATIENCE,
    ) -> dict[str, Outcome]:
        """Run many commands in few requests, 50 in each, and tell the outcome of every one of them.

        The commands of one request run one after another; requests run side by side, so that commands whose order
        matters must be no more than 50 together.

        Args:
            commands: by keys of the caller's choice, which must not be numbers (PHP would renumber the answer).
            halt: stop at the first failure; the commands after it come back as `CrmSkipped`.
            urgent: False for background reads.
            patience: how long to wait on the clock when there is no room.

        Returns:
            For every key a `Result` or the `CrmError` of that command; a request that failed as a whole gives its
            error to each of its commands. Nothing is raised for the portal's failures.

        Raises:
            ValueError: a numeric or bracketed key, a nested batch, or more than 50 commands with `halt`.
        """
        _check(commands, halt=halt)
        outcomes: dict[str, Outcome] = dict(self._closed(commands, halt=halt))
        keys = [key for key in commands if key not in outcomes]
        requests = [
            self._batch({key: commands[key] for key in keys[start : start + BATCH]}, halt, urgent, patience)
            for start in range(0, len(keys), BATCH)
        ]
        for part in await asyncio.gather(*requests):
            outcomes.update(part)
        return {key: outcomes[key] for key in commands}

    def iterate(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
        patience: timedelta = NO_PATIENCE,
    ) -> AsyncIterator[dict[str, Any]]:
        """Every row of a list method with an id filter (crm.*.list, tasks.task.list), each once; see `reading.every`.

        Raises:
            CrmError: a window could not be read; begin anew later.
        """
        return reading.every(self, method, params or {}, urgent=urgent, patience=patience)

    def pages(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
        patience: timedelta = NO_PATIENCE,
    ) -> AsyncIterator[dict[str, Any]]:
        """Every row of a small, quiet list (dictionaries, users), page after page by offset.

        Raises:
            CrmError: a page could not be read.
        """
        return reading.by_offset(self, method, params or {}, urgent=urgent, patience=patience)

    async def download(self, address: str) -> bytes | None:
        """The bytes of a file at the address that a record gives (`urlMachine`); None: it does not open.

        Raises:
            CrmUnavailable: the portal does not answer.
        """
        return await self._caller.download(address)

    async def probe(self) -> Owner:
        """Ask who the webhook acts for: the cheapest proof that it is alive.

        Raises:
            CrmForbidden: it is not.
            CrmUnavailable: the portal does not answer.
        """
        profile = as_dict(await self.call("profile"))
        name = " ".join(str(profile[part]) for part in ("NAME", "LAST_NAME") if profile.get(part))
        return Owner(as_int(profile.get("ID")) or 0, as_flag(profile.get("ADMIN")), name)

    def _closed(self, commands: Mapping[str, Command], *, halt: bool) -> dict[str, CrmPaced]:
        """The commands that are not worth sending, because the portal has closed their methods for a while."""
        untils = {key: self._caller.closed_until(command.method) for key, command in commands.items()}
        closed = {key: until for key, until in untils.items() if until is not None}
        if closed and halt:
            closed = dict.fromkeys(commands, max(closed.values()))
        return {key: CrmPaced(until, answers.TOO_LONG, method=commands[key].method) for key, until in closed.items()}

    async def _batch(
        self, commands: Mapping[str, Command], halt: bool, urgent: bool, patience: timedelta
    ) -> dict[str, Outcome]:
        payload = {
            "halt": int(halt),
            "cmd": {key: f"{command.method}?{query(command.params)}" for key, command in commands.items()},
        }
        write = any(command.write for command in commands.values())
        try:
            body = await self._caller.send("batch", payload, write=write, urgent=urgent, patience=patience)
            answer = as_dict(body["result"])
            sections = {name: as_dict(answer.get(name)) for name in _SECTIONS}
        except CrmError as error:
            return {key: _own(error, command) for key, command in commands.items()}
        except ValueError:
            misshapen = CrmAmbiguous("BATCH", "the answer has another shape", method="batch")
            return {key: _own(misshapen, command) for key, command in commands.items()}
        outcomes: dict[str, Outcome] = {}
        halted = False
        for key, command in commands.items():
            outcomes[key] = self._outcome(key, command, sections, halted=halted)
            halted = halted or (halt and key in sections["result_error"])
        return outcomes

    def _outcome(
        self, key: str, command: Command, sections: Mapping[str, Mapping[str, Any]], *, halted: bool
    ) -> Outcome:
        method = command.method
        if key in sections["result_error"]:
            said = sections["result_error"][key]
            body = said if isinstance(said, dict) else {"error": "", "error_description": str(said)}
            return self._caller.error(None, body, method, command.write)
        if key in sections["result"]:
            self._caller.note(method, sections["result_time"].get(key))
            total, after = sections["result_total"].get(key), sections["result_next"].get(key)
            return Result(sections["result"][key], as_int(total), as_int(after))
        if halted:
            return CrmSkipped("HALTED", method=method)
        return answers.lost_answer("NO_OUTCOME", "the batch is silent on it", method=method, write=command.write)


_SECTIONS = ("result", "result_error", "result_total", "result_next", "result_time")


def _check(commands: Mapping[str, Command], *, halt: bool) -> None:
    if halt and len(commands) > BATCH:
        raise ValueError(f"a halting batch takes at most {BATCH} commands")
    for key, command in commands.items():
        if not key or key.lstrip("-").isdigit() or any(mark in key for mark in "[]&="):
            raise ValueError(f"batch key {key!r} would not survive PHP")
        if command.method.casefold() == "batch":
            raise ValueError("the portal does not run a batch inside a batch")


def _own(error: CrmError, command: Command) -> CrmError:
    """The error of a whole request as the error of one of its commands: a read is never ambiguous."""
    if isinstance(error, CrmAmbiguous):
        return answers.lost_answer(error.code, error.description, method=command.method, write=command.write)
    return error
