"""Each way of being refused, brought about for real: the code, and a sentence that its facts can fill."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from conftest import DOSSIER, Bureau, a_page, a_ticket
from PIL import Image

from pipeline import deposit, pdf_pages, pictures
from pipeline.errors import REJECTIONS, REVIEWS, Rejected
from pipeline.messages import reason
from pipeline.model import Case, Claim, Component, Kind, Operator
from pipeline.stage import Bench
from pipeline.stages import intake
from pipeline.stages.separate import check_names
from pipeline.ticket import dossier_code, from_names, parse_ticket

CASE = Case("TH01", "n", default=True, components=(Component("TP01", "n", True, 1, 0, False),))
Facts = dict[str, Any]


class Desk:
    """What a way of being refused may use."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, make_bureau: Callable[..., Bureau]) -> None:
        self.folder, self.patch, self.make_bureau = folder, patch, make_bureau

    def refused(self, work: Callable[..., Any], *given: Any) -> tuple[str, Facts]:
        with pytest.raises(Rejected) as caught:
            work(*given)
        return caught.value.code, dict(caught.value.facts)

    def gate(self, data: bytes, name: str = "file") -> tuple[str, Facts]:
        path = self.folder / name
        path.write_bytes(data)
        return self.refused(intake.run, [path], {}, self.folder, Bench(lambda: pytest.fail("the gate does not read")))

    def named(self, *files: str) -> tuple[str, Facts]:
        """Hold a ticket that names *files* against the folder; there is one finding."""
        present = {each.name: each.problem for each in deposit.look(self.folder).found}
        claims = [Claim("TP01", Kind.ORIGINAL, files)] if files else []
        findings = check_names(claims, present, CASE, "1.001193")
        assert len({each.code for each in findings}) == 1
        return findings[0].code, dict(findings[0].facts)

    def run(self, ticket: Facts | None, **files: bytes) -> tuple[str, Facts]:
        bureau = self.make_bureau()
        outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **files))
        assert outcome.error is not None
        assert outcome.exit_code == 4
        return outcome.error.code, dict(outcome.error.facts)


def png(width: int, height: int, dpi: float | None = 200) -> bytes:
    buffer = io.BytesIO()
    picture = Image.new("L", (width, height), 255)
    picture.save(buffer, "PNG", **({"dpi": (dpi, dpi)} if dpi else {}))
    return buffer.getvalue()


def huge_png() -> bytes:
    small = bytearray(png(10, 10))
    small[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    small[29:33] = zlib.crc32(small[12:29]).to_bytes(4, "big")
    return bytes(small)


def pdf(pages: int = 1, **save: Any) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as file:
        for _ in range(pages):
            file.add_blank_page(page_size=(200, 100))
        file.save(buffer, **save)
    return buffer.getvalue()


def two_page_tiff() -> bytes:
    buffer = io.BytesIO()
    pages = [Image.new("L", (827, 1169), shade) for shade in (255, 200)]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], dpi=(200, 200))
    return buffer.getvalue()


def altered_signed_pdf(desk: Desk) -> bytes:
    from pipeline.stages.seal import mark_of, seal
    from signing import development_identity

    def when() -> datetime:
        return datetime(2026, 11, 20, 3, tzinfo=UTC)

    identity = development_identity(desk.folder / "identity", agency="UBND phường Tuy Phước", clock=when)
    path = desk.folder / "signed.pdf"
    with pikepdf.new() as file:
        page = file.add_blank_page(page_size=(595, 842))
        page.Contents = pikepdf.Stream(file, b"% the amount is 1000 dong\n")
        file.save(path, compress_streams=False)
    seal(path, mark_of("UBND", "Mẫu", trial=True), identity=identity, when=when())
    sealed = path.read_bytes()
    assert b"1000 dong" in sealed
    return sealed.replace(b"1000 dong", b"9000 dong")


def ticket_bytes(**more: Any) -> bytes:
    return json.dumps(a_ticket(("TP01", ["1.jpg"]), **more)).encode()


