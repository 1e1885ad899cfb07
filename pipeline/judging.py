"""Who judges signatures: child processes with limits, so that no file can hang the check, kill it or eat its memory.

A child is kept for many files, since it takes a second to load what it needs; one that dies or overruns is thrown away
with its file, which is then INDETERMINATE (LIMIT_EXCEEDED), and the rest goes on. Drawing pages, which `signing`
confines itself, is given its limits here. Not here: how anything is judged or compared (`signing`).
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from pebble import ProcessExpired, ProcessPool

from pipeline.nursery import nursery, settle
from signing import (
    Limits,
    PdfReport,
    SeenReport,
    SignatureReport,
    Trust,
    compare_seen,
    verify_bytes,
    verify_inclusion,
    verify_pdf,
)
from storage import digest_of

#: Bytes of a PDF that is judged; signing's policy has the same bound.
MOST_PDF = 512 << 20
#: Bytes of address space for judging one file, on top of what a child takes when it begins (some 250 MB) and of two
#: copies of the file: a gigabyte in all for small files.
MOST_MEMORY = 700 << 20
#: Seconds for judging any file, bytes of it for one second more, and the most of all. A sealed file takes 0.02 to
#: 0.06 s; one of 150 KB with as many revisions to compare as the policy lets through (1,500) 2.5 s.
MOST_SECONDS, PACE, MOST_SECONDS_LARGE = 10.0, 256 << 10, 300.0
#: Files after which a child is replaced, against slow leaks.
FILES_PER_CHILD = 500
#: Drawing a file and comparing it: pages, seconds for any file, and bytes for one second more. Ten scanned pages with
#: two signatures (4 MB) took up to 1.6 s; a dossier of 500 must not be unknown for its length.
_SEEN_PAGES, _SEEN_SECONDS, _SEEN_PACE = 5_000, 60.0, 1 << 20
#: Bytes in which a PDF must begin, as readers have it.
_PDF_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of one PDF."""

    #: SHA-256 of the very bytes that were judged; None where there were none, or more than can be.
    sha256: str | None
    #: None for what is no PDF, or cannot be read.
    report: PdfReport | None


class _TooMuch(Exception):
    """Something takes more than is given for it; the message is what."""


class Judge(Protocol):
    """Whoever judges signatures; may be asked from several threads at once."""

    #: What is trusted.
    trust: Trust
    #: The moment for which it is judged (aware).
    now: datetime

    def pdf(self, path: Path) -> Judged:
        """Judge every signature in the PDF at *path*; no bytes make it raise."""
        ...

    def seal(self, data: bytes, p7s: bytes) -> SignatureReport:
        """Judge the detached seal *p7s* over *data*; no bytes make it raise."""
        ...

    def inclusion(self, data: bytes, evidence: bytes) -> SignatureReport:
        """Judge the *evidence* that *data* was in a batch that was stamped; no bytes make it raise."""
        ...


class OwnJudge:
    """Judges here and now, without limits: the twin for tests, and what each child does."""

    def __init__(self, trust: Trust, now: datetime) -> None:
        self.trust, self.now = trust, now

    def pdf(self, path: Path) -> Judged:
        """See `Judge.pdf`."""
        if (size := _size(path)) is not None and size > MOST_PDF:
            return Judged(None, _exceeded(f"{size} bytes"))
        data = read_at_most(path, MOST_PDF)
        if data is None or b"%PDF-" not in data[:_PDF_HEAD]:
            return Judged(None if data is None else digest_of(data), None)
        return Judged(digest_of(data), verify_pdf(data, trust=self.trust, now=self.now))

    def seal(self, data: bytes, p7s: bytes) -> SignatureReport:
        """See `Judge.seal`."""
        return verify_bytes(data, p7s, trust=self.trust, now=self.now)

    def inclusion(self, data: bytes, evidence: bytes) -> SignatureReport:
        """See `Judge.inclusion`."""
        return verify_inclusion(data, evidence, trust=self.trust, now=self.now)


