"""What a seal is: seen by other programs than ours, and by looking into the file."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from signing import (
    DocumentUnsealable,
    Identity,
    IdentityUnusable,
    Mark,
    TimestampUnavailable,
    development_identity,
    mark_size,
    seal_bytes,
    seal_pdf,
)
from signing.identity.keys import HeldKeySigner
from signing.identity.timestamp import HeldKeyTimestamper

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
MARK = Mark(("BẢN SAO SỐ HÓA", "UBND phường Tuy Phước: Ữ Ậ Ể Ỗ ặ ệ ỷ"), "KHÔNG CÓ GIÁ TRỊ", FONT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "development"


@pytest.fixture(scope="module")
def identity(folder: Path) -> Identity:
    return development_identity(folder, agency="UBND phường Tuy Phước", clock=lambda: WHEN)


def blank_pdf(width: float = 595.28, height: float = 841.89, **save: object) -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(width, height))
        with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
            xmp["pdf:Producer"] = "Sohoa"
        pdf.docinfo["/Producer"] = "Sohoa"
        pdf.save(file, **save)  # type: ignore[arg-type]
    return file.getvalue()


def sealed_pdf(identity: Identity, mark: Mark = MARK, pdf: bytes | None = None) -> bytes:
    return seal_pdf(
        blank_pdf() if pdf is None else pdf,
        identity=identity,
        mark=mark,
        name="UBND phường Tuy Phước",
        reason="Số hóa",
        location="Tuy Phước",
        when=WHEN,
    ).pdf


def output_of(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return done.stdout.decode() + done.stderr.decode()


def test_the_original_bytes_stay_in_front(identity: Identity) -> None:
    pdf = blank_pdf()
    assert sealed_pdf(identity, pdf=pdf).startswith(pdf)


def test_what_was_sealed_is_told_with_it(identity: Identity) -> None:
    sealed = seal_pdf(blank_pdf(), identity=identity, mark=MARK, name=None, reason=None, location=None, when=WHEN)
    assert (sealed.level, sealed.signer, sealed.fingerprint, sealed.time) == (
        "PAdES-B-T",
        identity.subject,
        identity.fingerprint,
        WHEN,
    )


def test_pdfsig_finds_it_valid_and_covering_the_whole_file(identity: Identity, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_pdf(identity))
    said = output_of("pdfsig", path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_qpdf_finds_nothing_wrong(identity: Identity, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_pdf(identity))
    assert "No syntax or stream encoding errors" in output_of("qpdf", "--check", path)


def test_no_later_change_is_allowed(identity: Identity) -> None:
    with pikepdf.open(io.BytesIO(sealed_pdf(identity))) as pdf:
        (reference,) = pdf.Root.Perms.DocMDP.Reference
        assert reference.TransformParams.P == 1


def test_the_mark_can_be_searched_with_all_its_accents(identity: Identity, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_pdf(identity))
    words = output_of("pdftotext", path, "-")
    assert all(line in words for line in MARK.all_lines)


def test_letters_with_separate_accents_are_drawn_composed(identity: Identity, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_pdf(identity, Mark(("Quyê\u0301t",), None, FONT)))
    assert "Quyết" in output_of("pdftotext", path, "-")


def test_the_mark_stands_at_the_top_right_and_prints(identity: Identity) -> None:
    with pikepdf.open(io.BytesIO(sealed_pdf(identity))) as pdf:
        (widget,) = pdf.pages[0].Annots
        left, bottom, right, top = (float(side) for side in widget.Rect)
        assert (right, top) == pytest.approx((595.28 - 14, 841.89 - 8), abs=0.01)
        assert (right - left, top - bottom) == pytest.approx(mark_size(MARK), abs=0.01)
        box = [float(side) for side in widget.AP.N.BBox]
        assert (abs(box[2] - box[0]), abs(box[3] - box[1])) == mark_size(MARK), "nothing is stretched"
        assert int(widget.F) & 4, "PDF/A wants every annotation printed"
        assert list(widget.AP.keys()) == ["/N"], "PDF/A allows the normal appearance only"


def test_only_the_warning_is_red(identity: Identity) -> None:
    with pikepdf.open(io.BytesIO(sealed_pdf(identity))) as pdf:
        drawn = pdf.pages[0].Annots[0].AP.N.read_bytes()
    before, _, after = drawn.partition(b" rg ")
    assert before.count(b"0 g ") == len(MARK.lines)
    assert b" g " not in after


def test_the_mark_brings_a_cut_font_of_its_own(identity: Identity) -> None:
    with pikepdf.open(io.BytesIO(sealed_pdf(identity))) as pdf:
        font = pdf.pages[0].Annots[0].AP.N.Resources.Font.F1
        program = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
        assert str(font.BaseFont)[7] == "+", "a subset is tagged with six capitals"
        assert "/ToUnicode" in font
        assert len(program) < FONT.stat().st_size / 10


def test_metadata_and_information_still_agree(identity: Identity) -> None:
    # ISO 19005-2, 6.7.3; pyHanko alone would write itself and another date into both
    with pikepdf.open(io.BytesIO(sealed_pdf(identity))) as pdf:
        assert dict(pdf.docinfo) == {"/Producer": "Sohoa"}
        assert pdf.open_metadata()["pdf:Producer"] == "Sohoa"


def test_a_seal_without_stamps_is_b_b(identity: Identity) -> None:
    plain = dataclasses.replace(identity, timestamper=None)
    assert plain.level == "PAdES-B-B"
    assert len(sealed_pdf(plain)) < len(sealed_pdf(identity))


def test_sealing_works_inside_a_running_loop(identity: Identity) -> None:
    async def route() -> bytes:
        return seal_bytes(b"{}", identity=identity, when=WHEN)

    assert asyncio.run(route())


@pytest.mark.parametrize(
    ("pdf", "reason"),
    [
        (b"not a PDF", "cannot be sealed"),
        (blank_pdf(encryption=pikepdf.Encryption(user="u", owner="o")), "encrypted"),
        (blank_pdf(width=100), "does not fit"),
    ],
    ids=["no PDF", "encrypted", "too narrow"],
)
def test_a_pdf_that_cannot_be_sealed_is_refused_with_the_reason(identity: Identity, pdf: bytes, reason: str) -> None:
    with pytest.raises(DocumentUnsealable, match=reason):
        sealed_pdf(identity, pdf=pdf)


def test_a_signed_pdf_is_never_signed_over(identity: Identity) -> None:
    with pytest.raises(DocumentUnsealable, match="signed already"):
        sealed_pdf(identity, pdf=sealed_pdf(identity))


def test_a_letter_that_the_font_lacks_is_named(identity: Identity) -> None:
    with pytest.raises(DocumentUnsealable, match="字"):
        sealed_pdf(identity, Mark(("字",), None, FONT))


def test_a_missing_font_is_named(identity: Identity) -> None:
    with pytest.raises(DocumentUnsealable, match="fonts-liberation2"):
        sealed_pdf(identity, Mark(("a",), None, Path("/no/font.ttf")))


def test_an_expired_certificate_seals_nothing(identity: Identity) -> None:
    with pytest.raises(IdentityUnusable):
        seal_bytes(b"{}", identity=identity, when=datetime(2036, 1, 1, tzinfo=UTC))


def test_a_silent_authority_is_worth_another_try(identity: Identity) -> None:
    def silent() -> datetime:
        raise ConnectionRefusedError("no route")

    assert isinstance(identity.signer, HeldKeySigner)
    deaf = dataclasses.replace(identity, timestamper=HeldKeyTimestamper(identity.signer, silent))
    with pytest.raises(TimestampUnavailable) as refusal:
        seal_bytes(b"{}", identity=deaf, when=WHEN)
    assert refusal.value.retry


@pytest.mark.parametrize("content", [b"", b'{"a":1}\r\n', bytes(range(256))])
def test_openssl_verifies_a_detached_seal(identity: Identity, folder: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "seal").write_bytes(seal_bytes(content, identity=identity, when=WHEN))
    said = output_of(
        *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"),
        *("-in", tmp_path / "seal", "-content", tmp_path / "content", "-out", tmp_path / "out"),
        *("-CAfile", folder / "trust.pem", "-attime", str(int(WHEN.timestamp()))),
    )
    assert "Verification successful" in said
