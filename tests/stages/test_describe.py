"""The stage that finds out what a document says of itself."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assembly_helpers import a4, built, reading
from reading_helpers import SECRET, SIZE, bare, lies, printed

from ocr import Reading, ScriptedEngine
from pipeline.stage import Bench, Made
from pipeline.stages import describe

PLAIN = lies(0)(None)
#: The head of a paper as NĐ 30/2020 lays it out: agency and number on the left, motto and date on the right.
DECISION = (
    replace(printed("ỦY BAN NHÂN DÂN", 120, left=160), block=0, paragraph=0),
    replace(printed("PHƯỜNG TUY PHƯỚC", 165, left=160), block=0, paragraph=0),
    replace(printed("Số: 15/QĐ-UBND", 240, left=180), block=0, paragraph=1),
    replace(printed("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 120, left=760), block=1, paragraph=2),
    replace(printed("Độc lập - Tự do - Hạnh phúc", 165, left=820), block=1, paragraph=2),
    replace(printed("Tuy Phước, ngày 20 tháng 11 năm 2026", 240, left=800), block=1, paragraph=3),
    replace(printed("QUYẾT ĐỊNH", 330, left=700), block=2, paragraph=4),
    *(replace(printed("Căn cứ Luật Hộ tịch số 60/2014/QH13", 420 + 50 * at), block=3, paragraph=5) for at in range(5)),
)


def ran(folder: Path, *pages: Reading) -> tuple[dict[str, Any], Made]:
    paths = [folder / f"{number}.json" for number, _ in enumerate(pages)]
    for path, page in zip(paths, pages, strict=True):
        path.write_bytes(page.to_json())
    made = describe.run(paths, {"pages": len(pages)}, folder, Bench(ScriptedEngine))
    (file,) = made.files
    return json.loads(file.path.read_bytes()), made


def test_the_record_tells_which_pages_are_blank_and_which_are_secret(tmp_path: Path) -> None:
    _, made = ran(tmp_path, PLAIN, bare(None), SECRET(None))
    assert made.facts == {"blank": [False, True, False], "secrecy": [{"page": 2, "level": "MẬT"}]}


def test_what_was_found_is_in_the_object_and_not_in_the_record(tmp_path: Path) -> None:
    # Records are read by whoever looks after the machine; what papers say of people is not for them.
    said, made = ran(tmp_path, a4(*DECISION).reading)
    assert {"number", "date"} <= {each["name"] for each in said["fields"]}
    assert set(made.facts) == {"blank", "secrecy"}


def test_the_same_readings_are_described_in_the_same_bytes(tmp_path: Path) -> None:
    one, other = (ran(tmp_path, PLAIN)[1].files[0].path.read_bytes() for _ in range(2))
    assert one == other


def test_a_document_that_nothing_was_read_of_is_described(tmp_path: Path) -> None:
    said, _ = ran(tmp_path, replace(reading(SIZE), failure="died"))
    assert said["fields"] == []


@pytest.mark.parametrize("mark", [(200.0, 40.0), (590.0, 200.0)], ids=["free", "page 1 grows for it"])
def test_a_field_stands_in_the_pdf_where_its_box_says(tmp_path: Path, mark: tuple[float, float]) -> None:
    """Held against poppler, which finds the date's words in the assembled file."""
    page = a4(*DECISION)
    (found,) = [each for each in ran(tmp_path, page.reading)[0]["fields"] if each["name"] == "date"]
    left, bottom, right, top = found["box"]
    path = built(tmp_path, page, mark=mark)
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    height = float(re.search(r'<page width="[\d.]+" height="([\d.]+)"', told)[1])
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(20|11|2026)<', told)
    assert len(words) == 3
    for x_min, y_min, x_max, y_max, _ in words:
        assert left - 2 <= float(x_min) <= float(x_max) <= right + 2
        # The invisible font stands a little above and below the box it was given.
        assert bottom - 4 <= height - float(y_max) <= height - float(y_min) <= top + 4