class ChildJudge:
    """Has child processes judge; use as a context manager."""

    def __init__(self, trust: Trust, now: datetime, *, workers: int) -> None:
        """Make ready for *workers* children; the first file starts them."""
        self.trust, self.now = trust, now
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=FILES_PER_CHILD,
            initializer=_prepare,
            initargs=(trust, now, os.getpid()),
            context=nursery(__name__),
        )

    def pdf(self, path: Path) -> Judged:
        """See `Judge.pdf`."""
        try:
            judged: Judged = self._ask("pdf", path, size=_size(path) or 0)
        except _TooMuch as error:
            return Judged(None, _exceeded(str(error)))
        return judged

    def seal(self, data: bytes, p7s: bytes) -> SignatureReport:
        """See `Judge.seal`."""
        return self._about_bytes("seal", data, p7s)

    def inclusion(self, data: bytes, evidence: bytes) -> SignatureReport:
        """See `Judge.inclusion`."""
        return self._about_bytes("inclusion", data, evidence)

    def _about_bytes(self, question: str, data: bytes, beside: bytes) -> SignatureReport:
        try:
            told: SignatureReport = self._ask(question, data, beside, size=len(data) + len(beside))
        except _TooMuch as error:
            none = _exceeded(str(error))
            return SignatureReport(none.status, none.code, none.detail)
        return told

    def _ask(self, question: str, *about: object, size: int) -> Any:
        """Return what a child says to *question*, a method of `OwnJudge`, *about* something of so many bytes.

        Raises:
            _TooMuch: the child gave up, or was given up.
        """
        room = MOST_MEMORY + 2 * min(size, MOST_PDF)
        future = self._pool.schedule(_answer, args=(room, question, *about), timeout=seconds_for(size))
        try:
            return future.result()
        except TimeoutError as error:
            raise _TooMuch("time") from error
        except MemoryError as error:
            raise _TooMuch("memory") from error
        except ProcessExpired as error:
            raise _TooMuch("its process died") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble says nothing of it
        self._pool.join()


def seconds_for(size: int) -> float:
    """Return how long judging *size* bytes may take."""
    return min(MOST_SECONDS + size / PACE, MOST_SECONDS_LARGE)


def seen_in(path: Path, sha256: str | None) -> SeenReport:
    """Compare how the PDF at *path* looks with how it was signed; it must still have the *sha256* that was judged.

    Drawing has limits of its own and needs no child of ours.
    """
    data = read_at_most(path, MOST_PDF)
    if data is None or digest_of(data) != sha256:
        return SeenReport("not-compared", "changed-meanwhile")
    return compare_seen(data, limits=seen_limits(len(data)))


def seen_limits(size: int) -> Limits:
    """Return what drawing a file of *size* bytes may take."""
    return Limits(seconds=_SEEN_SECONDS + size / _SEEN_PACE, octets=MOST_PDF, pages=_SEEN_PAGES)


def read_at_most(path: Path, most: int) -> bytes | None:
    """Return a file's bytes; None for what is no file, cannot be opened, or has more than *most* bytes."""
    if not path.is_file():  # a pipe would hold us up for ever, and a device never end
        return None
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _exceeded(what: str) -> PdfReport:
    detail = f"The file takes more than is given for it: {what}."
    return PdfReport((), "INDETERMINATE", "LIMIT_EXCEEDED", detail, trial=False)


_judge: OwnJudge | None = None


def _prepare(trust: Trust, now: datetime, parent: int) -> None:
    """Set a new child up."""
    global _judge  # noqa: PLW0603 -- a child process is one judge
    settle(parent)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)  # what libraries complain of quotes the file, and would stand on somebody's terminal
    _judge = OwnJudge(trust, now)


def _answer(room: int, question: str, *about: object) -> Judged | SignatureReport:
    assert _judge is not None  # noqa: S101 -- it was prepared
    _keep_within(room)
    told: Judged | SignatureReport = getattr(_judge, question)(*about)
    return told


def _keep_within(room: int) -> None:
    """Let this process grow by *room* bytes from now on; counted from now, as files before may have left something."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + room
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)  # whoever started us may have set one
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
