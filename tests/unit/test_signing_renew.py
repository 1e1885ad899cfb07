"""Renewing a sealed file through the years: each stamp is proved by the next, and nothing doubtful is touched."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest
from authority import DAY, START, Authority

from signing import DocumentUnsealable, Mark, RevocationUnavailable, TimestampUnavailable, Trust, seal_pdf, verify_pdf
from signing.authorities import OnlineRevocation
from signing.sealing.renew import RENEW_BEFORE, renew_pdf, stamp_end

YEAR = 365.25 * DAY
FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


def sealed(authority: Authority) -> bytes:
    """Seal with a certificate of two years and stamps of four."""
    authority.stampers["tsa/1"] = authority.stamper("TSA 0", life=4 * YEAR)
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(file)
    identity = authority.identity(authority.fetcher(timeout_s=5), life=2 * YEAR)
    mark = Mark(("BẢN SAO",), None, FONT)
    words = {"name": None, "reason": None, "location": None}
    return seal_pdf(file.getvalue(), identity=identity, mark=mark, when=authority.now, **words).pdf


def renewed(authority: Authority, pdf: bytes, **more: object) -> bytes | None:
    fetcher = authority.fetcher(timeout_s=5)
    return renew_pdf(
        pdf,
        **{
            "trust": authority.trust,
            "timestamper": authority.timestamper(fetcher),
            "revocation": OnlineRevocation(fetcher),
            "now": authority.now,
            **more,
        },
    )


def current_trust(authority: Authority) -> Trust:
    """What an auditor has who fetched the lists of the day."""
    return dataclasses.replace(authority.trust, crls=(authority.answer("crl/root", b"")[1],))


def end_of(pdf: bytes) -> datetime:
    end = stamp_end(pdf)
    assert end is not None
    return end


def move_to(authority: Authority, now: datetime) -> None:
    """Move the clock; the authority has a new certificate for its stamps by then."""
    authority.now = now
    authority.stampers["tsa/1"] = authority.stamper(f"TSA {now.year}", start=now - DAY, life=4 * YEAR)


def test_a_file_renewed_for_twenty_years_still_validates(authority: Authority) -> None:
    pdf, times = sealed(authority), 0
    for quarter in range(1, 81):
        now = START + quarter * YEAR / 4
        if end_of(pdf) - RENEW_BEFORE <= now:
            move_to(authority, now)
            longer = renewed(authority, pdf)
            assert longer is not None
            assert longer.startswith(pdf), "what was there stays, byte for byte"
            pdf, times = longer, times + 1
    authority.now = START + 20 * YEAR
    report = verify_pdf(pdf, trust=current_trust(authority), now=authority.now)
    assert (report.status, report.code) == ("TOTAL-PASSED", "OK")
    assert report.signatures[0].best_time == START, "it is proved to have existed since it was made"
    assert times == 5
    assert len(report.signatures) == 2 + times


def test_a_file_is_due_within_the_window_only(authority: Authority) -> None:
    pdf = sealed(authority)
    end = START - DAY + 4 * YEAR
    assert end_of(pdf) == end
    authority.now = end - RENEW_BEFORE - DAY
    assert renewed(authority, pdf) is None, "not due: nothing is asked, nothing is changed"
    move_to(authority, end - RENEW_BEFORE)
    assert renewed(authority, pdf) is not None


def test_a_stamp_that_would_end_no_later_is_not_added(authority: Authority) -> None:
    """Else a file would grow with each try until the authority has a new certificate."""
    pdf = sealed(authority)
    authority.now = START + 3.9 * YEAR
    assert end_of(pdf) - RENEW_BEFORE <= authority.now
    assert renewed(authority, pdf) is None


@pytest.mark.parametrize("data", [b"", b"no PDF", b"%PDF-1.7\n"])
def test_what_has_no_stamp_is_never_due(data: bytes) -> None:
    assert stamp_end(data) is None


def test_a_file_left_too_long_is_not_renewed(authority: Authority) -> None:
    pdf = sealed(authority)
    move_to(authority, START + 5 * YEAR)
    with pytest.raises(DocumentUnsealable, match="its last stamp is lost"):
        renewed(authority, pdf)


@pytest.mark.parametrize("word", [b"/MediaBox", b"/DSS", b"/Contents", b"BaseFont"])
def test_an_altered_file_is_never_renewed(authority: Authority, word: bytes) -> None:
    pdf = sealed(authority)
    altered = pdf.replace(word, word[:-1] + b"q", 1)
    assert altered != pdf
    move_to(authority, START + 3.9 * YEAR)
    with pytest.raises(DocumentUnsealable, match="not renewed"):
        renewed(authority, altered)


def test_a_file_whose_last_stamp_was_made_by_a_revoked_certificate_is_not_renewed(authority: Authority) -> None:
    pdf = sealed(authority)
    authority.revoke("crl/root", authority.stampers["tsa/1"].certificate.serial_number)
    move_to(authority, START + 3.9 * YEAR)
    with pytest.raises(DocumentUnsealable, match="revoked"):
        renewed(authority, pdf)


def test_bytes_behind_the_end_are_not_covered_up_by_a_new_stamp(authority: Authority) -> None:
    pdf = sealed(authority) + b"% and something else\n"
    move_to(authority, START + 3.9 * YEAR)
    with pytest.raises(DocumentUnsealable, match="not renewed"):
        renewed(authority, pdf)


@pytest.mark.parametrize(
    ("moods", "error"),
    [
        ({"tsa/1": "down", "tsa/2": "nonce"}, TimestampUnavailable),
        ({"crl/root": "down"}, RevocationUnavailable),
        ({"crl/root": "forged"}, RevocationUnavailable),
    ],
)
def test_a_renewal_waits_for_authorities_and_goes_on_when_they_are_back(
    authority: Authority, moods: dict[str, str], error: type[Exception]
) -> None:
    pdf = sealed(authority)
    move_to(authority, START + 3.9 * YEAR)
    authority.moods |= moods
    with pytest.raises(error):
        renewed(authority, pdf)
    authority.moods.clear()
    assert renewed(authority, pdf) is not None
