"""Brings one notice to the one-stop software over HTTP, signed: to one address, which a person wrote into the settings.

No redirects, no proxies, no cookies, nothing read of the answer but its status, and a hard end. Whether and when it is
tried again is not decided here (`workers.relay`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from pipeline.clock import now
from pipeline.errors import Interrupted, Misconfigured
from pipeline.notices import secret_from, signed
from pipeline.secret import secret_in
from pipeline.settings import Settings
from signing import Fetcher

#: Seconds for one notice, from connecting to the status of the answer.
DEADLINE_S: Final = 10.0


class Receiver:
    """The one-stop software, as far as we know it."""

    def __init__(
        self, url: str, secret: bytes, *, clock: Callable[[], datetime] = now, deadline_s: float = DEADLINE_S
    ) -> None:
        """Send to *url* what is signed with *secret*, at the time of *clock*, within *deadline_s* seconds each."""
        self._url = url
        self._secret = secret
        self._clock = clock
        self._deadline_s = deadline_s

    def __call__(self, body: str) -> None:
        """Send a notice, as `Notice.body` made it; return when the receiver has said that it took it.

        Raises:
            Interrupted: ``notice-unreachable``, no answer in time; ``notice-refused``, another status than 2xx.
                Neither quotes the address.
        """
        headers = {"Content-Type": "application/json", "User-Agent": "sohoa"}
        headers |= signed(body, secret=self._secret, at=self._clock())
        try:
            status = asyncio.run(self._status(body.encode(), headers))
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            raise Interrupted("notice-unreachable", problem=type(error).__name__) from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise Interrupted("notice-refused", status=status)

    async def _status(self, body: bytes, headers: Mapping[str, str]) -> int:
        # The timeout of the library begins anew with some reads; this one does not.
        async with (
            asyncio.timeout(self._deadline_s),
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            ) as session,
        ):
            answer = await session.post(self._url, data=body, headers=headers, allow_redirects=False)
            answer.close()
            return answer.status


def receiver_of(settings: Settings) -> Receiver:
    """Return who is told.

    Raises:
        Misconfigured: ``setting-needed``; ``setting-invalid``, the file holds no secret, or the notices would go over
            the open network in the clear.
    """
    require_address(settings)
    try:
        secret = secret_from(secret_in("notify_secret_file", str(settings.notify_secret_file)))
    except ValueError as error:
        raise Misconfigured("setting-invalid", name="SOHOA_NOTIFY_SECRET_FILE", problem=str(error)) from error
    return Receiver(settings.notify_url, secret)


def require_address(settings: Settings) -> None:
    """Look whether notices may go where they are to go; on machines, too, that send none and have no secret.

    Raises:
        Misconfigured: ``setting-needed`` or ``setting-invalid``.
    """
    if settings.notify_secret_file is None:
        raise Misconfigured("setting-needed", name="SOHOA_NOTIFY_SECRET_FILE", why="SOHOA_NOTIFY_URL")
    url = urlsplit(settings.notify_url)
    listed = Fetcher(settings.fetch_allow).allows(settings.notify_url)
    if url.scheme != "https" and not _is_inner(url.hostname or "", listed=listed):
        raise Misconfigured("setting-invalid", name="SOHOA_NOTIFY_URL", problem="https:// | SOHOA_FETCH_ALLOW")


def _is_inner(host: str, *, listed: bool) -> bool:
    """Say whether *host* is this machine, or *listed* and not on the open network as far as its name tells."""
    try:
        address = ip_address(host)
    except ValueError:
        return listed or host == "localhost"
    return address.is_loopback or (listed and address.is_private)
