"""A stack scanned in one go, from the folder to what is sealed: by its separator sheets, or by a person."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from conftest import DOSSIER, a_page, a_ticket
from PIL import Image
from reading_helpers import PRINT, lies, printed, telling
from separator_helpers import (
    a_set,
    blank_file,
    files_by_component,
    jpeg_of,
    sheet_file,
    sheet_pixels,
    shining,
    stack_deposit,
)

from pipeline.errors import REVIEWS
from pipeline.messages import reason
from pipeline.model import Kind
from pipeline.separators import Sheet, payload
from storage import digest_of

ORIGINAL, COPY = Kind.ORIGINAL, Kind.COPY
SET = a_set(("TP01", ORIGINAL, 2), ("TP02", COPY, 1), ("TP03", COPY, 1), ("TP04", ORIGINAL, 1))
HEAD, ONE, TWO, THREE, FOUR = (sheet_file(sheet) for sheet in SET)
PAGES = tuple(a_page(shade) for shade in (10, 30, 50, 70, 90))
A, B, C, D, E = PAGES
WHOLE = (HEAD, ONE, A, B, TWO, C, THREE, D, FOUR, E)
#: The same component twice, as the ticket names them.
PARTS = (("TP01", "original"), ("TP02", "copy"), ("TP03", "copy"), ("TP04", "original"))


def stack_ticket(count: int, **more: Any) -> dict[str, Any]:
    documents = [{"component": name, "kind": kind, "files": []} for name, kind in PARTS]
    return a_ticket(stack=[f"scan-{at}.jpg" for at in range(1, count + 1)], **{"documents": documents, **more})


def run(bureau: Any, *sides: bytes, ticket: Any = None) -> Any:
    return bureau.driver.run(stack_deposit(bureau, *sides, ticket=ticket))


def codes_of(outcome: Any) -> dict[str | None, str]:
    return {each["component"]: each["code"] for each in outcome.verdict.manifest["rejections"]}


# --- stacks as they should be --------------------------------------------------------------------------------------


def test_a_stack_with_sheets_needs_no_ticket(bureau: Any) -> None:
    outcome = run(bureau, *WHOLE)

    assert (outcome.error, outcome.exit_code) == (None, 0)
    manifest = outcome.verdict.manifest
    assert files_by_component(manifest) == {
        "TP01": [["scan-3.jpg", "scan-4.jpg"]],
        "TP02": [["scan-6.jpg"]],
        "TP03": [["scan-8.jpg"]],
        "TP04": [["scan-10.jpg"]],
    }
    kinds = {each["code"]: each["files"][0]["kind"] for each in manifest["components"] if each["files"]}
    assert kinds == {"TP01": "original", "TP02": "copy", "TP03": "copy", "TP04": "original"}
    assert (manifest["dossier"], manifest["station"], manifest["procedure"]["code"]) == (DOSSIER, "TP-01", "1.001193")


def test_names_that_scanners_give_are_no_components(bureau: Any) -> None:
    # `scan-01.jpg` looks as if it were named by its component.
    folder = bureau.deposit(**{f"scan-{at:02}_jpg": side for at, side in enumerate(WHOLE, 1)})
    outcome = bureau.driver.run(folder, "1.001193")
    assert (outcome.error, outcome.exit_code) == (None, 0)


def test_a_procedure_that_is_named_and_not_that_of_the_sheets_goes_to_a_person(bureau: Any) -> None:
    folder = bureau.deposit(**{f"{name}_jpg": side for name, side in zip("abcdefghij", WHOLE, strict=True)})
    outcome = bureau.driver.run(folder, "2.000815")
    assert outcome.error is not None
    assert outcome.error.code == "separator-ticket"


def test_sheets_are_kept_and_recorded_and_in_no_file(bureau: Any) -> None:
    manifest = run(bureau, *WHOLE).verdict.manifest

    told = [(each["file"], each["number"], each["component"], each["pages"]) for each in manifest["separators"]]
    assert told == [
        ("scan-1.jpg", 0, None, None),
        ("scan-2.jpg", 1, "TP01", 2),
        ("scan-5.jpg", 2, "TP02", 1),
        ("scan-7.jpg", 3, "TP03", 1),
        ("scan-9.jpg", 4, "TP04", 1),
    ]
    assert all(bureau.store.has("originals", digest_of(sheet)) for sheet in (HEAD, ONE, TWO, THREE, FOUR))
    filed = {page["original"] for part in manifest["components"] for file in part["files"] for page in file["pages"]}
    assert filed == {digest_of(page) for page in PAGES}


def test_a_stack_is_taken_apart_once(bureau: Any) -> None:
    first, again = run(bureau, *WHOLE), run(bureau, *WHOLE)
    assert first.fresh > 0
    assert again.fresh == 0
    assert again.verdict == first.verdict


def test_a_stack_may_be_one_file(bureau: Any) -> None:
    first, *rest = (Image.open(io.BytesIO(side)).convert("1") for side in WHOLE)
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=(200, 200))
    outcome = bureau.driver.run(bureau.deposit(scan_tif=buffer.getvalue()))

    assert (outcome.error, outcome.exit_code) == (None, 0)
    pages = {
        each["code"]: [page["index"] for page in each["files"][0]["pages"]]
        for each in outcome.verdict.manifest["components"]
        if each["files"]
    }
    assert pages == {"TP01": [2, 3], "TP02": [5], "TP03": [7], "TP04": [9]}


def test_blank_backs_of_sheets_are_left_out_and_blank_backs_of_papers_are_not_counted(bureau: Any) -> None:
    back, blank = blank_file(250), blank_file(248)
    outcome = run(bureau, HEAD, back, ONE, back, A, blank, B, blank, TWO, back, C, blank, *WHOLE[6:])

    assert (outcome.error, outcome.exit_code) == (None, 0)
    manifest = outcome.verdict.manifest
    assert [each["number"] for each in manifest["separators"] if each["back"]] == [0, 1, 2]
    one = next(each for each in manifest["components"] if each["code"] == "TP01")["files"][0]
    assert [page["original"] for page in one["pages"]] == list(map(digest_of, (A, blank, B, blank)))


def test_a_sheet_shining_through_to_its_own_back_is_no_sheet_a_second_time(bureau: Any) -> None:
    backs = [jpeg_of(shining(line, mirrored=True)) for line in map(payload, SET)]
    sides = [side for sheet, back in zip((HEAD, ONE), backs, strict=False) for side in (sheet, back)]
    outcome = run(bureau, *sides, *WHOLE[2:])
    assert (outcome.error, outcome.exit_code) == (None, 0)
    assert [each["number"] for each in outcome.verdict.manifest["separators"] if each["back"]] == [0, 1]


def test_a_paper_drawn_in_with_a_sheet_behind_it_is_not_lost(bureau: Any) -> None:
    # The sheet shines through; taken for a sheet, the paper would be gone without a word.
    outcome = run(bureau, *WHOLE[:5], jpeg_of(shining(payload(SET[3]))), *WHOLE[7:])
    assert codes_of(outcome)["TP02"] == "separator-unreadable"
    assert files_by_component(outcome.verdict.manifest).keys() == {"TP01", "TP04"}


def test_a_sheet_that_nobody_counted_may_have_nothing_behind_it(bureau: Any) -> None:
    # The form for a whole procedure: its clerk leaves in the sheet of what is not handed in.
    sheets = a_set(("TP01", ORIGINAL, None), ("TP05", ORIGINAL, None), ("TP04", ORIGINAL, None))
    head, one, five, four = map(sheet_file, sheets)
    outcome = run(bureau, head, one, A, B, five, four, E)
    assert files_by_component(outcome.verdict.manifest).keys() == {"TP01", "TP04"}
    assert outcome.verdict.manifest["verdict"]["missing"] == ["TP02", "TP03"]
    assert outcome.exit_code == 3


def test_a_component_may_have_two_papers_each_with_its_sheet(bureau: Any) -> None:
    head, one, two = map(sheet_file, a_set(("TP01", ORIGINAL, 1), ("TP01", COPY, 1)))
    manifest = run(bureau, head, one, A, two, B).verdict.manifest
    assert files_by_component(manifest) == {"TP01": [["scan-3.jpg"], ["scan-5.jpg"]]}


def test_the_code_of_an_identity_card_is_no_sheet_and_is_recorded_nowhere(bureau: Any) -> None:
    card = sheet_pixels("000000000017||Tran Van Mau|14021994|Nam|So 12 duong Mau Son|01012024")
    outcome = run(bureau, *WHOLE[:5], jpeg_of(card), *WHOLE[6:])
    assert (outcome.error, outcome.exit_code) == (None, 0)
    records = [bureau.store.read(key) or b"" for key in bureau.store.keys("steps/")]
    assert records
    assert not any(b"Mau Son" in record for record in records)


# --- with a ticket -------------------------------------------------------------------------------------------------


def test_a_ticket_says_who_compared_and_the_sheets_say_which_pages(bureau: Any) -> None:
    ticket = stack_ticket(10)
    ticket["documents"][1]["compared"] = {
        "by": {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"},
        "at": "2026-11-20T08:41:00+07:00",
    }
    outcome = run(bureau, *WHOLE, ticket=ticket)
    assert (outcome.error, outcome.exit_code) == (None, 0)
    two = next(each for each in outcome.verdict.manifest["components"] if each["code"] == "TP02")["files"][0]
    assert two["compared"]["by"]["id"] == "bcci-0173"
    assert outcome.verdict.manifest["owner"]["name"] == "Trần Văn Mẫu"


def test_a_ticket_orders_the_stack_and_may_name_other_files_too(bureau: Any) -> None:
    ticket = stack_ticket(2, documents=[{"component": "TP04", "kind": "original", "files": ["4.jpg"]}])
    head, one = map(sheet_file, a_set(("TP01", ORIGINAL, 1)))
    ticket["stack"] = ["b.jpg", "c.jpg", "a.jpg"]
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, a_jpg=A, b_jpg=head, c_jpg=one, **{"4_jpg": E}))
    assert outcome.error is None
    assert files_by_component(outcome.verdict.manifest) == {"TP01": [["a.jpg"]], "TP04": [["4.jpg"]]}


@pytest.mark.parametrize(
    "more",
    [
        {"procedure": "2.000815"},
        {"case": "TH02"},
        {"station": "TP-02"},
        {"documents": [{"component": "TP01", "kind": "original", "files": []}]},
        {"documents": [{"component": name, "kind": "original", "files": []} for name, _ in PARTS]},
    ],
    ids=["procedure", "case", "station", "components", "kinds"],
)
def test_a_ticket_that_says_otherwise_sends_the_stack_to_a_person(bureau: Any, more: dict[str, Any]) -> None:
    outcome = run(bureau, *WHOLE, ticket=stack_ticket(10, **more))
    assert outcome.error is not None
    assert outcome.error.code == "separator-ticket"


def test_a_document_without_files_and_without_a_stack_is_no_ticket(bureau: Any) -> None:
    outcome = run(bureau, A, ticket=a_ticket(("TP01", [])))
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.facts["where"]) == ("ticket-invalid", "documents[0].files")


# --- what a person has to look at ----------------------------------------------------------------------------------

STRANGER = sheet_file(a_set(("TP03", COPY, 1), dossier="H15.50.05.13-261120-0002")[1])
REPRINT = sheet_file(a_set(("TP01", ORIGINAL, 2), ("TP02", COPY, 2), ("TP03", COPY, 1), ("TP04", ORIGINAL, 1))[2])


def spoilt(sheet: Sheet) -> bytes:
    """A sheet whose check digits are wrong."""
    line = payload(sheet)
    return jpeg_of(sheet_pixels(line[:-1] + ("0" if line[-1] != "0" else "1")))


#: By code: a stack that goes to a person as a whole.
STACKS: dict[str, tuple[bytes, ...]] = {
    "separator-first": WHOLE[1:],
    "separator-foreign": (*WHOLE[:6], STRANGER, *WHOLE[7:]),
    "separator-mixed": (*WHOLE[:4], REPRINT, *WHOLE[5:]),
    "separator-order": (*WHOLE[:4], THREE, C, TWO, *WHOLE[7:]),
    "separator-loose": (HEAD, A, ONE, B, *WHOLE[4:]),
    "separator-lost": (HEAD, b"no picture", *WHOLE[1:]),
    "separator-unreadable": (spoilt(SET[0]), *WHOLE[1:]),
}
#: By code: a stack of which a part goes to a person, and the components of that part.
SEGMENTS: dict[str, tuple[tuple[bytes, ...], set[str | None]]] = {
    "separator-missing": ((*WHOLE[:4], *WHOLE[5:]), {"TP01"}),
    "separator-unreadable": ((*WHOLE[:5], C, spoilt(SET[3]), D, *WHOLE[8:]), {"TP02"}),
    "separator-count": ((*WHOLE[:3], *WHOLE[4:]), {"TP01"}),
    "picture-broken": ((*WHOLE[:3], B[: len(B) // 2], *WHOLE[4:]), {"TP01"}),
}


@pytest.mark.parametrize("code", STACKS)
def test_a_doubt_about_everything_seals_nothing(bureau: Any, code: str) -> None:
    outcome = run(bureau, *STACKS[code])

    assert outcome.error is not None
    assert (outcome.error.code, outcome.exit_code) == (code, 4)
    assert reason(code, outcome.error.facts).startswith("Cần người xem lại: ")
    assert bureau.ledger.dossier(DOSSIER) is None
    assert all(bureau.store.has("originals", digest_of(side)) for side in STACKS[code])
    (row,) = bureau.ledger.deposits()
    assert (row.state, row.code) == ("rejected", code)


@pytest.mark.parametrize("code", SEGMENTS)
def test_a_doubt_about_a_part_seals_the_rest(bureau: Any, code: str) -> None:
    sides, doubted = SEGMENTS[code]
    outcome = run(bureau, *sides)

    assert (outcome.error, outcome.exit_code) == (None, 4)
    assert doubted <= codes_of(outcome).keys()
    assert code in codes_of(outcome).values()
    left = {"TP01", "TP02", "TP03", "TP04"} - doubted - {"TP02" if code == "separator-missing" else None}
    left -= {"TP03"} if code == "separator-unreadable" else set()  # its own sheet is the one that cannot be read
    assert files_by_component(outcome.verdict.manifest).keys() == left
    state = "review" if code in REVIEWS else "rejected"
    assert bureau.ledger.dossier(DOSSIER).state == state


def test_papers_pushed_on_by_one_are_not_sealed_under_a_wrong_name(bureau: Any) -> None:
    outcome = run(bureau, HEAD, ONE, A, B, C, TWO, D, THREE, E, FOUR)
    assert codes_of(outcome) == {
        "TP01": "separator-count",
        "TP02": "separator-between",
        "TP03": "separator-between",
        "TP04": "separator-count",
    }
    assert files_by_component(outcome.verdict.manifest) == {}


def test_blank_pages_alone_are_no_paper(bureau: Any) -> None:
    head, one = map(sheet_file, a_set(("TP01", ORIGINAL, None)))
    outcome = run(bureau, head, one, blank_file(250), blank_file(248))
    assert codes_of(outcome) == {"TP01": "separator-bare"}


def test_a_heading_inside_a_segment_goes_to_a_person(make_bureau: Callable[..., Any]) -> None:
    # Two papers below one sheet, and a clerk who counted both: only the print tells.
    motto = (printed("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 60), printed("Độc lập - Tự do - Hạnh phúc", 100, 250))
    told = {page: lies(0, "osd", *PRINT) for page in PAGES} | {B: lies(0, "osd", *motto, *PRINT)}
    crew = telling()
    crew.told = told
    outcome = run(make_bureau(crew=crew), *WHOLE)

    assert codes_of(outcome) == {"TP01": "separator-heading"}
    assert files_by_component(outcome.verdict.manifest).keys() == {"TP02", "TP03", "TP04"}


def test_a_heading_on_the_first_page_of_a_segment_is_as_it_should_be(make_bureau: Callable[..., Any]) -> None:
    motto = (printed("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 60), printed("Độc lập - Tự do - Hạnh phúc", 100, 250))
    crew = telling()
    crew.told = {page: lies(0, "osd", *PRINT) for page in PAGES} | {A: lies(0, "osd", *motto, *PRINT)}
    assert run(make_bureau(crew=crew), *WHOLE).exit_code == 0


def test_a_signed_pdf_in_a_stack_is_not_taken_apart(bureau: Any, tmp_path: Path) -> None:
    outcome = run(bureau, *WHOLE)
    signed = next(file for part in outcome.verdict.manifest["components"] for file in part["files"])
    data = bureau.store.get("sealed", signed["sha256"])
    again = run(bureau, *WHOLE[:3], data, *WHOLE[4:])
    assert codes_of(again) == {"TP01": "separator-signed"}


def test_a_stack_that_its_ticket_promises_has_sheets(bureau: Any) -> None:
    outcome = run(bureau, A, B, ticket=stack_ticket(2))
    assert outcome.error is not None
    assert outcome.error.code == "separators-none"


def test_without_ticket_and_sheets_the_ticket_is_asked_for(bureau: Any) -> None:
    outcome = run(bureau, A, B)
    assert outcome.error is not None
    assert outcome.error.code == "ticket-missing"


def test_every_doubt_is_brought_about_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert {code for code in REVIEWS if f'"{code}"' not in text} == set()


# --- as people do it -----------------------------------------------------------------------------------------------


def test_what_the_command_prints_splits_what_is_scanned(sohoa: Any) -> None:
    asked = ["--component", "TP01", "--pages", 2, "--component", "TP04", "--pages", 1, "--station", "TP-01"]
    made = sohoa.json("separator", "--dossier", DOSSIER, "--procedure", "1.001193", *asked, "--out", "sheets.pdf")
    assert [each["component"] for each in made["sheets"]] == [None, "TP01", "TP04"]

    folder = sohoa.home / DOSSIER
    folder.mkdir()
    papers = [pikepdf.open(io.BytesIO(_pdf_of(page))) for page in (A, B, E)]
    with pikepdf.open(sohoa.home / "sheets.pdf") as sheets, pikepdf.new() as stack:
        for source, at in ((sheets, 0), (sheets, 1), (papers[0], 0), (papers[1], 0), (sheets, 2), (papers[2], 0)):
            stack.pages.append(source.pages[at])
        stack.save(folder / "scan.pdf")
    done = sohoa("run", folder, "--json")
    assert done.returncode == 3, done.stderr  # TP02 and TP03 are not there
    (dossier,) = json.loads(done.stdout)["dossiers"]
    pages = {each["code"]: each["files"][0]["page_count"] for each in dossier["components"] if each["files"]}
    assert pages == {"TP01": 2, "TP04": 1}


def _pdf_of(picture: bytes) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as page:
        page.save(buffer, "PDF", resolution=200)
    return buffer.getvalue()
