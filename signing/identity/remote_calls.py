"""JSON calls to a signing service over HTTPS: bounded in time and size, led nowhere else, patient within reason.

It holds the access token (OAuth 2.0, client credentials) and nothing else: each use opens its own
connection, so processes may fork and coroutines may run in any loop. What is called, and what the
answers mean, is `signing.identity.remote`'s.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from signing.errors import IdentityUnusable, KeyUnavailable

#: Largest answer read, octets. A chain of four certificates in base64 has some 12 kB.
MAX_OCTETS = 256 * 1024
#: Pauses before a call is made again that the service was too busy for, seconds.
PAUSES_S = (0.5, 1.5)
#: A service that asks for a longer pause (Retry-After), and one that stays busy, is left alone for so long.
REST_S = 10.0
MAX_REST_S = 300.0
#: An access token is renewed so long before it ends, seconds; without a word on it, it lives an hour (CSC 8.4.4).
TOKEN_MARGIN_S = 30.0
TOKEN_LIFE_S = 3600.0

_BUSY = frozenset({429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Access:
    """How to get into a service."""

    #: Base of the API, such as ``https://sign.example.vn/csc/v2``.
    service: str
    #: Where access tokens are given.
    token_url: str
    client: str
    secret: str = field(repr=False)
    #: Longest time for one exchange, seconds.
    timeout_s: float
    #: Trust in the server, and our own certificate where it wants one; nothing for the system's.
    tls: ssl.SSLContext | None = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse addresses to which no secret may go."""
        for url in (self.service, self.token_url):
            parts = _parts(url)
            safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
            if not safe or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
                raise IdentityUnusable(f"{parts.scheme}://{parts.hostname} is no plain https address; correct it")

    @property
    def host(self) -> str:
        """Name of the service, for messages."""
        return urlsplit(self.service).netloc


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; its words are the service's, so they are not put into messages."""

    status: int
    #: The JSON object; empty where the body was none.
    content: Mapping[str, Any] = field(repr=False)
    #: How long to wait, seconds; as the service asked for.
    pause_s: float | None

    @property
    def fault(self) -> str:
        """Its error code (RFC 6749, 5.2) when it is a plain word, else the status."""
        code = self.content.get("error")
        return code if isinstance(code, str) and code.isascii() and code.isidentifier() else f"status {self.status}"


class Caller:
    """Makes calls with an access token; for any number of threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._token: str | None = None
        self._token_end = 0.0
        self._rest_end = 0.0

    async def call(
        self, session: aiohttp.ClientSession, path: str, words: Mapping[str, Any], *, once: bool = False
    ) -> Answer:
        """POST *words* to *path* and return the answer, whatever its status.

        Args:
            session: what `session` gave.
            path: below the base of the API.
            words: the JSON object to send.
            once: never send them twice, since there is a PIN in them.

        Raises:
            IdentityUnusable: the service does not let us in.
            KeyUnavailable: no answer in time, none that can be read, or the service is too busy.
        """
        url, pauses = f"{self._access.service}/{path}", () if once else PAUSES_S
        answer = await self._post(session, url, pauses, json=words, headers=await self._bearer(session))
        if answer.status == HTTPStatus.UNAUTHORIZED and not once:
            # the token may have been withdrawn before its end
            self._token = None
            answer = await self._post(session, url, pauses, json=words, headers=await self._bearer(session))
        return answer

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Give connections for a few calls, under the same rules."""
        if time.monotonic() < self._rest_end:
            raise KeyUnavailable(f"{self._access.host} failed just now and is left alone for a moment; try again later")
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._access.tls or True, limit=1),
            timeout=aiohttp.ClientTimeout(total=self._access.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            # a packed answer could unfold to any size
            auto_decompress=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "sohoa"},
        ) as session:
            yield session

    async def _bearer(self, session: aiohttp.ClientSession) -> dict[str, str]:
        if self._token is None or time.monotonic() >= self._token_end:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._access.client,
                "client_secret": self._access.secret,
            }
            answer = await self._post(session, self._access.token_url, PAUSES_S, data=form)
            if answer.status != HTTPStatus.OK:
                raise IdentityUnusable(
                    f"{self._access.host} gives no access to {self._access.client} ({answer.fault}); check both its "
                    "name and its secret"
                )
            token, life = answer.content.get("access_token"), answer.content.get("expires_in", TOKEN_LIFE_S)
            if not isinstance(token, str) or not token.isascii() or not token.isprintable():
                raise self._unavailable("gave no access token that can be read")
            self._token_end = time.monotonic() + (life if isinstance(life, int | float) else 0) - TOKEN_MARGIN_S
            self._token = token
        return {"Authorization": f"Bearer {self._token}"}

    async def _post(self, session: aiohttp.ClientSession, url: str, pauses: Sequence[float], **content: Any) -> Answer:
        """Send, again after each of *pauses* while the service is busy."""
        for pause in (*pauses, None):
            answer = await self._exchange(session, url, **content)
            if answer.status not in _BUSY:
                return answer
            wanted = answer.pause_s
            if pause is None or (wanted is not None and wanted > pause):
                break
            await asyncio.sleep(pause)
        raise self._unavailable(f"is too busy or out of order ({answer.fault})", answer.pause_s)

    async def _exchange(self, session: aiohttp.ClientSession, url: str, **content: Any) -> Answer:
        try:
            async with session.post(url, allow_redirects=False, **content) as response:
                body = bytearray()
                async for part in response.content.iter_chunked(64 * 1024):
                    body += part
                    if len(body) > MAX_OCTETS:
                        raise self._unavailable(f"sent over {MAX_OCTETS} octets")
        except aiohttp.ClientConnectorCertificateError as error:
            raise IdentityUnusable(
                f"the TLS certificate of {self._access.host} is not vouched for; nothing was sent. Check the address, "
                "and that its authority is trusted"
            ) from error
        except TimeoutError as error:
            raise self._unavailable(f"did not answer within {self._access.timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unavailable(f"cannot be reached ({type(error).__name__})") from error
        return Answer(response.status, _object_in(bytes(body)), _pause_in(response.headers.get("Retry-After")))

    def _unavailable(self, what: str, pause_s: float | None = None) -> KeyUnavailable:
        # every seal would wait for it anew, and all others behind that one
        self._rest_end = time.monotonic() + min(pause_s or REST_S, MAX_REST_S)
        return KeyUnavailable(f"{self._access.host} {what}; nothing was sealed, the same call can be made again later")


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise IdentityUnusable("the address of the signing service is no URL; correct it") from error


def _object_in(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _pause_in(header: str | None) -> float | None:
    """Return the seconds in Retry-After; a date in it counts as no answer."""
    return float(header) if header and header.isascii() and header.isdigit() else None
