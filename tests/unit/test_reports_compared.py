"""Where pages do not look as they were signed, the reports show it: as signed, as now, and what differs."""

from __future__ import annotations

import json
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from seen_helpers import WHEN, paper, redrawn, sign, updated

from pipeline.checking import check
from pipeline.reports import VerificationReport, gather
from pipeline.reports.as_html import as_html
from pipeline.reports.as_json import as_json, report_schema
from pipeline.reports.as_pdf import as_pdf
from pipeline.reports.page import PagePicture, compared_pages
from signing import Identity, Limits, Trust, compare_seen, development_identity


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return development_identity(tmp_path_factory.mktemp("keys") / "k", agency="UBND A", clock=lambda: WHEN)


def replaced(identity: Identity, pages: int = 1) -> bytes:
    """A paper whose first page says something else than what was signed."""
    texts = [f"Trang {number}" for number in range(pages)]
    return updated(sign(identity, paper(*texts), "Officer"), redrawn("Nguoi nhan: Tran Van Binh"))


def report_on(identity: Identity, path: Path, pdf: bytes, *, pictures: bool = True) -> VerificationReport:
    path.write_bytes(pdf)
    trust = Trust(identity.chain, identity.crls)
    return gather(check(path, trust, WHEN, lambda: None), WHEN, pictures=pictures)


def red_pixels(picture: PagePicture) -> int:
    with Image.open(BytesIO(picture.png)) as opened:
        return sum(
            count
            for count, (red, green, blue) in opened.convert("RGB").getcolors(1 << 24) or ()
            if red > 180 and green < 60 and blue < 60
        )


def test_a_page_that_was_replaced_is_shown_beside_what_was_signed(identity: Identity, tmp_path: Path) -> None:
    (file,) = report_on(identity, tmp_path / "a.pdf", replaced(identity, pages=2)).files
    (page,) = file.compared
    assert (page.number, page.fields, page.reason) == (1, ("Officer",), None)
    assert page.picture.width > 2 * 800, "two pages of 827 pixels side by side"
    assert red_pixels(page.picture) > 100, "what differs is outlined"


def test_every_form_for_people_shows_and_explains_it(identity: Identity, tmp_path: Path) -> None:
    report = report_on(identity, tmp_path / "a.pdf", replaced(identity))
    html = as_html(report).decode()
    assert '<figure class="pages">' in html
    assert "bên trái là trang lúc ký (chữ ký trong trường Officer)" in html
    assert '<figure class="page">' not in html, "page 1 is shown once"
    without = gather([each for file in report.files for each in file.findings], WHEN, pictures=False)
    assert len(as_pdf(report)) > len(as_pdf(without)) + 2_000


def test_programs_are_told_where_the_pages_differ(identity: Identity, tmp_path: Path) -> None:
    report = report_on(identity, tmp_path / "a.pdf", replaced(identity), pictures=False)
    told = json.loads(as_json(report))
    Draft202012Validator(report_schema()).validate(told)
    (file,) = told["files"]
    assert file["seen"]["status"] == "different"
    (page,) = file["seen"]["pages"]
    assert (page["fields"], page["page"], page["status"]) == (["Officer"], 1, "different")
    assert {each["kind"] for each in page["differences"]} == {"content"}
    assert not any(each["permitted"] for each in page["differences"])


def test_what_looks_as_it_was_signed_has_no_such_picture(identity: Identity, tmp_path: Path) -> None:
    report = report_on(identity, tmp_path / "a.pdf", sign(identity, paper(), "Officer"))
    assert [file.compared for file in report.files] == [()]
    assert json.loads(as_json(report))["files"][0]["seen"] is None


def test_no_file_and_no_report_has_more_pictures_than_its_share(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the package has a function of the same name
    monkeypatch.setattr(import_module("pipeline.reports.gather"), "MOST_COMPARED_IN_ALL", 1)
    trust = Trust(identity.chain, identity.crls)
    found = []
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(replaced(identity))
        found += check(tmp_path / name, trust, WHEN, lambda: None)
    report = gather(found, WHEN, pictures=True)
    assert [len(file.compared) for file in report.files] == [1, 0]
    assert "Còn 1 trang khác với lúc ký không được vẽ" in as_html(report).decode()


def test_pages_are_drawn_up_to_the_number_asked_for(identity: Identity) -> None:
    pdf, limits = replaced(identity), Limits()
    seen = compare_seen(pdf, limits=limits)
    assert compared_pages(pdf, seen, limits=limits, most=0) == ()
    assert len(compared_pages(pdf, seen, limits=limits, most=9)) == 1


def test_a_file_that_changed_since_it_was_checked_is_not_drawn(identity: Identity, tmp_path: Path) -> None:
    """The pictures stand beside the SHA-256 of what was judged."""
    path = tmp_path / "a.pdf"
    path.write_bytes(replaced(identity))
    found = check(path, Trust(identity.chain, identity.crls), WHEN, lambda: None)
    path.write_bytes(replaced(identity, pages=3))
    (file,) = gather(found, WHEN, pictures=True).files
    assert (file.page, file.compared) == (None, ())
