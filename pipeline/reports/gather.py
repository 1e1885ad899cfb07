"""One frozen report of everything that a call of ``sohoa verify`` checked; every form is written from it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from pipeline.checking import Check, Listed, Result
from pipeline.judging import MOST_PDF, read_at_most, seen_limits
from pipeline.reports.page import ComparedPage, PagePicture, compared_pages, first_page
from signing import SignatureReport
from storage import digest_of

#: First pages drawn in one report: more make no better proof, and a file that no reader opens.
MOST_PICTURES = 60
#: Pages shown as they were signed and as they are, of one file and in one report; the findings name all of them.
MOST_COMPARED, MOST_COMPARED_IN_ALL = 4, 24
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
    #: Pages that do not look as they were signed; the first ones.
    compared: tuple[ComparedPage, ...] = ()

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
        pictures: Whether pages are drawn, first ones and those that differ; about half a second each.
        step: Called after each file.
    """
    by_path: dict[Path, list[Check]] = {}
    for each in checks:
        by_path.setdefault(each.path, []).append(each)
    files: list[FileReport] = []
    for path, found in by_path.items():
        file = _file(path, found)
        if pictures:
            first = sum(each.page is not None for each in files) < MOST_PICTURES
            left = MOST_COMPARED_IN_ALL - sum(len(each.compared) for each in files)
            file = _pictured(file, first=first, compared=min(left, MOST_COMPARED))
        files.append(file)
        step()
    result = worst([file.result for file in files]) if files else "failed"
    return VerificationReport(made_at, result, _version(), tuple(files))


def worst(results: Sequence[Result]) -> Result:
    """Return the worst of some results."""
    return max(results, key=_WORST.index)


def _file(path: Path, found: Sequence[Check]) -> FileReport:
    sha256 = next((each.sha256 for each in reversed(found) if each.sha256), None)
    return FileReport(
        path=path,
        result=worst([each.result for each in found]),
        findings=tuple(found),
        sha256=sha256,
        listed=next((each.listed for each in found if each.listed), None),
    )


def _pictured(file: FileReport, *, first: bool, compared: int) -> FileReport:
    """Draw pages of the bytes that were judged; what lies there by now may be something else."""
    pdf = any(each.what == "signature" for each in file.findings) and file.path.suffix.lower() != ".json"
    seen = next((each.seen for each in file.findings if each.seen), None)
    if not pdf or not (first or seen):
        return file
    data = read_at_most(file.path, MOST_PDF)
    if data is None or digest_of(data) != file.sha256:
        return file
    pages = () if seen is None else compared_pages(data, seen, limits=seen_limits(len(data)), most=compared)
    return replace(file, page=first_page(data) if first else None, compared=pages)


def _version() -> str:
    try:
        return version("sohoa")
    except PackageNotFoundError:
        return "?"
