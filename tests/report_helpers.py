"""Findings as a verifier could make them, plain and hostile, for the tests of reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from hypothesis import strategies as st

from pipeline.checking import Check, Listed, Result
from pipeline.reports import VerificationReport, gather
from signing import SignatureReport, Status
from signing.model import ChainLink, Change, Level, RevocationUsed, StampSeen

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
RESULTS: dict[Status, Result] = {"TOTAL-PASSED": "passed", "TOTAL-FAILED": "failed", "INDETERMINATE": "indeterminate"}
LISTED = Listed("H15.50.05.13-261121-0001", "Đăng ký khai sinh", "UBND phường Tuy Phước", "TP01", "Tờ khai")
#: What somebody who makes his own certificate may call himself.
EVIL = '<script>alert("x")</script>&amp;\u202egpj.exe\x00\n\r\t\ud800漢字😀 שלום ' + "A" * 10_000

CHAIN = (
    ChainLink("Nguyễn Thị Hồng Ánh", "a" * 64, NOW - YEAR, NOW + 2 * YEAR),
    ChainLink("CA chuyên dùng Chính phủ", "b" * 64, NOW - 5 * YEAR, NOW + 5 * YEAR),
    ChainLink("Root CA quốc gia", "c" * 64, NOW - 15 * YEAR, NOW + 15 * YEAR),
)
FULL = SignatureReport(
    "TOTAL-PASSED",
    "OK",
    "All holds.",
    level="PAdES-B-LTA",
    signer="Nguyễn Thị Hồng Ánh",
    fingerprint="a" * 64,
    signed_attrs_sha256="f" * 64,
    signing_time=NOW - timedelta(days=200),
    timestamp_time=NOW - timedelta(days=200),
    covers_whole_file=True,
    docmdp=1,
    changed_after=True,
    changes=("validation-data", "timestamp"),
    chain=CHAIN,
    revocation=(RevocationUsed("crl", "CA chuyên dùng Chính phủ", NOW - YEAR / 2, NOW, "d" * 64, embedded=True),),
    timestamps=(
        StampSeen("signature", NOW - timedelta(days=200), "TSA Ban Cơ yếu", "e" * 64, "TOTAL-PASSED", "OK"),
        StampSeen("document", NOW - timedelta(days=20), "TSA Ban Cơ yếu", "e" * 64, "TOTAL-PASSED", "OK"),
    ),
    best_time=NOW - timedelta(days=200),
    best_time_proof="signature-timestamp",
    extendable_until=NOW + 5 * YEAR,
    own_check="passed",
    pyhanko_check="passed",
)
#: All that is known of a signature that could not even be parsed.
BARE = SignatureReport("INDETERMINATE", "GENERIC", "")


def checked(signature: SignatureReport, path: Path = Path("/in/TP01-01.pdf"), listed: Listed | None = None) -> Check:
    return Check(
        path,
        "signature",
        RESULTS[signature.status],
        signature.code,
        signature.detail,
        signature.signer,
        signature.best_time or signature.signing_time,
        signature.level,
        signature.trial,
        sha256="9" * 64,
        signature=signature,
        policy="sohoa-verification 1",
        policy_sha256="1" * 64,
        listed=listed,
    )


def report_on(*signatures: SignatureReport, listed: Listed | None = None) -> VerificationReport:
    """A report on one PDF that lies nowhere."""
    return gather([checked(each, listed=listed) for each in signatures], NOW, pictures=False)


def texts() -> st.SearchStrategy[str]:
    """Texts of foreign hands: any signs, and the worst ones more often."""
    return st.one_of(st.text(max_size=40), st.sampled_from([EVIL, "", "]]>", "{signer}", "%s", "a" + "\u0301" * 500]))


def times() -> st.SearchStrategy[datetime]:
    """Every moment that a certificate can tell."""
    return st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
        [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), NOW]
    )


def digests() -> st.SearchStrategy[str]:
    return st.binary(min_size=32, max_size=32).map(bytes.hex)


def signatures() -> st.SearchStrategy[SignatureReport]:
    """Any report on a signature that the model can hold."""
    statuses = st.sampled_from(sorted(get_args(Status)))
    codes = st.sampled_from(["OK", "HASH_FAILURE", "TRY_LATER", "DOCUMENT_CHANGED", "GENERIC", "SOMETHING_NEW"])
    answers = st.sampled_from(["passed", "failed", "unknown"])
    links = st.builds(ChainLink, texts(), digests(), times(), times())
    used = st.builds(
        RevocationUsed,
        st.sampled_from(["crl", "ocsp"]),
        texts(),
        times(),
        st.none() | times(),
        digests(),
        embedded=st.booleans(),
    )
    seen = st.builds(
        StampSeen, st.sampled_from(["signature", "document"]), times(), texts(), digests(), statuses, codes
    )
    return st.builds(
        SignatureReport,
        statuses,
        codes,
        texts(),
        level=st.sampled_from(sorted(get_args(Level))),
        signer=st.none() | texts(),
        fingerprint=st.none() | digests(),
        signed_attrs_sha256=st.none() | digests(),
        signing_time=st.none() | times(),
        timestamp_time=st.none() | times(),
        trial=st.booleans(),
        covers_whole_file=st.booleans(),
        docmdp=st.none() | st.integers(-5, 5),
        changed_after=st.booleans(),
        changes=st.lists(st.sampled_from(sorted(get_args(Change))), unique=True).map(tuple),
        chain=st.lists(links, max_size=3).map(tuple),
        revocation=st.lists(used, max_size=2).map(tuple),
        timestamps=st.lists(seen, max_size=2).map(tuple),
        best_time=st.none() | times(),
        best_time_proof=st.sampled_from(["signature-timestamp", "document-timestamp", None]),
        extendable_until=st.none() | times(),
        own_check=answers,
        pyhanko_check=answers,
        weak=st.lists(texts(), max_size=2).map(tuple),
    )
