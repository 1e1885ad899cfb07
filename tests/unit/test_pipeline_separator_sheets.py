"""What `sohoa separator` prints: every sheet with its code twice, its words, and no paper for a wrong call."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from conftest import DOSSIER, SAMPLES
from pdf2image import convert_from_bytes

from ocr.codes import find_codes
from pipeline.catalogue import load, procedure_from
from pipeline.cli.separator import separator_command
from pipeline.errors import Usage
from pipeline.model import DossierCode, Kind, Procedure
from pipeline.separator_sheets import sheets_pdf
from pipeline.separators import Part, payload, sheets_of
from pipeline.settings import Settings

CALL: dict[str, Any] = {
    "dossier": DOSSIER,
    "procedure": "1.001193",
    "case": None,
    "station": None,
    "components": [],
    "pages": [],
    "copies": [],
    "as_json": True,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    (raw,) = load(SAMPLES / "catalogue" / "1.001193.json")
    return procedure_from(raw)


def told(capsys: pytest.CaptureFixture[str]) -> list[tuple[Any, Any, Any]]:
    sheets = json.loads(capsys.readouterr().out)["sheets"]
    return [(each["component"], each["kind"], each["pages"]) for each in sheets]


def test_each_page_bears_its_code_twice_and_far_apart(procedure: Procedure) -> None:
    parts = [Part("TP01", Kind.ORIGINAL, 2), Part("TP02", Kind.COPY, None)]
    sheets = sheets_of(DossierCode.parse(DOSSIER), "1.001193", "TH01", "TP-01", parts)
    pages = convert_from_bytes(sheets_pdf(sheets, procedure, procedure.cases[0]), dpi=150)
    assert len(pages) == 3
    for page, sheet in zip(pages, sheets, strict=True):
        first, second = find_codes(np.asarray(page), 150)
        assert first.text == second.text == payload(sheet)
        middles = [np.mean(code.corners, axis=0) / 150 * 25.4 for code in (first, second)]
        assert np.hypot(*(middles[0] - middles[1])) > 150  # millimetres


def test_names_longer_than_a_page_and_letters_without_a_shape_are_printed_all_the_same(procedure: Procedure) -> None:
    from dataclasses import replace

    case = procedure.cases[0]
    long = replace(case.components[0], code="T" * 64, name="Văn bản \N{CJK UNIFIED IDEOGRAPH-6F22} rất dài " * 60)
    case = replace(case, components=(long, *case.components[1:]))
    parts = [Part(long.code, Kind.ORIGINAL, 2000)] * 30
    sheets = sheets_of(DossierCode.parse(DOSSIER), "1.001193", "TH01", None, parts)
    data = sheets_pdf(sheets[:2], procedure, case)
    pages = convert_from_bytes(data, dpi=150)
    assert [len(find_codes(np.asarray(page), 150)) for page in pages] == [2, 2]


def test_the_same_sheets_give_the_same_bytes(procedure: Procedure) -> None:
    sheets = sheets_of(DossierCode.parse(DOSSIER), "1.001193", None, None, [Part("TP01", Kind.ORIGINAL, 2)])
    made = {sheets_pdf(sheets, procedure, procedure.cases[0]) for _ in range(2)}
    assert len(made) == 1


def test_a_viewer_is_asked_to_print_on_one_side(procedure: Procedure) -> None:
    # The next sheet on the back of one would part nothing, and office printers do so by themselves.
    sheets = sheets_of(DossierCode.parse(DOSSIER), "1.001193", None, None, [Part("TP01", Kind.ORIGINAL, 2)])
    with pikepdf.open(io.BytesIO(sheets_pdf(sheets, procedure, procedure.cases[0]))) as pdf:
        assert pdf.Root.ViewerPreferences.Duplex == "/Simplex"


def test_without_components_all_of_the_case_are_printed(
    house: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert separator_command(house, out=tmp_path / "sheets.pdf", **CALL | {"case": "TH02"}) == 0
    assert [component for component, _, _ in told(capsys)] == [None, "TP01", "TP07", "TP08", "TP05"]


def test_the_catalogue_tells_copies_unless_the_call_does(
    house: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = CALL | {"components": ["TP01", "TP02", "TP04"], "pages": [2, 1, 3], "copies": ["TP04"]}
    separator_command(house, out=tmp_path / "deep" / "sheets.pdf", **asked)
    assert told(capsys)[1:] == [("TP01", "original", 2), ("TP02", "copy", 1), ("TP04", "copy", 3)]
    assert (tmp_path / "deep" / "sheets.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"dossier": "x"}, "dossier-code-invalid"),
        ({"procedure": "9.999999"}, "procedure-not-found"),
        ({"case": "TH99"}, "separator-case"),
        ({"components": ["TP99"]}, "separator-component"),
        ({"copies": ["TP99"]}, "separator-component"),
        ({"components": ["TP01"], "pages": [0]}, "separator-pages"),
        ({"components": ["TP01"], "pages": [1, 2]}, "separator-pages"),
        ({"pages": [2]}, "separator-pages"),
        ({"components": ["TP01"] * 201}, "separator-too-many"),
        ({"station": "a/b"}, "separator-code"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_writes_nothing(
    house: Settings, tmp_path: Path, wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(Usage) as caught:
        separator_command(house, out=tmp_path / "sheets.pdf", **CALL | wrong)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []
