"""Says over HTTP whether this process lives, whether it can work, and what it counted; takes hints from buckets.

``GET /live`` 200 while the process answers; ``GET /ready`` 200 when every check passes, else 503 with the codes of
those that do not; ``GET /metrics`` for Prometheus; ``POST /hint`` from a bucket's events: whatever is in it, it only
brings the next listing forward. For machines on an inner network: no names, no dossiers, nothing to protect.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.readiness import Check, readiness

_MOST_HINT_BYTES = 1 << 20
_SECONDS = 10  # for a caller who says nothing


@contextmanager
def listening(
    address: tuple[str, int], *, checks: Mapping[str, Check], numbers: Callable[[], bytes], hint: Callable[[], None]
) -> Iterator[int]:
    """Answer on *address* until the context ends; lend the port, which the system chooses when 0 is asked for."""

    class Handler(_Handler):
        answers = staticmethod(lambda path: _answer(path, checks, numbers))
        hinted = staticmethod(hint)

    server = ThreadingHTTPServer(address, Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(path: str, checks: Mapping[str, Check], numbers: Callable[[], bytes]) -> tuple[int, str, bytes]:
    match path:
        case "/live":
            return 200, "application/json", b"{}"
        case "/ready":
            failed = readiness(checks)
            return 503 if failed else 200, "application/json", json.dumps(failed, sort_keys=True).encode()
        case "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", numbers()
        case _:
            return 404, "application/json", b"{}"


class _Handler(BaseHTTPRequestHandler):
    answers: Callable[[str], tuple[int, str, bytes]]
    hinted: Callable[[], None]
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer."""
        self._say(*self.answers(self.path.partition("?")[0]))

    def do_POST(self) -> None:
        """Take a hint."""
        length = self.headers.get("Content-Length", "0")
        if self.path.partition("?")[0] != "/hint" or not length.isdecimal() or int(length) > _MOST_HINT_BYTES:
            self._say(404, "application/json", b"{}")
            return
        self.rfile.read(int(length))
        self.hinted()
        self._say(200, "application/json", b"{}")

    def _say(self, status: int, kind: str, body: bytes) -> None:
        with suppress(ConnectionError):  # whoever asked waited no longer: that is no trouble of ours to write down
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the library calls it
        """Write no line for each question of a monitor."""
