"""The log for engineers: one JSON object a line on the file named below, in English, without personal data.

What is written here are codes, dossier codes, counts and the stack of a fault of ours; never names of people, what
was read on a page, or the values of a ticket.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

import structlog

from pipeline.errors import SohoaError

_FILE = Path("log") / "sohoa.log"


def log_fault(error: SohoaError, var: Path) -> None:
    """Write down a fault of ours with the places it passed, but not the words of foreign errors.

    A foreign error may quote the data it stumbled on, so only its kind is kept.
    """
    places = []
    at: BaseException | None = error
    while at is not None:
        frames = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(at.__traceback__)
        ]
        places.append({"kind": type(at).__name__, "frames": frames})
        at = at.__cause__
    write(var, "fault", code=error.code, chain=places)


def write(var: Path, event: str, **facts: object) -> None:
    """Add one line to the log; a log that cannot be written stops nothing."""
    try:
        path = var / _FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            logger = structlog.wrap_logger(
                structlog.WriteLogger(file),
                processors=[structlog.processors.JSONRenderer(ensure_ascii=False)],
            )
            logger.info(event, at=datetime.now(UTC).isoformat(timespec="milliseconds"), **facts)
    except OSError:
        return
