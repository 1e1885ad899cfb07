"""Fetching that cannot be led astray: listed hosts only, one answer, a hard end in time and size.

Not a general client: no redirects, no proxies (`http.client` knows none), no cookies, no retries
inside a call. URLs come from certificates, which are written by others: only the list of hosts,
which a person wrote, says where we go.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

#: Seconds for one exchange, from connecting to the last octet. OCSP and TSA answer within one.
TIMEOUT_S = 10.0
#: Largest answer read, octets, unless the caller allows less. Revocation lists of a national
#: authority have some 10 MB.
MAX_OCTETS = 32 * 1024 * 1024
#: How long an address is left alone after its first failure, and at most, seconds; it doubles between.
BACK_OFF_S = 1.0
BACK_OFF_MAX_S = 60.0

_PORTS = {"http": 80, "https": 443}


class Unreachable(Exception):
    """An URL gave no answer that may be used; the message says why."""


class NotAsked(Unreachable):
    """Nothing was sent: the URL is not on the list, or rests after a failure."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """An address that failed lately."""

    #: Failures in a row.
    failures: int
    #: When it may be asked again, by the fetcher's own clock.
    until: float


class Fetcher:
    """Fetches from hosts on a list; one for the whole process, used by several threads.

    Args:
        allow: hosts, each ``name`` (the usual port of its scheme) or ``name:port``.
        timeout_s: seconds for one exchange, all in all.
        clock: seconds that never go back; only for the pauses between failures.
    """

    def __init__(
        self, allow: Iterable[str], *, timeout_s: float = TIMEOUT_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._allow = frozenset(host.strip().lower() for host in allow)
        self._timeout_s = timeout_s
        self._clock = clock
        self._resting: dict[str, _Rest] = {}
        self._lock = threading.Lock()

    def allows(self, url: str) -> bool:
        """Say whether *url* is on the list; one that cannot be read is not."""
        try:
            self._listed(url)
        except Unreachable:
            return False
        return True

    def fetch(self, url: str, *, send: tuple[str, bytes] | None, accept: str, limit: int = MAX_OCTETS) -> bytes:
        """Return the body of the answer to a GET of *url*, or to a POST when there is something to send.

        Args:
            url: http or https, its host on the list.
            send: media type and body.
            accept: the media type the answer must have.
            limit: most octets to read.

        Raises:
            NotAsked: not listed, or resting after a failure.
            Unreachable: no answer in time, or another answer than was asked for.
        """
        parts = self._listed(url)
        # one address, not its whole host: an authority's OCSP may be down while its lists are not
        host, address = _host(parts), parts.geturl()
        self._refuse_resting(host, address)
        try:
            body = self._exchange(parts, send, accept, limit)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._note(address, failed=True)
            raise Unreachable(f"{host}: {_said(error)}") from error
        except Unreachable:
            self._note(address, failed=True)
            raise
        self._note(address, failed=False)
        return body

    def _listed(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            name, port = parts.hostname, parts.port
        except ValueError as error:
            raise NotAsked(f"{url!r} is no URL") from error
        if parts.scheme not in _PORTS or not name or parts.username is not None or parts.password is not None:
            raise NotAsked(f"{url!r} is no plain http or https URL")
        usual = port is None or port == _PORTS[parts.scheme]
        if not (_host(parts) in self._allow or (usual and name in self._allow)):
            raise NotAsked(f"{_host(parts)} is not on the list of hosts that may be asked")
        return parts

    def _refuse_resting(self, host: str, address: str) -> None:
        with self._lock:
            rest = self._resting.get(address)
        if rest is not None and self._clock() < rest.until:
            raise NotAsked(f"{host} failed {rest.failures} times in a row and is left alone for a moment")

    def _note(self, address: str, *, failed: bool) -> None:
        with self._lock:
            before = self._resting.pop(address, _Rest(0, 0.0))
            if failed:
                pause = min(BACK_OFF_S * 2**before.failures, BACK_OFF_MAX_S)
                self._resting[address] = _Rest(min(before.failures + 1, 16), self._clock() + pause)

    def _exchange(self, parts: SplitResult, send: tuple[str, bytes] | None, accept: str, limit: int) -> bytes:
        connection = _Connection(parts, self._timeout_s)
        try:
            connection.connect()
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Accept": accept, "User-Agent": "sohoa", "Connection": "close"}
            if send is None:
                connection.request("GET", target, headers=headers)
            else:
                connection.request("POST", target, send[1], headers | {"Content-Type": send[0]})
            with connection.getresponse() as answer:
                body = _read(answer, _host(parts), accept, limit)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # a read that waits the whole time may notice before the timer does
            if connection.out_of_time or isinstance(error, TimeoutError):
                raise Unreachable(f"{_host(parts)} did not answer within {self._timeout_s:g} s") from error
            raise
        finally:
            connection.finish()
        if connection.out_of_time:
            # an answer without a length ends where it was cut
            raise Unreachable(f"{_host(parts)} did not answer within {self._timeout_s:g} s")
        return body


class _Connection(http.client.HTTPConnection):
    """A connection that ends at its time, however slowly the octets trickle.

    The timeout of a socket is one of each read: a server that sends an octet a second would never meet it.
    """

    def __init__(self, parts: SplitResult, timeout_s: float) -> None:
        super().__init__(parts.hostname or "", parts.port or _PORTS[parts.scheme], timeout=timeout_s)
        self._secure = parts.scheme == "https"
        self.out_of_time = False
        self._wire: socket.socket | None = None
        self._end = threading.Timer(timeout_s, self._cut)
        self._end.daemon = True

    def connect(self) -> None:
        """Connect, and let the time run."""
        self._wire = self.sock = socket.create_connection((self.host, self.port), self.timeout)
        self._end.start()
        if self._secure:
            secure = _tls().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self._wire = self.sock = secure
            secure.do_handshake()

    def finish(self) -> None:
        """Close, and stop the time; `close` alone is called by the base class before the body is read."""
        self._end.cancel()
        self.close()

    def _cut(self) -> None:
        self.out_of_time = True
        if self._wire is not None:
            try:
                self._wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # closed just now by whoever used it


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Return the system's trust in TLS servers; reading it takes 20 ms."""
    return ssl.create_default_context()


def _read(answer: http.client.HTTPResponse, host: str, accept: str, limit: int) -> bytes:
    if answer.status != http.HTTPStatus.OK:
        # a redirect too: it would lead to a host that nobody listed
        raise Unreachable(f"{host} answered with status {answer.status}")
    kind = answer.headers.get_content_type()
    if accept not in {"*/*", kind}:
        raise Unreachable(f"{host} sent {kind} where {accept} was asked for")
    body = answer.read(limit + 1)
    if len(body) > limit:
        raise Unreachable(f"{host} sent over {limit} octets")
    if answer.length:
        raise Unreachable(f"{host} broke off before the end")
    return body


def _host(parts: SplitResult) -> str:
    return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__).replace("\n", " ")
