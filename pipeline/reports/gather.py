"""One frozen report of everything that a call of ``sohoa verify`` checked; every form is written from it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from pipeline.checking import MOST_PDF, Check, Listed, Result
from pipeline.reports.page import PagePicture, first_page
from signing import SignatureReport
from storage import digest_of

#: First pages drawn in one report: more make no better proof, and a file that no reader opens.
MOST_PICTURES = 60
_WORST: Final[tuple[Result, ...]] = ("passed", "indeterminate", "failed")


@dataclass(frozen=True, slots=True)
class FileReport:
    """All that was found about one file, or about a folder that is no dossier."""

    path: Path
    #: The worst of its findings.
    result: Result
    #: In the order in which they were made; signatures among them.
    findings: tuple[Check, ...]
    #: Of the very bytes that were judged; None where there was nothing to read.
    sha256: str | None
    #: What a manifest says it is; None outside a dossier.
    listed: Listed | None
    #: Page 1; None for what is no PDF, cannot be drawn, or was too much for one report.
    page: PagePicture | None = None

    @property
    def signatures(self) -> tuple[SignatureReport, ...]:
        """What was found about each signature, in the order they were made."""
        return tuple(each.signature for each in self.findings if each.signature is not None)


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What one call checked."""

    #: When it was checked (aware).
    made_at: datetime
    #: The worst of all files; failed when nothing was checked.
    result: Result
    #: Version of this software.
    tool_version: str
    files: tuple[FileReport, ...]

    @property
    def exit_code(self) -> int:
        """0 when everything holds, 4 when something does not, 3 when something is not known."""
        return {"passed": 0, "indeterminate": 3, "failed": 4}[self.result]

    @property
    def trial(self) -> bool:
        """Whether any signature is for trial and so has no legal value."""
        return any(each.trial for file in self.files for each in file.findings)


def gather(
    checks: Iterable[Check], made_at: datetime, *, pictures: bool, step: Callable[[], None] = lambda: None
) -> VerificationReport:
    """Make a report of *checks*.

    Args:
        checks: What `pipeline.checking` gave.
        made_at: When that was (aware).
        pictures: Whether first pages are drawn; about half a second each.
        step: Called after each file.
    """
    by_path: dict[Path, list[Check]] = {}
    for each in checks:
        by_path.setdefault(each.path, []).append(each)
    files: list[FileReport] = []
    for path, found in by_path.items():
        room = pictures and sum(file.page is not None for file in files) < MOST_PICTURES
        files.append(_file(path, found, picture=room))
        step()
    result = worst([file.result for file in files]) if files else "failed"
    return VerificationReport(made_at, result, _version(), tuple(files))


def worst(results: Sequence[Result]) -> Result:
    """Return the worst of some results."""
    return max(results, key=_WORST.index)


def _file(path: Path, found: Sequence[Check], *, picture: bool) -> FileReport:
    sha256 = next((each.sha256 for each in reversed(found) if each.sha256), None)
    pdf = any(each.what == "signature" for each in found) and path.suffix.lower() != ".json"
    return FileReport(
        path=path,
        result=worst([each.result for each in found]),
        findings=tuple(found),
        sha256=sha256,
        listed=next((each.listed for each in found if each.listed), None),
        page=_page(path, sha256) if picture and pdf and sha256 else None,
    )


def _page(path: Path, sha256: str) -> PagePicture | None:
    """Draw page 1 of the bytes that were judged; what lies there by now may be something else."""
    try:
        if not path.is_file():  # a pipe would hold us up for ever
            return None
        with path.open("rb") as file:
            data = file.read(MOST_PDF + 1)
    except OSError:
        return None
    return first_page(data) if digest_of(data) == sha256 else None


def _version() -> str:
    try:
        return version("sohoa")
    except PackageNotFoundError:
        return "?"
