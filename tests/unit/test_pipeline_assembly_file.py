"""The assembled file as a whole: the same bytes every time, and PDF/A-2u."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest
from assembly_helpers import a4, built, lines_of, marked, page_of
from PIL import Image

from pipeline.assembly import NotConforming, check_pdfa_2u

# --- the same input gives the same bytes --------------------------------------------------------------------------

RECIPE = """
import sys
from pathlib import Path
from PIL import Image
from ocr import Box, Line, Reading, Word
from pipeline.assembly import AssembledPage, assemble
words = tuple(Word(text, Box(20 + 60 * at, 150, 70 + 60 * at, 180), 0.9)
              for at, text in enumerate("CỘNG HÒA XÃ HỘI CHỦ NGHĨA".split()))
reading = Reading(0, 1.0, "osd", 0.3, 480, 320, 200.0, (Line(words, Box(20, 150, 400, 180)),), "by hand")
page = AssembledPage(Image.new("RGB", (480, 320), "white"), None, (200.0, 200.0), 1, reading)
assemble([page], [reading], Path(sys.argv[1]), title="TP01", agency="UBND", mark_shapes=[(100.0, 40.0)])
"""


def test_the_same_input_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    # Done means the record exists: two workers must not file two outcomes of one step. Sets of letters are ordered
    # by a hash that differs from process to process.
    digests = set()
    for number, seed in enumerate(("0", "1", "4711")):
        path = tmp_path / f"{number}.pdf"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TZ": f"UTC+{number}",
        }
        subprocess.run([sys.executable, "-c", RECIPE, path], env=environment, check=True, cwd=tmp_path)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_another_title_gives_other_bytes(tmp_path: Path) -> None:
    # No two documents of a dossier may have equal bytes, or one seal would stand for both.
    page = page_of(marked())
    assert built(tmp_path, page, title="TP01-01").read_bytes() != built(tmp_path, page, title="TP01-02").read_bytes()


# --- PDF/A --------------------------------------------------------------------------------------------------------


def test_a_title_with_markup_and_odd_letters_does_no_harm(tmp_path: Path) -> None:
    title = 'a <b> & "c" ]]> </rdf:li> \0 \x0b \ufffe {level} <pdfaid:conformance>U</pdfaid:conformance>'
    path = built(tmp_path, page_of(marked()), title=title)
    check_pdfa_2u(path)
    with pikepdf.open(path) as pdf, pdf.open_metadata() as metadata:
        assert "<b>" in str(metadata["dc:title"])


def test_a_file_says_what_it_is_and_in_which_language(tmp_path: Path) -> None:
    with pikepdf.open(built(tmp_path, page_of(marked()), title="TP01 – hồ sơ")) as pdf:
        assert "/Info" not in pdf.trailer  # nothing that could contradict the XMP
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "U")
            assert metadata["dc:title"] == "TP01 – hồ sơ"
        assert str(pdf.Root.Lang) == "vi-VN"


def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    path = built(tmp_path, a4(*lines_of(["chữ"])), page_of(marked()))
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def spoiled(folder: Path, spoil: Any) -> Path:
    path = folder / "spoiled.pdf"
    with pikepdf.open(built(folder, a4(*lines_of(["chữ"])))) as pdf:
        spoil(pdf)
        pdf.save(path, **pikepdf.pdfa.resolve_save_kwargs("2b", deterministic_id=True))
    return path


def no_unicode(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.Font["/T0"].ToUnicode


def a_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def no_profile(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def no_font_file(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.Font["/T0"].DescendantFonts[0].FontDescriptor.FontFile2


@pytest.mark.parametrize("spoil", [no_unicode, a_script, no_profile, no_font_file])
def test_a_file_that_is_not_pdfa_2u_is_found_out(tmp_path: Path, spoil: Any) -> None:
    with pytest.raises(NotConforming) as caught:
        check_pdfa_2u(spoiled(tmp_path, spoil))
    assert caught.value.findings


def test_the_file_before_it_was_spoiled_was_one(tmp_path: Path) -> None:
    check_pdfa_2u(spoiled(tmp_path, lambda pdf: None))


def test_a_file_that_does_not_declare_its_level_is_not_one(tmp_path: Path) -> None:
    path = built(tmp_path, page_of(marked()))
    path.write_bytes(path.read_bytes().replace(b"<pdfaid:conformance>U<", b"<pdfaid:conformance>B<"))
    with pytest.raises(NotConforming):
        check_pdfa_2u(path)


def test_a_document_of_many_pages_has_every_picture_on_its_own_page(tmp_path: Path) -> None:
    """More pages than wait in memory at once: each picture has a width of its own to be known by."""
    pages = [page_of(Image.new("L", (300 + at, 200), "white")) for at in range(53)]
    with pikepdf.open(built(tmp_path, *pages)) as pdf:
        assert [int(page.Resources.XObject.P0.Width) for page in pdf.pages] == [300 + at for at in range(53)]
        assert len({page.Resources.Font["/T0"].objgen for page in pdf.pages}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.pdf"]
