"""``sohoa verify``: check PDFs, manifests and dossier folders, say in words what holds, and write reports of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from rich.progress import Progress

from pipeline.buckets import check_bucket, is_bucket
from pipeline.checking import Check, check_all
from pipeline.cli.show import aside, coloured, people, put_json, safe, table
from pipeline.clock import now
from pipeline.errors import Misconfigured, Usage
from pipeline.judging import ChildJudge
from pipeline.manifest import NAME
from pipeline.messages import say
from pipeline.reports import VerificationReport, gather
from pipeline.reports.as_etsi import as_etsi
from pipeline.reports.as_html import as_html
from pipeline.reports.as_json import as_json as json_file
from pipeline.reports.as_json import report_json
from pipeline.reports.as_pdf import as_pdf
from pipeline.reports.plain import local
from pipeline.reports.words import why
from pipeline.settings import Settings
from pipeline.stores import server_of
from pipeline.translate import ours
from pipeline.wiring import trust_of
from signing import Trust

FAILED, UNKNOWN = 4, 3
_SEVERITY = ("passed", "indeterminate", "failed")
#: Kinds of report: the end of the file's name, and who writes it.
REPORTS: Mapping[str, tuple[str, Callable[[VerificationReport], bytes]]] = {
    "html": ("html", as_html),
    "pdf": ("pdf", as_pdf),
    "json": ("json", json_file),
    "etsi": ("etsi.xml", as_etsi),
}
_NAME = "verification-report"
#: Kinds that show first pages.
_PICTURED = frozenset({"html", "pdf"})


def verify_command(
    settings: Settings,
    paths: Sequence[Path],
    *,
    trust: Sequence[str],
    as_json: bool,
    report: str | None = None,
    report_dir: Path | None = None,
) -> int:
    """Check *paths*; return 0 when everything holds, 4 when something does not, 3 when something is not known.

    Args:
        settings: Where the development root is, and what else to trust.
        paths: PDFs, manifests, dossier folders, or folders of these.
        trust: Trust sets and files given in the call.
        as_json: Say it to machines.
        report: Kinds of `REPORTS`, with commas between; None for no report.
        report_dir: Where they are written, as ``verification-report.<end>``, and pictures of pages that do not look
            as they were signed; made when it is not there. None for the present folder, and pictures only in reports.

    Raises:
        Usage: a path or a trust file is missing or no such thing; ``report-unknown``, ``report-in-dossier``.
        Misconfigured: ``output-failed``, or a font is missing.
    """
    for path in paths:
        if not is_bucket(path) and not path.exists():
            raise Usage("path-missing", path=str(path))
    kinds, folder = _kinds(report), report_dir or Path()
    if kinds or report_dir:
        _keep_out(folder, paths)
    anchors, at = trust_of(settings, trust), now()
    with Progress(console=aside(), transient=True, disable=as_json) as progress:
        task = progress.add_task(say("progress.verifying"), total=None)
        step = partial(progress.advance, task)
        checks = _checked(settings, paths, anchors, at, step)
        gathered = gather(checks, at, pictures=bool(report_dir or _PICTURED & set(kinds)), step=step)
        written = [_write(folder, REPORTS[kind][0], REPORTS[kind][1](gathered)) for kind in kinds]
        pictures = _pictures(folder, gathered) if kinds or report_dir else []
    if as_json:
        put_json(report_json(gathered))
    else:
        _show(checks, gathered.exit_code, written, pictures)
    return gathered.exit_code


def _checked(
    settings: Settings, paths: Sequence[Path], trust: Trust, at: datetime, step: Callable[[], None]
) -> list[Check]:
    workers, scratch = settings.worker_count, settings.var / "scratch"
    here = [path for path in paths if not is_bucket(path)]
    with ours(), ChildJudge(trust, at, workers=workers) as judge, ThreadPoolExecutor(workers) as hands:
        found = list(check_all(here, judge, step, hands))
        for path in paths:
            if is_bucket(path):
                found += check_bucket(path, judge, step, hands, server=server_of(settings), scratch=scratch)
        return found


def _kinds(report: str | None) -> list[str]:
    named = [each.strip().lower() for each in (report or "").split(",") if each.strip()]
    for kind in named:
        if kind not in REPORTS:
            raise Usage("report-unknown", kind=kind, known=", ".join(REPORTS))
    return list(dict.fromkeys(named))


def _keep_out(folder: Path, paths: Sequence[Path]) -> None:
    """Refuse to write into what is checked, or into a dossier: there the report would be a file too many."""
    inside = folder.resolve()
    checked = any(path.is_dir() and inside.is_relative_to(path.resolve()) for path in paths)
    if checked or (inside / NAME).is_file():
        raise Usage("report-in-dossier", path=str(folder))


def _pictures(folder: Path, report: VerificationReport) -> list[Path]:
    """Write the pages that do not look as they were signed as pictures of their own."""
    pages = [page for file in report.files for page in file.compared]
    return [_write(folder, f"{number}.png", page.picture.png) for number, page in enumerate(pages, 1)]


def _write(folder: Path, end: str, data: bytes) -> Path:
    """Write a part of the report, for its owner's eyes only, as mkstemp makes files: pages show personal data."""
    path = folder / f"{_NAME}.{end}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=folder, prefix=".partial-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Misconfigured("output-failed", path=str(path), problem=error.strerror or "?") from error
    return path


def _show(checks: Sequence[Check], code: int, written: Sequence[Path], pictures: Sequence[Path]) -> None:
    console = people()
    columns = ("path", "result", "why", "signer", "time")
    shown = table(say("verify.heading"), *(say(f"verify.column-{column}") for column in columns))
    for path, group in groupby(checks, lambda each: each.path):
        ours = list(group)
        worst = max((each.result for each in ours), key=_SEVERITY.index)
        signed = [each for each in ours if each.signer]
        shown.add_row(
            safe(f"{path.resolve().parent.name}/{path.name}"),
            coloured(worst, say(f"verify.{worst}")),
            "\n".join(safe(why(each)) for each in ours),
            "\n".join(safe(each.signer or "") for each in signed),
            "\n".join(local(each.time) for each in signed if each.time),
        )
    console.print(shown)
    if any(each.trial for each in checks):
        console.print(f"[red bold]{say('verify.trial')}[/red bold]")
    names = ", ".join(dict.fromkeys(str(each.path) for each in checks if each.result != "passed"))
    colour = {0: "passed", FAILED: "failed", UNKNOWN: "indeterminate"}[code]
    key = {0: "verify.all-hold", FAILED: "verify.not-all-hold", UNKNOWN: "verify.not-all-known"}[code]
    said = say(key, names=names)
    console.print(coloured(colour, said), soft_wrap=True)
    for path in written:
        console.print(safe(say("verify.report-written", path=path)), soft_wrap=True)
    if pictures:
        console.print(safe(say("verify.pictures-written", paths=", ".join(map(str, pictures)))), soft_wrap=True)
