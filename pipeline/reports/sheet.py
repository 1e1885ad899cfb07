"""What a report says to people, in Vietnamese: the whole of it, and each file; signatures are `signatures`' affair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.messages import say
from pipeline.reports.blocks import Block, Facts, Figure, Grid, Row, Section, Sheet, Words
from pipeline.reports.gather import FileReport, VerificationReport
from pipeline.reports.plain import moment, plain
from pipeline.reports.signatures import signature_sections
from pipeline.reports.words import why

#: Files that are told in full; the worst are, and the others counted. A hundred make some ten seconds of PDF, and
#: nobody reads more. The forms for programs have all.
MOST_TOLD = 100
_PATH_LETTERS = 300


def sheet_of(report: VerificationReport) -> Sheet:
    """Put *report* into words."""
    meaning = [Words(say(f"report.meaning-{report.result}"))]
    if report.trial:
        meaning.append(Words(say("report.meaning-trial"), "failed"))
    told = _worst_first(report.files)[:MOST_TOLD] if len(report.files) > MOST_TOLD else report.files
    summary = [_summary(report)] if len(report.files) > 1 else []
    return Sheet(
        title=say("report.title"),
        tone=report.result,
        verdict=say(f"verify.{report.result}"),
        meaning=tuple(meaning),
        facts=_about(report),
        sections=(*summary, *(section for file in told for section in _file(file, report))),
        closing=say("report.closing"),
    )


def _about(report: VerificationReport) -> Facts:
    signatures = sum(len(file.signatures) for file in report.files)
    rows = [
        Row(say("report.checked-at"), moment(report.made_at)),
        Row(say("report.counted"), say("report.counted-files", files=len(report.files), signatures=signatures)),
        Row(say("report.software"), say("report.software-name", version=report.tool_version)),
    ]
    listed = next((file.listed for file in report.files if file.listed), None)
    dossiers = {file.listed.dossier for file in report.files if file.listed}
    if listed is not None and len(dossiers) == 1:
        rows += [
            Row(say("report.row-dossier"), plain(listed.dossier)),
            Row(say("report.row-procedure"), plain(listed.procedure)),
            Row(say("report.row-agency"), plain(listed.agency)),
        ]
    return Facts(tuple(rows))


def _summary(report: VerificationReport) -> Section:
    shown = _worst_first(report.files)[:MOST_TOLD]
    rows = tuple((_name(file), say(f"verify.{file.result}"), "; ".join(_reasons(file))) for file in shown)
    heads = tuple(say(f"report.column-{name}") for name in ("file", "result", "why"))
    grid = Grid(heads, (0.36, 0.18, 0.46), rows, tones=tuple(file.result for file in shown))
    left = len(report.files) - len(shown)
    rest = [Words(say("report.files-left", count=left))] if left else []
    return Section(say("report.files-heading"), 1, (grid, *rest))


def _worst_first(files: Sequence[FileReport]) -> Sequence[FileReport]:
    return sorted(files, key=lambda file: ("failed", "indeterminate", "passed").index(file.result))


def _name(file: FileReport) -> str:
    return plain(f"{file.path.absolute().parent.name}/{file.path.name}", 120)


def _reasons(file: FileReport) -> Iterator[str]:
    """Return why a file is as it is: of what does not hold only the worst, of what holds everything."""
    said = dict.fromkeys(why(each) for each in file.findings if each.result == file.result)
    yield from said


def _file(file: FileReport, report: VerificationReport) -> Iterator[Section]:
    rows = [Row(say("report.row-path"), plain(file.path, _PATH_LETTERS))]
    if file.listed is not None and file.listed.component is not None:
        component = f"{file.listed.component} – {file.listed.component_name}"
        rows.append(Row(say("report.row-component"), plain(component)))
    if file.sha256 is not None:
        rows.append(Row(say("report.row-sha256"), file.sha256, code=True))
    if file.signatures:
        rows += _policy(file)
    findings = tuple((say(f"verify.{each.result}"), why(each)) for each in file.findings)
    heads = (say("report.column-result"), say("report.column-why"))
    grid = Grid(heads, (0.24, 0.76), findings, tones=tuple(each.result for each in file.findings))
    blocks: list[Block] = [Facts(tuple(rows)), grid]
    if file.page is not None and not any(each.number == 1 for each in file.compared):
        blocks.append(Figure(file.page, say("report.page-caption")))
    elif file.page is None and file.sha256 and file.signatures and file.path.suffix.lower() == ".pdf":
        blocks.append(Words(say("report.no-page")))
    blocks += _compared(file)
    yield Section(f"{_name(file)}: {say(f'verify.{file.result}')}", 1, tuple(blocks), file.result)
    yield from signature_sections(file, report.made_at)


def _compared(file: FileReport) -> Iterator[Block]:
    """Show the pages that do not look as they were signed."""
    seen = next((each.seen for each in file.findings if each.seen), None)
    pages = [page for revision in seen.revisions for page in revision.pages] if seen else []
    different = {page.number for page in pages if page.status == "different"}
    for each in file.compared:
        fields = plain(", ".join(each.fields))
        caption = say(f"report.compared-{each.reason or 'parts'}", page=each.number, fields=fields)
        yield Figure(each.picture, caption, wide=True)
    if left := len(different) - len(file.compared):
        yield Words(say("report.compared-left", count=left))


def _policy(file: FileReport) -> Iterator[Row]:
    judged = next((each for each in file.findings if each.policy), None)
    if judged is None:
        return
    yield Row(say("report.row-policy"), plain(judged.policy))
    if judged.policy_sha256:
        yield Row(say("report.row-policy-sha256"), plain(judged.policy_sha256), code=True)
