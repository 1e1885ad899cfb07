"""A process that answers: beside `sohoa serve` on one machine as a child of its tree, or alone, as `sohoa web`."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection

import uvicorn

from pipeline.errors import Misconfigured
from pipeline.house import open_house
from pipeline.settings import Settings
from web import log
from web.app import make_app
from web.tokens import TokenFile

#: Answers at once: above, whoever asks is told 503. Each holds a file, and none more than a piece of it in memory.
_AT_ONCE = 200
#: Seconds that answers under way are given at the end.
GRACE = 10


def run(settings: Settings, *, up: Callable[[], None] = lambda: None) -> None:
    """Answer at `SOHOA_WEB` until SIGTERM, SIGINT, or the end of the process that started this one.

    Args:
        settings: as read.
        up: called when all is loaded, and whoever asks is heard.

    Raises:
        Misconfigured: ``address-taken``, ``tokens-broken``, ``tokens-unreadable``; or as `open_house`.
    """
    log.set_up()
    for number in (signal.SIGTERM, signal.SIGINT):  # the server raises them again when it has ended
        signal.signal(number, lambda _number, _frame: None)
    tokens = TokenFile(settings.web_tokens_file) if settings.web_tokens_file else None
    if tokens:
        tokens.holders()
    house = open_house(settings, make=False)
    with house.ledger, listening(settings.web) as line:
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(house, tokens),
                # Who is at the other end is what the line says, not a header.
                proxy_headers=False,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                http="h11",
                limit_concurrency=_AT_ONCE,
                timeout_graceful_shutdown=GRACE,
            )
        )
        threading.Thread(target=_outlive_nobody, args=(server,), daemon=True).start()
        up()  # the socket listens: who asks before the next line has run is answered after it
        server.run([line])


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """Lend a socket that listens at ``host:port``.

    Raises:
        Misconfigured: ``address-taken``.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, int(port)), family=family)
    except OSError as error:
        raise Misconfigured("address-taken", address=address, problem=error.strerror or type(error).__name__) from error
    with made:
        yield made


def _outlive_nobody(server: uvicorn.Server) -> None:
    """End with the parent, where there is one: a door that is left behind would keep its address from the next."""
    if parent := multiprocessing.parent_process():
        connection.wait([parent.sentinel])
        server.should_exit = True
