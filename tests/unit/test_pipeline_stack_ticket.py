"""A ticket that names a stack, and what stands in for one when there is none."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from separator_helpers import a_set
from ticket_helpers import FOLDER, RAW, changed, parsed

from pipeline.cli.outcomes import show_outcomes
from pipeline.driver import Outcome
from pipeline.errors import Rejected
from pipeline.model import Claim, Kind, Operator
from pipeline.separators import DossierSheet
from pipeline.ticket import from_stack, names_components, with_sheets

CLERK = Operator("cli", "Nguyễn Thị Mẫu")
LEFT = [{"component": "TP01", "kind": "copy", "files": []}]


def head(**more: Any) -> DossierSheet:
    sheet = a_set(("TP01", Kind.COPY, 1), dossier=FOLDER, **more)[0]
    assert isinstance(sheet, DossierSheet)
    return sheet


def test_the_files_of_a_stack_stand_in_the_order_of_the_ticket() -> None:
    dossier = parsed(changed(stack=["b.tif", "a.tif"], documents=LEFT))
    assert dossier.stack == ("b.tif", "a.tif")
    assert dossier.claims == (Claim("TP01", Kind.COPY, ()),)


def test_a_ticket_without_a_stack_has_none() -> None:
    assert parsed(RAW).stack == ()


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"documents": []}, "documents"),
        ({"documents": LEFT}, "documents[0].files"),
        ({"stack": []}, "stack"),
        ({"stack": ["a.tif", "a.tif"]}, "stack"),
        ({"stack": ["001.jpg"]}, "stack"),
    ],
    ids=["no documents", "no files", "an empty stack", "a file twice", "a file in the stack and in a document"],
)
def test_a_ticket_that_leaves_files_in_doubt_is_refused(more: dict[str, Any], where: str) -> None:
    with pytest.raises(Rejected) as caught:
        parsed(changed(**more))
    assert (caught.value.code, caught.value.facts["where"]) == ("ticket-invalid", where)


def test_without_a_ticket_names_give_the_order_as_scanners_count() -> None:
    names = ["scan-10.jpg", "scan-9.jpg", "scan.jpg", "Scan-2.jpg", "scan-2b.jpg", "scan-002a.jpg", "7.jpg", "010.jpg"]
    dossier = from_stack(FOLDER, names, None, CLERK, "H15.50.05.13")
    assert dossier.stack == (
        "7.jpg", "010.jpg", "scan.jpg", "Scan-2.jpg", "scan-002a.jpg", "scan-2b.jpg", "scan-9.jpg", "scan-10.jpg",
    )  # fmt: skip


def test_the_first_sheet_says_what_a_ticket_would() -> None:
    dossier = with_sheets(from_stack(FOLDER, ["a.tif"], None, CLERK, "H15.50.05.13"), head())
    assert (dossier.procedure, dossier.case, dossier.station.code) == ("1.001193", "TH01", "TP-01")
    assert dossier.operator == CLERK


def test_the_first_sheet_adds_to_a_ticket_and_changes_nothing_in_it() -> None:
    dossier = parsed(changed(stack=["a.tif"], documents=LEFT))
    assert with_sheets(dossier, head(case=None, station=None)) == dossier


def test_only_files_named_by_component_need_no_sheets() -> None:
    assert names_components(["TP01-01.jpg", "x.txt"])
    assert not names_components(["scan.pdf", "img 1.jpg"])


def test_a_stack_for_a_person_is_not_shown_as_refused() -> None:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    error = Rejected("separator-first", page=1)
    show_outcomes(console, [(Outcome(FOLDER, None, error, 0, 1, 1.0), Path())])
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"Chưa số hóa {FOLDER}. Cần người xem lại: " in text
    assert "[separator-first]" in text
    assert "Không nhận" not in text
