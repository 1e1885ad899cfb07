"""A deposited PDF that cannot be taken is refused, with its page where there is one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pdf_helpers import A6, FULL, add, jpeg, made, put_image, refused, scan, text

from pipeline.errors import Rejected
from pipeline.pdf_pages import examine_pdf


def test_a_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    error = refused(made(tmp_path, text, encryption=pikepdf.Encryption(user="secret", owner="secret")))
    assert error.code == "pdf-encrypted"


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    assert refused(made(tmp_path)).code == "pdf-empty"


@pytest.mark.parametrize(
    "tail", [b"", b"garbage " * 200, b"\0" * 5_000, b"1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>"]
)
def test_what_only_calls_itself_a_pdf_is_refused(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"%PDF-1.7\n" + tail)
    assert refused(path).code in {"pdf-broken", "pdf-empty"}


def test_a_scan_that_is_broken_inside_is_refused_with_its_page(tmp_path: Path) -> None:
    data = jpeg(200)
    path = made(tmp_path, scan(), lambda pdf: add(pdf, FULL, image=put_image(pdf, data[: len(data) // 2])))
    error = refused(path)
    assert (error.code, error.facts["page"]) == ("picture-broken", 2)


@pytest.mark.parametrize("box", [[0, 0, 0, 0], [0, 0, 100, 0], [0, 0, -1e9, 1e9]])
def test_a_page_without_an_area_is_refused(tmp_path: Path, box: list[Any]) -> None:
    error = refused(made(tmp_path, lambda pdf: add(pdf, "", MediaBox=box)))
    assert error.code in {"pdf-broken", "picture-too-large"}


def test_a_page_as_large_as_a_field_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    # 14,400 points are the largest page of most readers: 60,000 × 60,000 dots at 300 dpi.
    error = refused(made(tmp_path, lambda pdf: add(pdf, "", MediaBox=[0, 0, 14_400, 14_400])))
    assert (error.code, error.facts["page"]) == ("picture-too-large", 1)


def test_a_pdf_damaged_anywhere_is_taken_or_refused_never_a_crash(tmp_path: Path) -> None:
    # House rule 7. The object streams are left open, so that damage reaches dictionaries and not only checksums.
    chance = random.Random(20261120)
    whole = (
        made(
            tmp_path,
            lambda pdf: add(pdf, "q 60 0 0 60 0 0 cm /Im0 Do Q", image=put_image(pdf, jpeg(200, size_pt=(60, 60)))),
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
        .read_bytes()
        .replace(f"{A6[0]}".encode(), b"060.00")
        .replace(f"{A6[1]}".encode(), b"060.00")
    )
    path = tmp_path / "damaged.pdf"
    for _ in range(80):
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + chance.randbytes(chance.choice([1, 2, 4])) + whole[at + 2 :])
        try:
            examine_pdf(path)
        except Rejected:
            continue
