"""The broker, from its address: RabbitMQ, Redis, or none (one process, whose queue is gone with it).

The password stands in a file and never in the address, so that no log, no list of processes and no error can show it.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dramatiq
import pika
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Middleware, Retries

from pipeline.errors import Misconfigured

#: What our errors are told by when the address of the queue is at fault.
SETTING, PASSWORD_SETTING = "SOHOA_QUEUE", "SOHOA_QUEUE_PASSWORD_FILE"
_PORTS = {"amqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379}
#: Seconds without a sign of life after which a side is taken for dead. The threads that consume give such signs also
#: while a page is read; below about 20 s, a machine that swaps loses its connections.
_HEARTBEAT = 60
#: Seconds a full RabbitMQ (memory or disk alarm) may hold us up before sending counts as failed.
_BLOCKED = 30
#: Redis has no connection to lose: after so many milliseconds of silence, what a worker had is given to others. Looked
#: at on every fetch: by default on one of a thousand, and nothing came back within 200 s (measured).
_REDIS_SILENCE_MS = 20_000
_EVERY_TIME = 1_000_000


class RankedRabbit(RabbitmqBroker):
    """RabbitMQ that gives a message to the free consumer of the highest rank, and to others when that is busy.

    Without ranks it deals messages out in turn, also to workers that are in the middle of a page, while one that is
    kept free for counter dossiers looks on.
    """

    def __init__(self, *, rank: int, parameters: list[dict[str, Any]], middleware: list[Middleware]) -> None:
        """Consume with *rank*: 0 for most, more for whoever is to be asked first."""
        # Without confirms, a message sent while the server goes down is lost and nobody hears of it.
        super().__init__(confirm_delivery=True, parameters=parameters, middleware=middleware)
        self.rank = rank

    @property
    def consumer_class(self) -> type[_RankedConsumer]:
        """What dramatiq consumes with."""
        return _RankedConsumer


class _RankedConsumer(_RabbitmqConsumer):
    def __init__(self, broker: RankedRabbit, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]
        # A generator that has not begun: nothing was asked of the server through the one it replaces.
        self.iterator = self.channel.consume(
            queue_name, inactivity_timeout=timeout / 1000, arguments={"x-priority": broker.rank}
        )


def make_broker(address: str, password_file: Path | None = None, *, rank: int = 0) -> dramatiq.Broker:
    """Return the broker that *address* names; nothing is asked of it yet.

    Args:
        address: ``amqp://user@host:port/vhost`` (``amqps`` for TLS), ``redis://user@host:port/number`` (``rediss``),
            or empty: a queue in this process.
        password_file: its first line is the password.
        rank: of a worker; only RabbitMQ knows ranks.

    Raises:
        Misconfigured: ``setting-invalid``.
    """
    # Only retries: a limit of time cannot interrupt C code, and what a finished message calls next is sent by actors.
    middleware: list[Middleware] = [Retries(retry_when=_is_asked_for)]
    if not address:
        return StubBroker(middleware, fail_fast_default=False)
    parts = _parts(address)
    password = _first_line(password_file) if password_file else ""
    if parts.scheme in {"amqp", "amqps"}:
        return RankedRabbit(rank=rank, parameters=[_rabbit(parts, password)], middleware=middleware)
    return RedisBroker(
        middleware=middleware,
        maintenance_chance=_EVERY_TIME,
        heartbeat_timeout=_REDIS_SILENCE_MS,
        namespace="sohoa",
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        db=int(parts.path.strip("/") or "0"),
        username=unquote(parts.username) if parts.username else None,
        password=password or None,
        ssl=parts.scheme == "rediss",
    )


def _is_asked_for(_retries: int, error: BaseException) -> bool:
    """Try again only what an actor asked to have tried again: it has looked at the error's class and at the tally."""
    return isinstance(error, dramatiq.Retry)


def _parts(address: str) -> SplitResult:
    problem = ""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise Misconfigured("setting-invalid", name=SETTING, problem="host:port") from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        problem = "amqp://user@host:port/vhost | redis://host:port/number"
    elif parts.password is not None:
        problem = f"password: {PASSWORD_SETTING}"
    elif parts.query or parts.fragment:
        problem = "?"
    elif parts.scheme.startswith("redis") and not (parts.path.strip("/") or "0").isdecimal():
        problem = "redis://host:port/number"
    if problem:
        raise Misconfigured("setting-invalid", name=SETTING, problem=problem)
    return parts


def _rabbit(parts: SplitResult, password: str) -> dict[str, Any]:
    secure = parts.scheme == "amqps"
    return {
        "host": parts.hostname,
        "port": parts.port or _PORTS[parts.scheme],
        "virtual_host": unquote(parts.path.removeprefix("/")) or "/",
        "credentials": pika.PlainCredentials(unquote(parts.username or "guest"), password or "guest"),
        "heartbeat": _HEARTBEAT,
        "blocked_connection_timeout": _BLOCKED,
        "ssl_options": pika.SSLOptions(ssl.create_default_context(), parts.hostname) if secure else None,
    }


def _first_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise Misconfigured("setting-invalid", name=PASSWORD_SETTING, problem=type(error).__name__) from error
    if not lines or not lines[0]:
        raise Misconfigured("setting-invalid", name=PASSWORD_SETTING, problem="minLength")
    return lines[0]
