"""Names of files, in a ticket or instead of one: compared with what is there, and never taken for a path."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from ticket_helpers import FOLDER, changed, parsed

from pipeline.deposit import look
from pipeline.errors import Rejected
from pipeline.messages import reason
from pipeline.model import Case, Claim, Component, DossierCode, Kind, Operator, canonical_json
from pipeline.stages.separate import check_names
from pipeline.ticket import from_names

CASE = Case("TH01", "n", default=True, components=(Component("TP01", "n", True, 1, 0, False),))
CLERK = Operator("cli", "Nguyễn Thị Mẫu")


# --- names of files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../secret.jpg", "/etc/passwd", "a/b.jpg", "..\\secret.jpg", "C:\\x.jpg", "..", ".", "a\0.jpg", "\u202egpj.exe"],
)
def test_a_name_that_would_leave_the_folder_becomes_a_finding(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"x")
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "001.jpg").write_bytes(b"x")
    present = {each.name: each.problem for each in look(folder).found}
    documents = [{"component": "TP01", "kind": "original", "files": [name, "001.jpg"]}]
    dossier = parsed(changed(documents=documents))
    # From here on the file system is gone: names are compared with names only.
    monkeypatch.setattr(os, "open", lambda *a, **k: pytest.fail("a ticket's name was opened"))
    monkeypatch.setattr("builtins.open", lambda *a, **k: pytest.fail("a ticket's name was opened"))
    findings = check_names(dossier.claims, present, CASE, dossier.procedure)
    assert [(each.file, each.component) for each in findings] == [(name, "TP01")]
    assert findings[0].code in {"file-name-unsafe", "file-missing"}
    assert reason(findings[0].code, findings[0].facts)


def test_the_form_of_a_name_does_not_hide_the_file(tmp_path: Path) -> None:
    # A folder copied from macOS has NFD names; the ticket NFC ones, or the other way round.
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / unicodedata.normalize("NFD", "tờ khai.jpg")).write_bytes(b"x")
    present = {each.name: each.problem for each in look(folder).found}
    documents = [{"component": "TP01", "kind": "original", "files": ["tờ khai.jpg"]}]
    assert check_names(parsed(changed(documents=documents)).claims, present, CASE, "1.001193") == ()


def test_a_file_name_that_is_not_utf_8_is_told_in_letters_that_can_be_written(tmp_path: Path) -> None:
    # Archives made on old Windows leave names in CP1258; such a name must become a finding, not a crash of ours.
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / os.fsdecode(b"t\xea\xf2 khai.jpg")).write_bytes(b"x")
    (found,) = look(folder).found
    assert found.problem == "file-name-unsafe"
    assert canonical_json(found.name)  # goes into the deposit's identity and the manifest


# --- deposits without a ticket ------------------------------------------------------------------------------------


def test_names_of_files_stand_in_for_a_ticket() -> None:
    dossier = from_names(FOLDER, ["TP02-01.tif", "TP01-01.jpg"], "1.001193", CLERK, "H15.50.05.13")
    assert dossier.code == DossierCode.parse(FOLDER)
    assert dossier.procedure == "1.001193"
    assert dossier.operator == CLERK
    assert dossier.agency.code == "H15.50.05.13"
    assert dossier.claims == (
        Claim("TP01", Kind.ORIGINAL, ("TP01-01.jpg",)),
        Claim("TP02", Kind.ORIGINAL, ("TP02-01.tif",)),
    )


def test_pages_follow_their_numbers_not_their_letters() -> None:
    names = ["TP01-100.jpg", "TP01-02.jpg", "TP01-010.jpg", "TP01-01.png"]
    dossier = from_names(FOLDER, names, "1.001193", CLERK, "a")
    assert dossier.claims[0].files == ("TP01-01.png", "TP01-02.jpg", "TP01-010.jpg", "TP01-100.jpg")


@pytest.mark.parametrize("name", ["scan.jpg", "TP01.jpg", "TP01-1.jpg", "TP01-01", "-01.jpg", "TỜ KHAI-01.jpg"])
def test_a_file_with_another_name_is_not_claimed_and_so_reported(name: str) -> None:
    dossier = from_names(FOLDER, ["TP01-01.jpg", name], "1.001193", CLERK, "a")
    assert dossier.claims == (Claim("TP01", Kind.ORIGINAL, ("TP01-01.jpg",)),)
    (finding,) = check_names(dossier.claims, {"TP01-01.jpg": None, name: None}, CASE, "1.001193")
    assert (finding.code, finding.file) == ("file-not-named", name)


def test_a_component_code_may_hold_dashes() -> None:
    dossier = from_names(FOLDER, ["TP-01-a-02.jpg"], "1.001193", CLERK, "a")
    assert dossier.claims[0].component == "TP-01-a"


def test_a_folder_without_any_such_name_needs_a_ticket() -> None:
    with pytest.raises(Rejected) as caught:
        from_names(FOLDER, ["scan.jpg"], "1.001193", CLERK, "a")
    assert caught.value.code == "ticket-missing"


def test_a_folder_that_is_not_called_by_a_dossier_code_needs_a_ticket_too() -> None:
    with pytest.raises(Rejected) as caught:
        from_names("hồ sơ mới", ["TP01-01.jpg"], "1.001193", CLERK, "a")
    assert caught.value.code == "dossier-code-invalid"
