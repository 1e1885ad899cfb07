"""What a report says of one signature, in Vietnamese: who, when, by what proof, over what, and what came after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.checking import Result
from pipeline.messages import catalogue, say
from pipeline.reports.blocks import Block, Facts, Figure, Grid, Row, Section, Words
from pipeline.reports.gather import FileReport
from pipeline.reports.plain import day, moment, plain
from pipeline.reports.trail import trail
from pipeline.reports.words import of_code, why
from signing import SignatureReport, Status

#: Signatures of a file that are told in full; a bound that we chose.
MOST_SIGNATURES = 50
#: Rows of each table of evidence; a bound that we chose.
_MOST_ROWS = 40
_RESULTS: dict[Status, Result] = {
    "TOTAL-PASSED": "passed",
    "INDETERMINATE": "indeterminate",
    "TOTAL-FAILED": "failed",
}


def signature_sections(file: FileReport, checked_at: datetime) -> Iterator[Section]:
    """Tell of each signature of *file*."""
    for number, finding in enumerate([each for each in file.findings if each.signature][:MOST_SIGNATURES], 1):
        report = finding.signature
        if report is None:
            continue
        stamped = report.level == "DOCUMENT-TIMESTAMP"
        key = "report.timestamp-heading" if stamped else "report.signature-heading"
        heading = say(key, number=number, result=say(f"verify.{finding.result}"))
        blocks = [Words(why(finding), finding.result), *_blocks(report, checked_at)]
        yield Section(heading, 2, tuple(blocks), finding.result)


def _blocks(report: SignatureReport, checked_at: datetime) -> Iterator[Block]:
    yield Facts((*_who(report), *_when(report), *_what(report)))
    drawing = trail(report, checked_at)
    if drawing is None:
        yield Words(say("report.chain-none"), "indeterminate")
    else:
        yield Figure(drawing, say("report.chain-caption"))
        yield _chain(report)
    yield _stamps(report) if report.timestamps else Words(say("report.stamps-none"))
    yield _revocation(report) if report.revocation else Words(say("report.revocation-none"))


def _who(report: SignatureReport) -> Iterator[Row]:
    stamped = report.level == "DOCUMENT-TIMESTAMP"
    signer = plain(report.signer) if report.signer else say("report.unknown-signer")
    yield Row(say("report.authority" if stamped else "report.signer"), signer)
    if len(report.chain) > 1:
        yield Row(say("report.issuer"), plain(report.chain[1].subject))
    if report.fingerprint:
        yield Row(say("report.fingerprint"), plain(report.fingerprint), code=True)
    yield Row(say("report.level"), plain(report.level))
    yield Row(say("report.code"), plain(f"{report.status} / {report.code}"))


def _when(report: SignatureReport) -> Iterator[Row]:
    claimed = moment(report.signing_time) if report.signing_time else say("report.no-claimed-time")
    yield Row(say("report.claimed-time"), claimed)
    best = report.best_time or report.timestamp_time
    proof = f"report.proof-{report.best_time_proof or 'other'}" if best else "report.proof-none"
    yield Row(say("report.best-time"), say(proof, time=moment(best) if best else ""))
    if report.extendable_until is not None:
        yield Row(say("report.extendable"), moment(report.extendable_until))


def _what(report: SignatureReport) -> Iterator[Row]:
    if report.level.startswith(("PAdES", "DOCUMENT", "PKCS")):
        yield Row(say("report.coverage"), say(f"report.covers-{'whole' if report.covers_whole_file else 'part'}"))
        allowed = f"report.docmdp-{report.docmdp or 'none'}"
        yield Row(say("report.docmdp"), say(allowed) if allowed in catalogue() else plain(report.docmdp))
        yield Row(say("report.changes"), _changes(report))
    own, other = say(f"report.answer-{report.own_check}"), say(f"report.answer-{report.pyhanko_check}")
    if {report.own_check, report.pyhanko_check} != {"unknown"}:
        key = "report.twice-both" if report.own_check == report.pyhanko_check else "report.twice-differ"
        yield Row(say("report.twice"), say(key, own=own, other=other))
    if report.weak:
        yield Row(say("report.weak"), plain(", ".join(report.weak)))


def _changes(report: SignatureReport) -> str:
    if report.changes:
        return "; ".join(say(f"report.change-{each}") for each in report.changes)
    return say("report.changes-some" if report.changed_after else "report.changes-none")


def _chain(report: SignatureReport) -> Grid:
    rows = tuple(
        (
            plain(link.subject),
            say("report.from-to", start=day(link.not_before), end=day(link.not_after)),
            plain(link.fingerprint),
        )
        for link in report.chain[:_MOST_ROWS]
    )
    heads = tuple(say(f"report.column-{name}") for name in ("subject", "validity", "fingerprint"))
    return Grid(heads, (0.36, 0.24, 0.40), rows, frozenset({2}))


def _stamps(report: SignatureReport) -> Grid:
    shown = report.timestamps[:_MOST_ROWS]
    rows = tuple(
        (say(f"report.stamp-{seen.kind}"), moment(seen.time), plain(seen.authority), of_code(seen.code))
        for seen in shown
    )
    heads = (say("report.stamps-heading"), *(say(f"report.column-{name}") for name in ("time", "authority", "result")))
    tones = tuple(_RESULTS[seen.status] for seen in shown)
    return Grid(heads, (0.17, 0.25, 0.30, 0.28), rows, tones=tones)


def _revocation(report: SignatureReport) -> Grid:
    rows = tuple(
        (
            say(f"report.revocation-{used.kind}"),
            plain(used.issuer),
            moment(used.produced_at),
            moment(used.next_update) if used.next_update else say("report.none"),
            say("report.embedded" if used.embedded else "report.supplied"),
            plain(used.sha256),
        )
        for used in report.revocation[:_MOST_ROWS]
    )
    names = ("authority", "produced", "next", "where", "fingerprint")
    heads = (say("report.revocation-heading"), *(say(f"report.column-{name}") for name in names))
    return Grid(heads, (0.11, 0.20, 0.15, 0.15, 0.12, 0.27), rows, frozenset({5}))
