"""Which files make which document, and what is told of those that make none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.completeness import Finding
from pipeline.errors import REJECTIONS
from pipeline.messages import reason
from pipeline.model import Case, Claim, Comparison, Component, Kind, Operator, Original, PageRef, Sha256
from pipeline.plan import Step, StepRecord
from pipeline.stages.separate import Separation, check_names, separate

CASE = Case(
    "TH01",
    "Đúng hạn",
    default=True,
    components=tuple(Component(code, code, True, 1, 0, False) for code in ("TP01", "TP02")),
)
SEEN = Comparison(Operator("cc-1", "Lê Văn Mẫu"), datetime(2026, 11, 20, tzinfo=UTC))


def claim(component: str, *files: str, kind: Kind = Kind.ORIGINAL, compared: Comparison | None = None) -> Claim:
    return Claim(component, kind, files, compared)


def named(claims: Sequence[Claim], **present: str | None) -> list[tuple[str, str | None, str | None]]:
    """What is told: code, file, component; *present* is by name, ``_`` for the dot."""
    folder = {name.replace("_", "."): problem for name, problem in present.items()}
    findings = check_names(claims, folder, CASE, "1.001193")
    for each in findings:
        assert each.code in REJECTIONS
        assert reason(each.code, each.facts)
    return [(each.code, each.file, each.component) for each in findings]


# --- names --------------------------------------------------------------------------------------------------------


def test_a_ticket_and_a_folder_that_agree_need_no_word() -> None:
    assert (
        named(
            [claim("TP01", "1.jpg", "2.jpg"), claim("TP02", "3.tif")], **{"1_jpg": None, "2_jpg": None, "3_tif": None}
        )
        == []
    )


def test_a_name_without_a_file_is_reported_with_its_component() -> None:
    assert named([claim("TP01", "1.jpg", "2.jpg")], **{"1_jpg": None}) == [("file-missing", "2.jpg", "TP01")]


def test_a_file_without_a_name_is_reported() -> None:
    assert named([claim("TP01", "1.jpg")], **{"1_jpg": None, "x_jpg": None}) == [("file-not-named", "x.jpg", None)]


def test_a_file_with_a_problem_of_its_own_is_reported_as_that() -> None:
    assert named([claim("TP01", "1.jpg")], **{"1_jpg": "file-empty", "sub": "not-a-file"}) == [
        ("file-empty", "1.jpg", "TP01"),
        ("not-a-file", "sub", None),
    ]


@pytest.mark.parametrize("problem", ["file-empty", "file-too-large", "not-a-file", "file-name-unsafe"])
def test_every_problem_that_an_entry_can_have_can_be_told(problem: str) -> None:
    # Named by the ticket or not.
    assert [code for code, _, _ in named([claim("TP01", "1.jpg")], **{"1_jpg": problem, "2_jpg": problem})] == [
        problem
    ] * 2


def test_a_file_named_by_two_documents_is_given_to_neither() -> None:
    # Nobody can say which of them the paper belongs to.
    assert named([claim("TP01", "1.jpg"), claim("TP02", "1.jpg")], **{"1_jpg": None}) == [
        ("file-named-twice", "1.jpg", "TP01"),
        ("file-named-twice", "1.jpg", "TP02"),
    ]


def test_a_file_named_twice_in_one_document_is_reported_once() -> None:
    assert named([claim("TP01", "1.jpg", "1.jpg")], **{"1_jpg": None}) == [("file-named-twice", "1.jpg", "TP01")]


def test_the_files_of_a_component_that_there_is_not_are_reported_each() -> None:
    assert named([claim("TP99", "1.jpg", "2.jpg")], **{"1_jpg": None, "2_jpg": None}) == [
        ("component-unknown", "1.jpg", "TP99"),
        ("component-unknown", "2.jpg", "TP99"),
    ]


@pytest.mark.parametrize("name", ["../1.jpg", "a/1.jpg", "..\\1.jpg", "/1.jpg", "1\n.jpg", "1\0.jpg", "\u202e1.jpg"])
def test_a_name_that_could_not_lie_in_the_folder_is_unsafe(name: str) -> None:
    assert named([claim("TP01", name)]) == [("file-name-unsafe", name, "TP01")]


# --- documents ----------------------------------------------------------------------------------------------------


class Folder:
    """Originals that went through the gate, each as a test says."""

    def __init__(self) -> None:
        self.originals: dict[str, Original] = {}
        self.gated: dict[Sha256, StepRecord] = {}

    def add(
        self,
        name: str,
        *,
        pages: int = 1,
        signed: bool = False,
        rejection: dict[str, Any] | None = None,
        data: str = "",
    ) -> Sha256:
        sha256 = Sha256(hashlib.sha256((data or name).encode()).hexdigest())
        self.originals[name] = Original(name, sha256, 10)
        step = Step("intake", 1, (("originals", sha256),), {}, ("tool 1",))
        told = {"signed": signed, "pages": [] if signed else [{}] * pages, "page_count": pages}
        facts: dict[str, Any] = {} if rejection else told
        self.gated[sha256] = StepRecord(step, (), facts, rejection, "2026-11-20T00:00:00+00:00")
        return sha256

    def separate(self, *claims: Claim) -> Separation:
        return separate(claims, self.originals, self.gated)


@pytest.fixture
def folder() -> Folder:
    return Folder()


BROKEN = {"code": "picture-broken", "facts": {"page": 1}}


def test_the_files_of_a_claim_make_one_document_with_their_pages_in_order(folder: Folder) -> None:
    first, second = folder.add("2.tif", pages=2), folder.add("1.jpg")
    (document,) = folder.separate(claim("TP01", "2.tif", "1.jpg")).documents
    assert document.pages == (PageRef(first, 0), PageRef(first, 1), PageRef(second, 0))
    assert [each.name for each in document.originals] == ["2.tif", "1.jpg"]
    assert document.file_name == "TP01-01.pdf"
    assert not document.received_signed


def test_what_the_ticket_says_of_a_paper_goes_with_it(folder: Folder) -> None:
    folder.add("1.jpg")
    (document,) = folder.separate(claim("TP01", "1.jpg", kind=Kind.COPY, compared=SEEN)).documents
    assert (document.kind, document.compared) == (Kind.COPY, SEEN)


def test_a_refused_file_takes_its_whole_document_with_it_and_no_other(folder: Folder) -> None:
    # Half a paper must not pass for the whole; and one bad scan must not stop a dossier.
    folder.add("1.jpg")
    bad = folder.add("2.jpg", rejection=BROKEN)
    folder.add("3.jpg")
    separation = folder.separate(claim("TP01", "1.jpg", "2.jpg"), claim("TP02", "3.jpg"))
    assert [each.component for each in separation.documents] == ["TP02"]
    assert separation.findings == (Finding("picture-broken", {"page": 1}, "2.jpg", bad, "TP01"),)


def test_every_refused_file_is_told(folder: Folder) -> None:
    folder.add("1.jpg", rejection=BROKEN)
    folder.add("2.pdf", rejection={"code": "pdf-encrypted", "facts": {}})
    findings = folder.separate(claim("TP01", "1.jpg", "2.pdf")).findings
    assert [(each.code, each.file) for each in findings] == [("picture-broken", "1.jpg"), ("pdf-encrypted", "2.pdf")]


def test_documents_of_one_component_are_numbered(folder: Folder) -> None:
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        folder.add(name)
    documents = folder.separate(claim("TP01", "1.jpg"), claim("TP02", "2.jpg"), claim("TP01", "3.jpg")).documents
    assert [each.file_name for each in documents] == ["TP01-01.pdf", "TP02-01.pdf", "TP01-02.pdf"]


def test_a_signed_pdf_stays_alone_among_the_files_of_its_document(folder: Folder) -> None:
    # rules.md: keep what arrives signed byte for byte; joining it with anything would break its signatures.
    for name in ("1.jpg", "2.jpg", "5.jpg"):
        folder.add(name)
    for name in ("3.pdf", "4.pdf"):
        folder.add(name, signed=True, pages=2)
    documents = folder.separate(claim("TP01", "1.jpg", "2.jpg", "3.pdf", "4.pdf", "5.jpg")).documents
    assert [([each.name for each in document.originals], document.received_signed) for document in documents] == [
        (["1.jpg", "2.jpg"], False),
        (["3.pdf"], True),
        (["4.pdf"], True),
        (["5.jpg"], False),
    ]
    assert [each.file_name for each in documents] == [f"TP01-0{number}.pdf" for number in (1, 2, 3, 4)]
    assert documents[1].pages == ()


def test_the_same_scan_under_two_names_makes_two_pages(folder: Folder) -> None:
    # Two identical files may be a mistake, but it is the clerk's to see; nothing deposited is dropped.
    folder.add("1.jpg", data="same")
    sha256 = folder.add("2.jpg", data="same")
    (document,) = folder.separate(claim("TP01", "1.jpg", "2.jpg")).documents
    assert document.pages == (PageRef(sha256, 0), PageRef(sha256, 0))
    assert [each.name for each in document.originals] == ["1.jpg", "2.jpg"]


def test_a_pdf_with_a_hundred_documents_before_it_is_named_in_order(folder: Folder) -> None:
    for number in range(101):
        folder.add(f"{number}.jpg")
    documents = folder.separate(*(claim("TP01", f"{number}.jpg") for number in range(101))).documents
    assert documents[100].file_name == "TP01-101.pdf"
    assert len({each.file_name for each in documents}) == 101
