"""The gate as a step: what it says of a file, and what it leaves alone."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from conftest import a_page

from pipeline.errors import Rejected
from pipeline.pictures import PageFacts
from pipeline.stage import Bench, Made
from pipeline.stages import intake
from pipeline.stages.seal import mark_of, seal
from signing import development_identity

WHEN = datetime(2026, 11, 20, 3, tzinfo=UTC)


def no_engine() -> Any:
    raise AssertionError("the gate does not read")


def gate(folder: Path, data: bytes) -> Made:
    path = folder / "original"
    path.write_bytes(data)
    return intake.run([path], {}, folder, Bench(no_engine))


def two_pages(**more: Any) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(2):
            pdf.add_blank_page(page_size=(400, 300))
        for name, value in more.items():
            pdf.Root[f"/{name}"] = value
        pdf.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sender")
    identity = development_identity(folder, agency="Sở Mẫu", clock=lambda: WHEN)
    path = folder / "signed.pdf"
    path.write_bytes(two_pages())
    seal(path, mark_of("Sở Mẫu", "Mẫu", trial=True), identity=identity, when=WHEN)
    return path.read_bytes()


def test_the_facts_of_a_picture_are_plain_json_and_come_back_as_they_were(tmp_path: Path) -> None:
    facts = gate(tmp_path, a_page()).facts
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["media"], facts["signed"]) == ("image/jpeg", False)
    assert PageFacts.from_json(facts["pages"][0]).dpi_x == 200


def test_the_gate_makes_no_files(tmp_path: Path) -> None:
    # An original is stored once and never rewritten; the gate only looks.
    assert gate(tmp_path, a_page()).files == ()


def test_a_pdf_that_arrives_signed_is_not_taken_apart(tmp_path: Path, signed: bytes) -> None:
    facts = gate(tmp_path, signed).facts
    assert (facts["signed"], facts["pages"], facts["page_count"]) == (True, [], 2)
    (signature,) = facts["signatures"]
    assert "Sở Mẫu" in signature["signer"]
    json.dumps(facts)


def test_a_signature_of_a_stranger_is_unknown_and_not_valid(tmp_path: Path, signed: bytes) -> None:
    # rules.md: whether its signer is trusted is not known here, so it must not be called passed.
    (signature,) = gate(tmp_path, signed).facts["signatures"]
    assert signature["status"] == "INDETERMINATE"


def test_a_signed_pdf_that_was_changed_is_refused(tmp_path: Path, signed: bytes) -> None:
    at = signed.index(b"/MediaBox")
    altered = signed[:at] + signed[at:].replace(b"400", b"401", 1)
    with pytest.raises(Rejected) as caught:
        gate(tmp_path, altered)
    assert caught.value.code == "signature-broken"


@pytest.mark.parametrize("perms", [pikepdf.Dictionary(), pikepdf.Dictionary(UR3=pikepdf.Dictionary())])
def test_a_pdf_that_has_no_signature_is_not_let_past_as_a_signed_one(tmp_path: Path, perms: pikepdf.Dictionary) -> None:
    # Forms with Adobe's usage rights have /Perms and no signature of anybody. Taken for signed, such a file would be
    # filed with neither a seal of ours nor a signature of others, its pages never looked at.
    facts = gate(tmp_path, two_pages(Perms=perms)).facts
    assert not facts["signed"]
    assert len(facts["pages"]) == 2


def test_the_programs_that_shape_the_gate_are_part_of_its_steps() -> None:
    tools = " ".join(intake.tools("tesserocr"))
    assert {"pillow", "pikepdf", "pyhanko", "poppler"} <= {word.lower() for word in tools.split()}


def test_the_name_of_the_ocr_engine_does_not_shape_the_gate() -> None:
    # Another engine must not open every original again.
    assert intake.tools("tesserocr") == intake.tools("pytesseract")
