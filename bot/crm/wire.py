"""HTTP to the portal: the address with its secret, one POST at a time, redirects of a renamed portal.

This is the only place that knows the webhook's secret. It hands out answers, never requests, and its errors are
raised without their httpx origin, because httpx errors carry the full address.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from bot.errors import SettingsError

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(connect=5.0, read=65.0, write=15.0, pool=None)
"""Seconds; the portal itself gives up on a request after 60."""
CONNECTIONS = 10
_REDIRECTS = (301, 302, 307, 308)
_HOPS = 2
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the HTTP status, and the JSON object or None when it was something else."""

    status: int
    body: Mapping[str, Any] | None


class WireBroken(Exception):
    """No answer came.

    Args:
        reached: whether the portal may have received the request.
        slow: whether the wait was given up; False when the connection broke.
        reason: the kind of failure, without addresses.
    """

    def __init__(self, *, reached: bool, slow: bool, reason: str) -> None:
        super().__init__(reason)
        self.reached = reached
        self.slow = slow
        self.reason = reason


class Wire:
    """One keep-alive connection pool to one portal.

    Args:
        webhook_url: `https://portal/rest/<user>/<secret>/`.
        transport: another way out than the network, for tests.
        timeout: limits of one request.

    Raises:
        SettingsError: the address does not look like an incoming webhook.
    """

    def __init__(
        self, webhook_url: str, *, transport: httpx.AsyncBaseTransport | None = None, timeout: httpx.Timeout = TIMEOUT
    ) -> None:
        self._origin, self._path = _split(webhook_url)
        # httpx logs every address in full at INFO, and the address is the secret.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            transport=transport,
            verify=_certificates(),
            timeout=timeout,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            headers={"User-Agent": "dozvon", "Accept": "application/json"},
            trust_env=not _is_loopback(self._origin.host),
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port of the portal where it is now; holds no secret."""
        return str(self._origin)

    def __repr__(self) -> str:
        return f"Wire({self.origin})"

    async def post(self, method: str, payload: Mapping[str, Any]) -> Reply:
        """Send one request; a renamed portal is followed with the same POST and remembered.

        Raises:
            WireBroken: no answer came.
        """
        response = await self._send(method, payload)
        hops = 0
        while hops < _HOPS and response.status_code in _REDIRECTS and self._moved(response):
            response = await self._send(method, payload)
            hops += 1
        return Reply(response.status_code, _json_object(response))

    async def get(self, address: str) -> tuple[int, bytes]:
        """Fetch what lies at an address that the portal has given: the status and the body.

        Only its path and query count: whoever writes addresses into a record names no other host than the portal.

        Raises:
            WireBroken: no answer came.
        """
        try:
            given = httpx.URL(address)
            response = await self._http.get(self._origin.copy_with(raw_path=given.raw_path))
        except httpx.InvalidURL:
            return 404, b""
        except httpx.HTTPError as error:
            raise _broken(error) from None
        return response.status_code, response.content

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, method: str, payload: Mapping[str, Any]) -> httpx.Response:
        try:
            return await self._http.post(self._origin.join(f"{self._path}{method}.json"), json=payload)
        except httpx.HTTPError as error:
            raise _broken(error) from None

    def _moved(self, response: httpx.Response) -> bool:
        """Take the new host of a renamed portal; a redirect to anything else (a login page) is not followed."""
        try:
            target = response.request.url.join(response.headers.get("Location", ""))
        except httpx.InvalidURL:
            return False
        if target.path != response.request.url.path or (self._origin.scheme == "https" and target.scheme != "https"):
            return False
        origin = httpx.URL(scheme=target.scheme, host=target.host, port=target.port, path="/")
        if origin == self._origin:
            return False
        self._origin = origin
        log.warning("the portal has moved to %s; put the new address into the settings", self._origin.host)
        return True


def _broken(error: httpx.HTTPError) -> WireBroken:
    return WireBroken(
        reached=not isinstance(error, _NOT_SENT),
        slow=isinstance(error, httpx.TimeoutException),
        reason=type(error).__name__,
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Whom every wire of this process trusts; reading them takes longer than opening the database."""
    return httpx.create_ssl_context()


def _split(webhook_url: str) -> tuple[httpx.URL, str]:
    try:
        url = httpx.URL(webhook_url.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    parts = [part for part in url.path.split("/") if part]
    if url.scheme not in ("http", "https") or not url.host or len(parts) != 3 or parts[0] != "rest":
        raise SettingsError(
            "BITRIX24_WEBHOOK_URL: нужен адрес входящего вебхука вида https://портал.bitrix24.ru/rest/1/код/"
        )
    origin = httpx.URL(scheme=url.scheme, host=url.host, port=url.port, path="/")
    return origin, "/" + "/".join(parts) + "/"


def _json_object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