def broken_jpeg() -> bytes:
    whole = a_page(dpi=200)
    return whole[: len(whole) * 2 // 3]


def empty_file(desk: Desk) -> tuple[str, Facts]:
    (desk.folder / "1.jpg").touch()
    return desk.named("1.jpg")


def a_folder_in_it(desk: Desk) -> tuple[str, Facts]:
    (desk.folder / "1.jpg").mkdir()
    return desk.named("1.jpg")


def unreadable_folder(desk: Desk) -> tuple[str, Facts]:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    desk.patch.setattr("pipeline.deposit.os.scandir", refuse)  # the tests may run as root, whom nothing is refused
    return desk.refused(deposit.look, desk.folder)


def unreadable_file(desk: Desk) -> tuple[str, Facts]:
    def vanished(entry: Any) -> Any:
        raise FileNotFoundError(2, "No such file")

    desk.patch.setattr("pipeline.deposit._problem", lambda name, status: vanished(name))
    (desk.folder / "1.jpg").write_bytes(b"x")
    return desk.named("1.jpg")


def named_twice(desk: Desk) -> tuple[str, Facts]:
    (desk.folder / "1.jpg").write_bytes(b"x")
    return desk.named("1.jpg", "1.jpg")


def unsafe_name(desk: Desk) -> tuple[str, Facts]:
    (desk.folder / "1\x07.jpg").write_bytes(b"x")
    return desk.named()


def not_named(desk: Desk) -> tuple[str, Facts]:
    (desk.folder / "1.jpg").write_bytes(b"x")
    return desk.named()


def too_large(desk: Desk) -> tuple[str, Facts]:
    with (desk.folder / "1.jpg").open("wb") as file:
        file.truncate(deposit.MOST_FILE_BYTES + 1)  # a hole, which takes no room on the disk
    return desk.named("1.jpg")


def unknown_component(desk: Desk) -> tuple[str, Facts]:
    (finding,) = check_names([Claim("TP99", Kind.ORIGINAL, ("1.jpg",))], {"1.jpg": None}, CASE, "1.001193")
    return finding.code, dict(finding.facts)


def too_many_files(desk: Desk) -> tuple[str, Facts]:
    desk.patch.setattr(deposit, "MOST_FILES", 1)
    (desk.folder / "1.jpg").touch()
    (desk.folder / "2.jpg").touch()
    return desk.refused(deposit.look, desk.folder)


def too_many_pages(desk: Desk) -> tuple[str, Facts]:
    desk.patch.setattr(pictures, "MOST_PAGES", 1)
    return desk.gate(two_page_tiff())


def too_slow(desk: Desk) -> tuple[str, Facts]:
    desk.patch.setattr(pdf_pages, "RENDER_SECONDS", 1e-6)
    return desk.gate(pdf())


def needs_a_case(desk: Desk) -> tuple[str, Facts]:
    from conftest import SAMPLES

    raw = json.loads((SAMPLES / "catalogue" / "1.001193.json").read_text(encoding="utf-8"))
    for case in raw["cases"]:
        case["default"] = False
    from conftest import rows_of

    file = desk.folder / "catalogue.json"
    file.write_text(json.dumps({**raw, "code": "1.000001"}), encoding="utf-8")
    bureau = desk.make_bureau()
    for row in rows_of(file, bureau.clock.now):
        bureau.ledger.put_procedure(row)
    ticket = a_ticket(("TP01", ["1.jpg"]), procedure="1.000001")
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **{"1_jpg": a_page()}))
    assert outcome.error is not None
    return outcome.error.code, dict(outcome.error.facts)


def secret_paper(desk: Desk) -> tuple[str, Facts]:
    from reading_helpers import SECRET, deposit_of, telling

    bureau = desk.make_bureau(crew=telling(SECRET))
    outcome = bureau.driver.run(deposit_of(bureau, a_ticket(CLAIMED), 1))
    assert outcome.error is not None
    return outcome.error.code, dict(outcome.error.facts)


CLAIMED = ("TP01", ["1.jpg"])
WAYS: dict[str, Callable[[Desk], tuple[str, Facts]]] = {
    "ticket-missing": lambda desk: desk.run(None, **{"1_jpg": b"x"}),
    "ticket-unreadable": lambda desk: desk.refused(parse_ticket, b'{"format": 1,\n', DOSSIER),
    "ticket-invalid": lambda desk: desk.refused(parse_ticket, b"{}", DOSSIER),
    "dossier-code-invalid": lambda desk: desk.refused(dossier_code, "Hồ sơ của bà Mẫu"),
    "dossier-mismatch": lambda desk: desk.refused(parse_ticket, ticket_bytes(), "H15.50.05.13-261120-0002"),
    "procedure-unknown": lambda desk: desk.run(a_ticket(CLAIMED, procedure="9.999999"), **{"1_jpg": a_page()}),
    "case-unknown": lambda desk: desk.run(a_ticket(CLAIMED, case="TH99"), **{"1_jpg": a_page()}),
    "case-needed": needs_a_case,
    "component-unknown": unknown_component,
    "name-unwritable": lambda desk: desk.run(
        a_ticket(CLAIMED, operator={"id": "cli", "name": "Mẫu 😀"}), **{"1_jpg": a_page()}
    ),
    "deposit-empty": lambda desk: desk.run(a_ticket(CLAIMED)),
    "deposit-unreadable": unreadable_folder,
    "deposit-too-large": too_many_files,
    "secret-paper": secret_paper,
    "file-missing": lambda desk: desk.named("1.jpg"),
    "file-not-named": not_named,
    "file-named-twice": named_twice,
    "file-name-unsafe": unsafe_name,
    "not-a-file": a_folder_in_it,
    "file-empty": empty_file,
    "file-unreadable": unreadable_file,
    "file-too-large": too_large,
    "format-unknown": lambda desk: desk.gate("Đây là văn bản, không phải ảnh.".encode(), "001.jpg"),
    "picture-broken": lambda desk: desk.gate(broken_jpeg()),
    "picture-too-large": lambda desk: desk.gate(huge_png()),
    "picture-too-slow": too_slow,
    "dpi-too-low": lambda desk: desk.gate(png(827, 1169, 150)),
    "too-many-pages": too_many_pages,
    "pdf-broken": lambda desk: desk.gate(b"%PDF-1.7\n" + b"garbage " * 100),
    "pdf-encrypted": lambda desk: desk.gate(pdf(encryption=pikepdf.Encryption(user="u", owner="o"))),
    "pdf-empty": lambda desk: desk.gate(pdf(pages=0)),
    "signature-broken": lambda desk: desk.gate(altered_signed_pdf(desk)),
}


def test_every_rejection_can_be_brought_about() -> None:
    assert set(WAYS) == REJECTIONS - REVIEWS  # those are in tests/flow/test_separators.py


@pytest.mark.parametrize("code", sorted(WAYS))
def test_a_rejection_can_be_told_to_a_clerk(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_bureau: Callable[..., Bureau]
) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    raised, facts = WAYS[code](Desk(folder, monkeypatch, make_bureau))
    assert raised == code
    sentence = reason(raised, facts)
    assert sentence.endswith(".")
    json.dumps(facts)  # it goes into records and manifests


def test_a_name_that_is_only_looked_up_needs_no_operator() -> None:
    dossier = from_names(DOSSIER, ["TP01-01.jpg"], "1.001193", Operator("cli", "Nguyễn Thị Mẫu"), "UBND")
    assert str(dossier.code) == DOSSIER
