"""The log of this door: one JSON object a line on standard error.

Names of token holders and of our files, dossier codes, digests; never what stands in a file, nor whom it is about.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

import structlog


def set_up() -> None:
    """Let this process write its log; of libraries only what they warn of, without their words."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    library = logging.getLogger("uvicorn")
    library.handlers, library.propagate = [_Library()], False
    library.setLevel(logging.WARNING)


def handed_out(holder: str, dossier: str, version: int, *, name: str, sha256: str) -> None:
    """Write down who takes which file."""
    _say(logging.INFO, "handed-out", holder=holder, dossier=dossier, version=version, name=name, sha256=sha256)


def refused(code: str, *, peer: str) -> None:
    """Write down that somebody was not let in."""
    _say(logging.WARNING, "refused", code=code, peer=peer)


def broke(code: str, kind: str, *, begun: bool) -> None:
    """Write down an answer that could not be given; *begun* says that it broke off in its middle."""
    _say(logging.ERROR, "broke-off" if begun else "failed", code=code, kind=kind)


def _say(level: int, event: str, **facts: object) -> None:
    with suppress(OSError, ValueError):  # a full disk or a closed terminal stops nothing
        structlog.get_logger().log(level, event, process="web", **facts)


class _Library(logging.Handler):
    """What a library says: where, and how bad. Its words may quote a request."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        _say(record.levelno, "library", where=f"{record.module}:{record.lineno}", kind=kind)
