"""The log of long-running processes: one JSON object a line on standard error, where services' supervisors want it.

As in `pipeline.log`: codes, names of deposits, counts; never names of people or what was read. All lines about one
deposit, whichever process writes them, have one trace id, made from its name: nothing need be handed on for it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from pipeline.errors import SohoaError
from workers.model import Errand, Lane
from workers.settling import Place

#: 16 bytes in hexadecimal, as W3C Trace Context has it.
_TRACE_LETTERS = 32
_LIBRARIES = ("dramatiq", "pika", "urllib3", "opentelemetry", "aiohttp", "asyncio")


def set_up(process: str) -> None:
    """Let this process, called *process*, write its log; of libraries only what they warn of, without their words."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            partial(_written_by, process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers = [_Library()]
        library.propagate = False
        library.setLevel(logging.WARNING)


def trace_of(deposit: str) -> str:
    """Return the trace id of all work on a deposit."""
    return hashlib.sha256(deposit.encode("utf-8", "surrogatepass")).hexdigest()[:_TRACE_LETTERS]


def errand(errand: Errand, ending: str, code: str, seconds: float) -> None:
    """Write down an attempt; that one page was read is worth no line at the usual level."""
    facts: MutableMapping[str, Any] = {"dossier": errand.deposit, "trace": trace_of(errand.deposit)}
    if errand.lane is Lane.PAGING:
        facts["page"] = errand.number
    if code:
        facts["code"] = code
    level = logging.WARNING if code else logging.INFO
    _say(level, errand.lane.value, ending=ending, seconds=round(seconds, 3), **facts)


def trouble(place: Place | None, code: str) -> None:
    """Write down what keeps an inbox, or one deposit in it, waiting."""
    facts = {"station": place.station, "dossier": place.dossier, "trace": trace_of(place.dossier)} if place else {}
    _say(logging.WARNING, "inbox", code=code, **facts)


def notice(body: str | None, error: SohoaError, tries: int) -> None:
    """Write down why a notice to the one-stop software waits; or all of them, because the ledger is away."""
    facts: dict[str, Any] = {"tries": tries}
    if body is not None:
        said = json.loads(body)
        facts |= {"notice": said["id"], "dossier": said["deposit"], "trace": trace_of(said["deposit"])}
    if "status" in error.facts:
        facts["status"] = error.facts["status"]
    _say(logging.WARNING, "notice", code=error.code, **facts)


def died(role: str, exit_code: int | None) -> None:
    """Write down that a process ended unasked; a negative code is the signal that killed it."""
    _say(logging.ERROR, "process-died", role=role, exit_code=exit_code)


def _say(level: int, event: str, **facts: object) -> None:
    """Write a line; a log that cannot be written (a full disk, a closed terminal) stops no work."""
    with suppress(OSError, ValueError):
        structlog.get_logger().log(level, event, **facts)


def _written_by(process: str, _logger: object, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Say in a line which process writes it; what is bound to a context, a thread of another library would not have."""
    return {**line, "process": process}


class _Library(logging.Handler):
    """What a library says: which, and how bad. Its words may quote a message or an address."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        where = f"{record.module}:{record.lineno}"
        _say(record.levelno, "library", name=record.name, where=where, kind=kind)
