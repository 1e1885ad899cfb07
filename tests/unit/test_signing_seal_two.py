"""Two sign one file: somebody first and unseen, then the seal. Both must hold, and nothing but proofs may follow."""

from __future__ import annotations

import dataclasses
import io
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from attacks.changes import Writer, change_content, change_title, covering_field
from attacks.office import FONT, WHEN, YEAR, Office, Pair, crl, issue, paper, signed_by, updated, with_stamp, with_store
from attacks.revised import REVISIONS
from authority import START, Authority
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject

from signing import (
    Approval,
    Identity,
    IdentityUnusable,
    KnownLists,
    Limits,
    Mark,
    OnlineRevocation,
    PdfReport,
    TimestampUnavailable,
    compare_seen,
    renew_pdf,
    seal_pdf,
    verify_pdf,
)
from signing.identity.keys import HeldKeySigner, SealLevel, to_asn1
from signing.identity.timestamp import HeldKeyTimestamper

LEVELS: tuple[SealLevel, ...] = ("PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA")
MARK = Mark(("SAO Y; UBND phường Tuy Phước",), None, FONT)


@cache
def office() -> Office:
    return Office()


@cache
def officer(**options: object) -> Pair:
    return issue("Nguyễn Thị Mẫu", office().root, **options)  # type: ignore[arg-type]


def identity_of(pair: Pair) -> Identity:
    root, certificate = to_asn1(office().root.certificate), to_asn1(pair.certificate)
    signer, lists = HeldKeySigner(pair.key, certificate, ()), office().lists()
    return Identity(signer, certificate, (root,), lists, office().stamper(), KnownLists(lists))


def sealed_by(first: Identity, second: Identity, level: SealLevel = "PAdES-B-T", pdf: bytes | None = None) -> bytes:
    return seal_pdf(
        pdf or paper(),
        identity=second,
        mark=MARK,
        name="UBND phường Tuy Phước",
        reason="Số hóa",
        location=None,
        when=WHEN,
        level=level,
        first=Approval(first, "Nguyễn Thị Mẫu", "Chuyển đổi"),
    ).pdf


@cache
def both(level: SealLevel = "PAdES-B-T") -> bytes:
    return sealed_by(identity_of(officer()), identity_of(office().agency), level)


def report_on(pdf: bytes) -> PdfReport:
    return verify_pdf(pdf, trust=office().trust(), now=WHEN)


@pytest.mark.parametrize("level", LEVELS)
def test_both_signatures_pass_at_the_level_that_was_asked_for(level: SealLevel) -> None:
    signatures = [each for each in report_on(both(level)).signatures if each.level != "DOCUMENT-TIMESTAMP"]
    assert [(each.status, each.level) for each in signatures] == [("TOTAL-PASSED", level)] * 2
    assert [each.signer for each in signatures] == ["Nguyễn Thị Mẫu", "UBND phường Tuy Phước"]


def test_one_stamp_over_the_document_serves_both() -> None:
    levels = [each.level for each in report_on(both("PAdES-B-LTA")).signatures]
    assert levels == ["PAdES-B-LTA", "PAdES-B-LTA", "DOCUMENT-TIMESTAMP"]


def test_neither_certifies_and_the_second_locks_the_document() -> None:
    # A certification that allows nothing forbids the second signature; one that allows more, more than that.
    with pikepdf.open(io.BytesIO(both())) as pdf:
        assert "/Perms" not in pdf.Root
        first, second = pdf.Root.AcroForm.Fields
        assert "/Lock" not in first
        assert (second.Lock.Action, second.Lock.P) == (pikepdf.Name.All, 1)
        assert str(first.V.Name) == "Nguyễn Thị Mẫu"
    assert [each.docmdp for each in report_on(both()).signatures] == [None, 1]


def test_only_the_seal_is_seen_on_the_page() -> None:
    with pikepdf.open(io.BytesIO(both())) as pdf:
        first, second = (each.Rect.as_list() for each in pdf.pages[0].Annots)
    assert [float(side) for side in first] == [0, 0, 0, 0]
    assert float(second[2]) - float(second[0]) > 100
    assert compare_seen(both(), limits=Limits()).status == "permitted"


def test_pdfsig_and_qpdf_find_both_valid(tmp_path: Path) -> None:
    path = tmp_path / "both.pdf"
    path.write_bytes(both())
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=True).stdout
    assert said.count("Signature is Valid") == 2
    assert said.count("Total document signed") == 1, "the first signature covers what was there before the second"
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True).stdout
    assert "No syntax or stream encoding errors" in checked


# --- what may follow, and what may not ----------------------------------------------------------------------------


def test_validation_data_and_stamps_may_follow() -> None:
    later = with_stamp(with_store(both(), [office().agency], office().lists()), office().stamper())
    assert report_on(later).status == "TOTAL-PASSED"


@pytest.mark.parametrize("level", ["PAdES-B-T", "PAdES-B-LTA"])
@pytest.mark.parametrize("name", ["Third", "Seal2"])
def test_a_third_signature_fails_the_file(level: SealLevel, name: str) -> None:
    third = signed_by(officer(), pdf=both(level), field=name, certify=False)
    report = report_on(third)
    assert (report.status, report.code) == ("TOTAL-FAILED", "DOCUMENT_CHANGED")


#: There is no certification that could be forgotten or widened; the lock has tests of its own.
CERTIFYING = {"certification forgotten", "more changes allowed afterwards"}


@pytest.mark.parametrize("name", sorted(REVISIONS.keys() - CERTIFYING))
def test_every_change_that_a_certifying_seal_forbids_fails_the_file(name: str) -> None:
    report = report_on(updated(both(), REVISIONS[name]))
    assert (report.status, report.code) == ("TOTAL-FAILED", "DOCUMENT_CHANGED")


