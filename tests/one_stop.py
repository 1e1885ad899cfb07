"""The one-stop software as notices find it: a real HTTP server on loopback that answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = b"0123456789abcdef0123456789abcdef"
SECRET_TEXT = f"whsec_{base64.b64encode(SECRET).decode()}"
#: What an answer may be besides a status: nothing, octet by octet for ever, a body without an end, a cut line.
HANG, TRICKLE, FLOOD, CUT = "hang", "trickle", "flood", "cut"


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]  # by name in small letters
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, secret: bytes = SECRET) -> bool:
        """Check as the specification tells receivers to; with nothing of ours."""
        name, moment = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        mac = hmac.new(secret, f"{name}.{moment}.".encode() + self.body, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(mac).decode()
        return any(hmac.compare_digest(wanted, each) for each in self.headers["webhook-signature"].split())


@dataclass
class OneStop:
    """A receiver; *answers* are given in their order, the last of them for ever."""

    answers: list[Any] = field(default_factory=lambda: [204])
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def said(self) -> list[Any]:
        return [each.said for each in self.asked]

    def next(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    one_stop: OneStop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        one_stop = self.one_stop
        one_stop.asked.append(Asked(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        match one_stop.next():
            case "hang":
                one_stop.ended.wait(30)
            case "trickle":
                self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000, 0.05)
            case "flood":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                self._drip(b"x" * 100_000_000, 0.0)
            case "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
            case (int(status), str(location)):
                self._say(status, {"Location": location, "Set-Cookie": "a=b"})
            case int(status):
                self._say(status, {"Set-Cookie": "a=b"})

    def _say(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self, data: bytes, pause: float) -> None:
        step = 1 if pause else 65_536
        for at in range(0, len(data), step):
            if self.one_stop.ended.is_set():
                return
            try:
                self.wfile.write(data[at : at + step])
                self.wfile.flush()
            except OSError:
                return
            time.sleep(pause)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the library calls it
        pass


@contextmanager
def one_stop_software(*answers: Any, tls: ssl.SSLContext | None = None) -> Iterator[OneStop]:
    made = OneStop([*answers] or [204])
    handler = type("Handler", (_Handler,), {"one_stop": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/thong-bao"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
