"""One request to the portal: given room by the limits, sent, repeated where that is harmless, its answer sorted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.crm import answers
from bot.crm.encode import jsonable
from bot.crm.errors import CrmError, CrmPaced, CrmUnavailable
from bot.crm.pace import Bucket, Cooling
from bot.crm.wire import Reply, Wire, WireBroken


class Caller:
    """The way every request takes, single or batch.

    Args:
        wire: the connection.
        clock: the time that limits are counted in.
        bucket: the portal's limit of requests.
    """

    def __init__(self, wire: Wire, clock: Clock, bucket: Bucket) -> None:
        self._wire = wire
        self._clock = clock
        self._bucket = bucket
        self._cooling = Cooling()

    @property
    def origin(self) -> str:
        """Where the portal is now, without the secret."""
        return self._wire.origin

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    def closed_until(self, method: str) -> datetime | None:
        """When a method that the portal has closed for a while opens again; None if it is open."""
        return self._cooling.until(method, self._clock.now())

    def note(self, method: str, timing: object) -> None:
        """Remember what an answer's `time` says about the method's working time."""
        self._cooling.note(method, timing)

    async def send(
        self, method: str, params: Mapping[str, Any], *, write: bool, urgent: bool, patience: timedelta
    ) -> Mapping[str, Any]:
        """Send one request and return the portal's JSON, which holds a `result`.

        A read whose connection broke is repeated once, a write never. A request that was not executed for lack of
        room is repeated as long as the caller's patience lasts.

        Raises:
            CrmError: it did not succeed.
        """
        give_up = self._clock.now() + patience
        payload = jsonable(params)
        repeated = write
        while True:
            try:
                self._take(method, urgent)
                reply = await self._wire.post(method, payload)
                return self._body(reply, method, write)
            except CrmPaced as paced:
                if paced.retry_at > give_up:
                    raise
                await self._clock.sleep_until(paced.retry_at)
            except WireBroken as broken:
                if repeated or broken.slow:
                    raise _lost(broken, method, write) from None
                repeated = True

    async def download(self, address: str) -> bytes | None:
        """The bytes at an address that the portal has given; None: it does not give them out.

        Raises:
            CrmUnavailable: no answer, or the portal is in trouble.
        """
        try:
            status, data = await self._wire.get(address)
        except WireBroken as broken:
            raise _lost(broken, "download", write=False) from None
        if status >= 500 or status == 429:
            raise CrmUnavailable(f"HTTP_{status}", method="download")
        return data if status == 200 else None

    def _take(self, method: str, urgent: bool) -> None:
        now = self._clock.now()
        if (until := self._cooling.closed_until(now)) is not None:
            raise CrmUnavailable(answers.OVERLOAD, method=method, retry_at=until)
        come_back = self._cooling.until(method, now) or self._bucket.take(now, urgent)
        if come_back is not None:
            raise CrmPaced(come_back, method=method)

    def _body(self, reply: Reply, method: str, write: bool) -> Mapping[str, Any]:
        """The answer's JSON if the method succeeded.

        Raises:
            CrmError: it did not.
        """
        if reply.body is None:
            now = self._clock.now()
            retry_at = self._bucket.overflow(now) if reply.status == 429 else now
            raise answers.error_of_page(reply.status, method=method, write=write, retry_at=retry_at)
        if "error" in reply.body or reply.status >= 400:
            raise self.error(reply.status, reply.body, method, write)
        if "result" not in reply.body:
            raise answers.lost_answer(f"HTTP_{reply.status}", "no result in the answer", method=method, write=write)
        self._cooling.note(method, reply.body.get("time"))
        return reply.body

    def error(self, status: int | None, body: Mapping[str, Any], method: str, write: bool) -> CrmError:
        """Sort a refusal of a request (or of a batch's command: status None) and obey the limit that it tells of."""
        now = self._clock.now()
        code = str(body.get("error", "")).upper()
        retry_at = now
        if code == answers.TOO_LONG:
            self._cooling.note(method, body.get("time"))
            retry_at = self._cooling.start(method, now)
        elif code == answers.TOO_MANY or status == 429:
            retry_at = self._bucket.overflow(now)
        elif code == answers.OVERLOAD:
            self._cooling.close(now + answers.OVERLOAD_PAUSE)
        return answers.error_of(status, body, method=method, write=write, now=now, retry_at=retry_at)


def _lost(broken: WireBroken, method: str, write: bool) -> CrmError:
    code = "TIMEOUT" if broken.slow else "CONNECTION"
    return answers.lost_answer(code, broken.reason, method=method, write=write and broken.reached)
