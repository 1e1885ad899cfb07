"""From a sealed PDF, or bytes and their seal, to a report. Offline; no byte string makes it raise.

pyHanko reads and validates; on top of it stand checks of our own, since it says VALID too easily
and raises KeyError and its like on one hostile file in five. Not here: comparing what revisions
look like, long-term data (B-LT), and the words that people are shown.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
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
from signing.detached import check_detached, describe_detached
from signing.embedded import check_embedded, describe_embedded
from signing.model import PdfReport, SignatureReport, Status, pdf_report, unsigned
from signing.trust import Trust

# Both log what we report; without a handler Python would print it on the terminal.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


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
        trust: roots and revocation lists; what is not in them is unknown, never valid.
        now: the present time (aware).
    """
    try:
        reader = _open(data)
        fields = _fields(reader)
    except Exception as error:  # noqa: BLE001 - as above; what cannot be read is reported
        return unsigned("FORMAT_FAILURE", f"The file cannot be read as a PDF: {_said(error)}.")
    names = frozenset(name for name, _, _ in fields)
    reports: list[tuple[int, SignatureReport]] = []
    for name, _, field in fields:
        try:
            embedded = EmbeddedPdfSignature(reader, field.get_object(), name)
        except Exception as error:  # noqa: BLE001 - as above
            reports.append((0, _unreadable(error)))
            continue
        report = _guarded(
            partial(describe_embedded, embedded),
            partial(check_embedded, embedded=embedded, data=data, names=names, trust=trust, now=now),
        )
        reports.append((embedded.signed_revision, report))
    reports.sort(key=lambda entry: entry[0])
    return pdf_report([report for _, report in reports])


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
    return _guarded(
        partial(describe_detached, signed, signer),
        partial(check_detached, p7s=p7s, data=data, signed=signed, signer=signer, trust=trust, now=now),
    )


def _open(data: bytes) -> PdfFileReader:
    """Read strictly, else leniently: of three real provincial decisions one has a key twice."""
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
    describe: Callable[[], SignatureReport], check: Callable[[SignatureReport], SignatureReport]
) -> SignatureReport:
    """Describe a signature, then check it; what either stumbles on becomes a report."""
    report = SignatureReport("INDETERMINATE", "GENERIC", "")
    try:
        report = describe()
        return check(report)
    except SignatureValidationError as error:
        code = error.ades_subindication.standard_name
        failed = code in {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE"}
        status: Status = "TOTAL-FAILED" if failed else "INDETERMINATE"
        detail = f"The signature does not hold: {_said(error)}."
        return dataclasses.replace(report, status=status, code=code, detail=detail)
    except Exception as error:  # noqa: BLE001 - 27 of 134 odd files raise raw exceptions in pyHanko
        detail = f"The signature cannot be checked: {_said(error)}."
        return dataclasses.replace(report, status="INDETERMINATE", code="GENERIC", detail=detail)


def _unreadable(error: Exception) -> SignatureReport:
    return SignatureReport("TOTAL-FAILED", "FORMAT_FAILURE", f"The signature cannot be read: {_said(error)}.")


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip().rstrip(".").replace("\n", " ")