@pytest.mark.parametrize("change", [change_title, covering_field])
def test_what_programs_let_pass_as_harmless_fails_as_well(change: Callable[[Writer], None]) -> None:
    assert report_on(updated(both(), change)).status == "TOTAL-FAILED"


def seal_of(writer: Writer) -> DictionaryObject:
    field = writer.root["/AcroForm"]["/Fields"][1].get_object()
    assert isinstance(field, DictionaryObject)
    return field


def unlock(writer: Writer) -> None:
    field = seal_of(writer)
    del field["/Lock"]
    writer.update_container(field)


def allow_more(writer: Writer) -> None:
    field = seal_of(writer)
    field["/Lock"]["/P"] = NumberObject(3)
    writer.update_container(field["/Lock"])
    writer.update_container(field)


def allow_more_in_the_signature(writer: Writer) -> None:
    signature = seal_of(writer)["/V"]
    signature["/Reference"][0]["/TransformParams"]["/P"] = NumberObject(3)
    writer.update_container(signature)


def move_mark(writer: Writer) -> None:
    field = seal_of(writer)
    field["/Rect"] = ArrayObject(NumberObject(side) for side in (70, 690, 230, 720))
    writer.update_container(field)


def hide_mark(writer: Writer) -> None:
    field = seal_of(writer)
    field["/F"] = NumberObject(2)
    writer.update_container(field)


@pytest.mark.parametrize("change", [unlock, allow_more, allow_more_in_the_signature, move_mark, hide_mark])
def test_the_lock_cannot_be_taken_off_nor_the_mark_be_touched(change: Callable[[Writer], None]) -> None:
    changed = updated(both(), change)
    assert report_on(changed).status == "TOTAL-FAILED"
    assert report_on(signed_by(officer(), pdf=changed, field="Third", certify=False)).status == "TOTAL-FAILED"


def test_content_changed_between_the_two_signatures_fails_the_first() -> None:
    once = signed_by(officer(), field="Approval", certify=False, stamper=office().stamper())
    twice = signed_by(office().agency, pdf=updated(once, change_content), field="Seal", certify=False)
    assert [each.status for each in report_on(twice).signatures] == ["TOTAL-FAILED", "TOTAL-PASSED"]


# --- as long as one signature lasts, so do two ---------------------------------------------------------------------


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


def test_both_are_proved_for_ever_with_nothing_but_the_root(authority: Authority) -> None:
    authority.stampers["tsa/1"] = authority.stamper("TSA 0", life=4 * YEAR)
    first, second = (authority.identity(authority.fetcher(timeout_s=5), life=2 * YEAR) for _ in range(2))
    words = {"name": None, "reason": None, "location": None}
    pdf = seal_pdf(
        paper(), identity=second, mark=MARK, when=START, level="PAdES-B-LTA", first=Approval(first, None, None), **words
    ).pdf
    assert verify_pdf(pdf, trust=authority.trust, now=START).status == "TOTAL-PASSED"

    authority.now = START + timedelta(days=1300)
    authority.stampers["tsa/1"] = authority.stamper("TSA 1", start=authority.now - timedelta(days=1), life=4 * YEAR)
    fetcher = authority.fetcher(timeout_s=5)
    renewed = renew_pdf(
        pdf,
        trust=authority.trust,
        timestamper=authority.timestamper(fetcher),
        revocation=OnlineRevocation(fetcher),
        now=authority.now,
    )
    assert renewed is not None
    trust = dataclasses.replace(authority.trust, crls=(authority.answer("crl/root", b"")[1],))
    report = verify_pdf(renewed, trust=trust, now=authority.now)
    assert [each.status for each in report.signatures] == ["TOTAL-PASSED"] * 4, "two signatures and two stamps"
    assert [each.best_time for each in report.signatures[:2]] == [START, START]


# --- closed when something is amiss -------------------------------------------------------------------------------


@pytest.mark.parametrize("spoilt", ["first", "second"])
def test_when_either_certificate_is_over_neither_signs(spoilt: str) -> None:
    over = identity_of(issue("Hết hạn", office().root, start=WHEN - 2 * YEAR, end=WHEN - timedelta(days=1)))
    pair = [identity_of(officer()), identity_of(office().agency)]
    pair[("first", "second").index(spoilt)] = over
    with pytest.raises(IdentityUnusable):
        sealed_by(pair[0], pair[1])


def test_a_revoked_officer_signs_nothing() -> None:
    lists = (crl(office().root, (officer(), WHEN - timedelta(days=3))),)
    revoked = dataclasses.replace(identity_of(officer()), crls=lists, revocation=KnownLists(lists))
    with pytest.raises(IdentityUnusable, match="revoked"):
        sealed_by(revoked, identity_of(office().agency))


def test_one_certificate_is_not_two_signers() -> None:
    with pytest.raises(IdentityUnusable, match="one certificate"):
        sealed_by(identity_of(officer()), identity_of(officer()))


def test_both_reach_the_level_or_neither_signs() -> None:
    unstamped = dataclasses.replace(identity_of(officer()), timestamper=None)
    with pytest.raises(IdentityUnusable, match="time stamps"):
        sealed_by(unstamped, identity_of(office().agency))


def test_without_a_stamp_for_the_second_nothing_is_sealed() -> None:
    def silent() -> None:
        raise ConnectionRefusedError("no route")

    agency = identity_of(office().agency)
    assert isinstance(agency.signer, HeldKeySigner)
    deaf = dataclasses.replace(agency, timestamper=HeldKeyTimestamper(agency.signer, silent))  # type: ignore[arg-type]
    with pytest.raises(TimestampUnavailable):
        sealed_by(identity_of(officer()), deaf)
