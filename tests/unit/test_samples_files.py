"""What lies in samples/ is whole, small enough and the same as the maker would make."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TICKETS = sorted(SAMPLES.glob("*/*/dossier.json"))
#: The issue's limit for what is committed, bytes.
LIMIT = 15 * 1024 * 1024


def _ticket(path: Path) -> Mapping[str, Any]:
    ticket: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return ticket


def _named(ticket: Mapping[str, Any]) -> list[str]:
    return [name for document in ticket["documents"] for name in document["files"]]


def _components(ticket: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the components that the catalogue asks of the ticket's case, by code."""
    path = SAMPLES / "catalogue" / f"{ticket['procedure']}.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    wanted = ticket["case"] or next(case["code"] for case in cases if case["default"])
    case = next(case for case in cases if case["code"] == wanted)
    return {component["code"]: component for component in case["components"]}


def _missing(ticket: Mapping[str, Any]) -> list[str]:
    """Return the required components that are neither handed in nor exempt."""
    there = {document["component"] for document in ticket["documents"]}
    there |= {entry["component"] for entry in ticket.get("exempt", [])}
    components = _components(ticket)
    return [code for code, part in components.items() if part["required"] and code not in there]


def _pages(path: Path) -> int:
    if path.suffix == ".pdf":
        with pikepdf.open(path) as document:
            return len(document.pages)
    with Image.open(path) as picture:
        return int(getattr(picture, "n_frames", 1))


def _good_scans() -> list[Path]:
    return [
        path
        for truth in sorted((SAMPLES / "truth").glob("*/*.txt"))
        for path in SAMPLES.glob(f"*/{truth.parent.name}/{truth.stem}")
    ]


def test_the_maker_gives_the_committed_bytes_again() -> None:
    done = subprocess.run(
        [sys.executable, str(SAMPLES / "make_samples.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    # With other fonts it says so and ends with 2: requirements/debian-packages.sh installs those that are meant.
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("path", TICKETS, ids=lambda path: path.parent.name)
def test_a_ticket_names_exactly_the_files_beside_it(path: Path) -> None:
    beside = {file.name for file in path.parent.iterdir()} - {"dossier.json"}
    assert sorted(_named(_ticket(path))) == sorted(beside)


@pytest.mark.parametrize("path", TICKETS, ids=lambda path: path.parent.name)
def test_a_ticket_bears_its_folders_name_and_known_components(path: Path) -> None:
    ticket = _ticket(path)
    assert ticket["dossier"] == path.parent.name
    assert {document["component"] for document in ticket["documents"]} <= set(_components(ticket))


@pytest.mark.parametrize("path", TICKETS, ids=lambda path: path.parent.name)
def test_only_the_incomplete_dossier_lacks_a_required_component(path: Path) -> None:
    lacking = ["TP02"] if path.parent.parent.name == "incomplete" else []
    assert _missing(_ticket(path)) == lacking


@pytest.mark.parametrize(
    "path",
    [path for path in TICKETS if path.parent.parent.name != "broken"],
    ids=lambda path: path.parent.name,
)
def test_a_component_that_needs_comparison_says_who_compared_it(path: Path) -> None:
    ticket = _ticket(path)
    components = _components(ticket)
    asked = {d["component"] for d in ticket["documents"] if components[d["component"]]["comparison"]}
    assert asked == {d["component"] for d in ticket["documents"] if "compared" in d}


def test_there_are_three_whole_dossiers() -> None:
    assert len([path for path in TICKETS if path.parent.parent.name == "dossiers"]) == 3


def test_every_good_scan_has_its_known_text() -> None:
    folders = ("dossiers", "incomplete", "noticket", "stack")
    scans = {path for folder in folders for path in (SAMPLES / folder).glob("*/*") if path.name != "dossier.json"}
    assert scans <= set(_good_scans())


@pytest.mark.parametrize("path", _good_scans(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_known_text_has_a_part_for_each_page(path: Path) -> None:
    truth = (SAMPLES / "truth" / path.parent.name / f"{path.name}.txt").read_text(encoding="utf-8")
    parts = truth.split("\f")
    assert len(parts) == _pages(path)
    assert all(part.strip() for part in parts)


@pytest.mark.parametrize(
    "path",
    [path for path in _good_scans() if path.suffix != ".pdf"],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_a_scan_states_at_least_the_200_dpi_that_the_rules_ask(path: Path) -> None:
    with Image.open(path) as picture:
        across, down = picture.info["dpi"]
        assert round(across) == round(down) >= 200


def test_the_giant_is_a_few_kilobytes_that_claim_900_million_pixels() -> None:
    giant = (SAMPLES / "broken" / "H15.50.05.13-261120-0009" / "005.png").read_bytes()
    assert len(giant) < 10_000
    assert giant[16:24] == (30_000).to_bytes(4, "big") * 2


def test_the_locked_pdf_opens_with_its_password_only() -> None:
    path = SAMPLES / "broken" / "H15.50.05.13-261120-0009" / "004.pdf"
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(path)
    with pikepdf.open(path, password="mau") as document:
        assert len(document.pages) == 1


def test_the_samples_stay_under_fifteen_megabytes() -> None:
    files = (path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert sum(path.stat().st_size for path in files) <= LIMIT
