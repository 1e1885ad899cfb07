"""Stands before every address: asks who it is, puts the same headers on every answer, and lets no error out as it is.

Without a file of tokens only this machine is answered: the address at the other end of the line counts, never what a
header says of it. A request that came through a proxy then is somebody else's, and one for a foreign host name is a
foreign page in a browser of this machine (DNS rebinding): neither is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import SohoaError
from pipeline.translate import translated
from web import log
from web.failures import Failures
from web.numbers import Numbers
from web.refusals import NotAllowed, TokenNeeded, TooManyFailures
from web.tokens import HERE, Holder, TokenFile, holder_of, offered

#: Answered to everybody: whether this process lives.
OPEN = "/live"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})

#: Makes the answer that tells of an error.
Telling = Callable[[Request, SohoaError], Response]


class Guard:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, *, tokens: TokenFile | None, telling: Telling, numbers: Numbers) -> None:
        """Guard *app*.

        Args:
            app: answers who is let in.
            tokens: who that is; None for everybody on this machine.
            telling: makes the answer that tells of an error.
            numbers: counts answers.
        """
        self._inner, self._tokens, self._telling, self._numbers = app, tokens, telling, numbers
        self._failures = Failures()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        begun: list[int] = []

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message["status"])
                MutableHeaders(raw=message.setdefault("headers", [])).update(_HEADERS)
            await send(message)

        request, code = Request(scope, receive), ""
        try:
            request.state.holder = HERE if request.url.path == OPEN else self._admitted(request)
            await self._inner(scope, receive, told)
        except Exception as error:  # noqa: BLE001 -- nobody outside is shown a trace-back
            ours = error if isinstance(error, SohoaError) else translated(error)
            code = ours.code
            if begun or ours.http_status >= 500:  # noqa: PLR2004 -- where our faults begin
                log.broke(code, type(error).__name__, begun=bool(begun))
            if not begun:  # else what was sent is cut short: the server closes the line
                await self._telling(request, ours)(scope, receive, told)
        route = getattr(scope.get("route"), "path", "")
        self._numbers.answered(route, begun[0] if begun else 0, code)

    def _admitted(self, request: Request) -> Holder:
        """Return who asks.

        Raises:
            NotAllowed, TokenNeeded, TooManyFailures: nobody whom we know.
            Misconfigured: the file of tokens cannot be read.
        """
        peer = request.client.host if request.client else ""
        if self._tokens is None:
            if not _is_here(peer, request):
                log.refused("this-machine-only", peer=peer)
                raise NotAllowed("this-machine-only")
            return HERE
        token = offered(request.headers.get("authorization", ""))
        if holder := holder_of(token, self._tokens.holders()):
            return holder
        if token:  # a browser asks once without one
            log.refused("token-needed", peer=peer)
            if wait := self._failures.add(peer):
                raise TooManyFailures("too-many-failures", seconds=wait)
        raise TokenNeeded("token-needed")


def _is_here(peer: str, request: Request) -> bool:
    """Say whether a request was made on this machine, by something that knows that it was."""
    try:
        local = ip_address(peer).is_loopback
    except ValueError:
        local = False
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return local and name.lower() in _HERE and not any(header in request.headers for header in _PROXIED)
