"""The stage that writes a document's text beside its PDF."""

from __future__ import annotations

from pathlib import Path

import pytest
from assembly_helpers import line, reading, word

from ocr import Reading, ScriptedEngine
from pipeline.filed import SIDECARS, sidecar_name
from pipeline.stage import Bench
from pipeline.stages import sidecar

PAGES = [reading((800, 400), line(word(text, 10, 20, 110, 50))) for text in ("một", "hai")]


def made(folder: Path, kind: str, pages: list[Reading] = PAGES) -> tuple[bytes, str]:
    paths = [folder / f"{number}.json" for number, _ in enumerate(pages)]
    for path, page in zip(paths, pages, strict=True):
        path.write_bytes(page.to_json())
    params = {"kind": kind, "file": "TP01-01.pdf", "pages": len(pages)}
    (file,) = sidecar.run(paths, params, folder, Bench(ScriptedEngine)).files
    return file.path.read_bytes(), file.media_type


@pytest.mark.parametrize("kind", list(SIDECARS))
def test_every_kind_that_may_be_asked_for_is_made_of_the_same_pages(tmp_path: Path, kind: str) -> None:
    data, _ = made(tmp_path, kind)
    assert data.index("một".encode()) < data.index(b"hai")


@pytest.mark.parametrize("kind", list(SIDECARS))
def test_the_same_readings_give_the_same_bytes(tmp_path: Path, kind: str) -> None:
    # Its SHA-256 stands in a sealed manifest, and a crash may make it twice.
    assert made(tmp_path, kind) == made(tmp_path, kind)


def test_each_kind_says_what_it_is() -> None:
    assert sidecar_name("TP01-01.pdf", "txt") == "TP01-01.txt"
    assert sidecar_name("TP01-01.pdf", "alto") == "TP01-01.alto.xml"


def test_media_types_are_those_of_the_formats(tmp_path: Path) -> None:
    assert made(tmp_path, "txt")[1] == "text/plain; charset=utf-8"
    assert made(tmp_path, "alto")[1] == "application/alto+xml"


def test_a_document_without_a_word_has_sidecars_too(tmp_path: Path) -> None:
    silent = [reading((800, 400))] * 2
    assert made(tmp_path, "txt", silent)[0] == b"\f"
    assert b"<Page" in made(tmp_path, "alto", silent)[0]
