"""From a sealed PDF, or bytes and their seal, to a report. Offline; no byte string makes it raise.

pyHanko reads and validates; beside it stands a check of our own (`signing.verifying.independent`), since it
says VALID too easily, and around both a guard, since it raises KeyError and its like on one hostile
file in five. Not here: comparing what revisions look like, time limits (a child that can be killed
is the caller's business), and the words that people are shown.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from io import BytesIO

from asn1crypto import cms
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.blocking import in_turn
from signing.model import PdfReport, SignatureReport, StampSeen, Status, pdf_report, unsigned
from signing.trust import Trust
from signing.verifying.check import Grounds
from signing.verifying.detached import check_detached, describe_detached
from signing.verifying.embedded import Surroundings, check_embedded, describe_embedded, gap_of
from signing.verifying.independent import Opinion, opinion_at, opinion_on, spans_in
from signing.verifying.longterm import Proof, material_in
from signing.verifying.policy import Policy, current_policy
from signing.verifying.revocation import Material

# Both log what we report; without a handler Python would print it on the terminal.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

#: Where the end of a PDF is looked for, octets (ISO 32000-1, H.3: 1024 suffice).
TAIL = 65_536


def has_signature(pdf: bytes) -> bool:
    """Say whether *pdf* carries a signature field that is filled in; False for what is no PDF.

    Cheap: no signature is parsed. A paper that arrives signed must not be rewritten.
    """
    try:
        reader = _open(pdf)
        return "/Perms" in reader.root or any("/ByteRange" in value.get_object() for _, value, _ in _fields(reader))
    except Exception:  # noqa: BLE001 - pyHanko raises KeyError, AssertionError … on odd files
        return False


@in_turn
def verify_pdf(data: bytes, *, trust: Trust, now: datetime) -> PdfReport:
    """Check every signature in the PDF *data* and report; never raises for any bytes.

    Args:
        data: the whole file.
        trust: roots and revocation lists; what is not in them, nor in the file and vouched for by them, is unknown.
        now: the present time (aware).
    """
    policy = current_policy()
    try:
        report = _report_on(data, trust, now, policy)
    except MemoryError:
        report = _beyond("it takes more memory than there is")
    except Exception as error:  # noqa: BLE001 - the last net: whatever it stumbled on, nothing is known of the file
        detail = f"The file cannot be judged: {_said(error)}."
        report = dataclasses.replace(unsigned("GENERIC", detail), status="INDETERMINATE")
    return dataclasses.replace(report, policy=policy.name, policy_sha256=policy.sha256)


@in_turn
def verify_bytes(data: bytes, p7s: bytes, *, trust: Trust, now: datetime) -> SignatureReport:
    """Check the detached seal *p7s* (DER) over exactly *data*; never raises for any bytes.

    Args:
        data: the sealed bytes.
        p7s: what `seal_bytes` gave.
        trust: roots and revocation lists; what is not in them is unknown, never valid.
        now: the present time (aware).
    """
    try:
        message = cms.ContentInfo.load(p7s, strict=True)
        signed = message["content"]
        signer = extract_signer_info(signed)
    except Exception as error:  # noqa: BLE001 - asn1crypto raises what its parser stumbles on
        return _unreadable(error)
    grounds = Grounds(trust, Material(), current_policy(), now)
    own = opinion_on(data, p7s)
    try:
        return _guarded(
            own,
            partial(describe_detached, signed, signer),
            partial(check_detached, p7s=p7s, data=data, signed=signed, own=own, grounds=grounds),
        )
    except MemoryError:
        return SignatureReport("INDETERMINATE", "LIMIT_EXCEEDED", "The seal takes more memory than there is.")


def _report_on(data: bytes, trust: Trust, now: datetime, policy: Policy) -> PdfReport:
    if len(data) > policy.pdf_octets:
        return _beyond(f"{len(data)} octets")
    try:
        reader = _open(data)
        fields = _fields(reader)
        revisions = reader.xrefs.total_revisions
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - as above; what cannot be read is reported
        return unsigned("FORMAT_FAILURE", f"The file cannot be read as a PDF: {_said(error)}.")
    if len(fields) > policy.signatures or revisions > policy.revisions:
        return _beyond(f"{len(fields)} signatures and {revisions} revisions")
    embedded, reports = _parsed(reader, fields)
    comparisons = sum(revisions - 1 - each.signed_revision for each in embedded)
    if comparisons > policy.comparisons:
        return _beyond(f"{comparisons} revisions to compare")
    grounds = Grounds(trust, _material_in(reader), policy, now)
    names = frozenset(name for name, _, _ in fields)
    return pdf_report([*reports, *_in_order(embedded, data, names, grounds)])


def _parsed(
    reader: PdfFileReader, fields: Sequence[tuple[str, IndirectObject, IndirectObject]]
) -> tuple[list[EmbeddedPdfSignature], list[SignatureReport]]:
    """Return the signatures in *fields*, and reports on those that cannot be read."""
    embedded, reports = [], []
    for name, _, field in fields:
        try:
            embedded.append(EmbeddedPdfSignature(reader, field.get_object(), name))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            reports.append(_unreadable(error))
    return embedded, reports


def _material_in(reader: PdfFileReader) -> Material:
    try:
        return material_in(reader.root)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above; without it nothing passes that needs it
        return Material()


def _in_order(
    embedded: Sequence[EmbeddedPdfSignature], data: bytes, names: frozenset[str], grounds: Grounds
) -> list[SignatureReport]:
    """Judge from the last to the first, since later stamps prove when the earlier ones existed."""
    reports: list[SignatureReport] = []
    proofs: list[Proof] = []
    spans = spans_in(data)
    waiting = sorted(embedded, key=lambda each: (gap_of(each) or (0, 0), each.signed_revision))
    later: tuple[EmbeddedPdfSignature, ...] = ()
    while waiting:
        one = waiting.pop()
        gap = gap_of(one)
        own = Opinion("unknown", "no place") if gap is None else opinion_at(data, spans, gap=gap)
        around = Surroundings(data, own, names, later, tuple(proofs))
        report = _guarded(
            own,
            partial(describe_embedded, one, later),
            partial(check_embedded, embedded=one, around=around, grounds=grounds),
        )
        reports.append(report)
        proofs += _proof(one, report)
        later = (one, *later)
    return reports[::-1]


def _proof(embedded: EmbeddedPdfSignature, report: SignatureReport) -> list[Proof]:
    """Return what the signature just judged proves about earlier ones, if it is a stamp over the document."""
    gap = gap_of(embedded)
    if report.level != "DOCUMENT-TIMESTAMP" or gap is None:
        return []
    stamp = report.timestamp_time or report.signing_time
    if stamp is None:
        return []
    seen = StampSeen("document", stamp, report.signer or "", report.fingerprint or "", report.status, report.code)
    return [Proof(gap[0], seen, report.extendable_until)]


def _beyond(what: str) -> PdfReport:
    report = unsigned("LIMIT_EXCEEDED", f"The file is larger than what is looked into: {what}.")
    return dataclasses.replace(report, status="INDETERMINATE")


def _open(data: bytes) -> PdfFileReader:
    """Read strictly, else leniently: of three real provincial decisions one has a key twice."""
    if b"startxref" not in data[-TAIL:]:
        # pyHanko would look for it backwards, octet by octet: 4 s for each 10 MB
        raise PdfReadError("no startxref at its end")
    try:
        return PdfFileReader(BytesIO(data), strict=True)
    except PdfReadError:
        reader = PdfFileReader(BytesIO(data), strict=False)
        if reader.xrefs.hybrid_xrefs_present:
            # two readers would see two documents
            raise
        return reader


def _fields(reader: PdfFileReader) -> list[tuple[str, IndirectObject, IndirectObject]]:
    return list(enumerate_sig_fields(reader, filled_status=True))


def _guarded(
    own: Opinion, describe: Callable[[], SignatureReport], check: Callable[[SignatureReport], SignatureReport]
) -> SignatureReport:
    """Describe a signature, then check it; what either stumbles on becomes a report."""
    report = SignatureReport("INDETERMINATE", "GENERIC", "", own_check=own.answer)
    try:
        report = dataclasses.replace(describe(), own_check=own.answer)
        return check(report)
    except SignatureValidationError as error:
        code, detail = error.ades_subindication.standard_name, f"The signature does not hold: {_said(error)}."
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - 27 of 134 odd files raise raw exceptions in pyHanko
        code, detail = "GENERIC", f"The signature cannot be checked: {_said(error)}."
    return _given_up(report, own, code, detail)


def _given_up(report: SignatureReport, own: Opinion, code: str, detail: str) -> SignatureReport:
    """Report that pyHanko gave up with *code*; where it has no reason, ours counts."""
    broken = code in {"HASH_FAILURE", "SIG_CRYPTO_FAILURE"}
    status: Status = "TOTAL-FAILED" if broken or code == "FORMAT_FAILURE" else "INDETERMINATE"
    if broken and own.answer == "passed":
        status, code, detail = "INDETERMINATE", "CHECKS_DISAGREE", f"{detail} Our own check says passed."
    elif code == "GENERIC" and own.answer == "failed":
        status, code, detail = "TOTAL-FAILED", own.code, f"{detail} Our own check: {own.reason}."
    return dataclasses.replace(
        report, status=status, code=code, detail=detail, pyhanko_check="failed" if broken else "unknown"
    )


def _unreadable(error: Exception) -> SignatureReport:
    return SignatureReport("TOTAL-FAILED", "FORMAT_FAILURE", f"The signature cannot be read: {_said(error)}.")


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip().rstrip(".").replace("\n", " ")
