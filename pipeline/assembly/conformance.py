"""Is the file we wrote really PDF/A-2u? Asked of its bytes, before it is sealed.

The validator knows level B of part 2 and wants it declared. Level U is level B plus a Unicode value for every letter
shown (ISO 19005-2, 6.2.11.7), so the file is checked in two ways: as level B, by a twin that differs in that one
letter of its metadata; and for Unicode, by looking at every font of every page.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
from pathlib import Path

import pikepdf
import pikepdf.pdfa

_LEVEL_U = b"<pdfaid:conformance>U</pdfaid:conformance>"
_LEVEL_B = b"<pdfaid:conformance>B</pdfaid:conformance>"


class NotConforming(Exception):
    """The file is not PDF/A-2u; `findings` says why, a line each."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings[:5]))
        self.findings = findings


def check_pdfa_2u(path: Path) -> None:
    """Return when the file at *path*, in a folder that may be written to, is PDF/A-2u without a signature.

    Raises:
        NotConforming: it is not, or not shown to be.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        report = pikepdf.pdfa.validate_written(_as_level_b(path, Path(folder) / "twin.pdf"), "2b")
    findings = [f"{finding.rule} {finding.where}: {finding.message}" for finding in report.findings]
    with pikepdf.open(path) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            fonts = page.resources.get(pikepdf.Name.Font, pikepdf.Dictionary())
            findings += [
                f"page {number}: font {name} has no ToUnicode"
                for name, font in fonts.items()
                if pikepdf.Name.ToUnicode not in font
            ]
    if findings:
        raise NotConforming(tuple(findings))


def _as_level_b(path: Path, twin: Path) -> Path:
    """Write a twin of *path* that declares level B, and return it; a long file never lies in memory whole."""
    shutil.copyfile(path, twin)
    with twin.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        at = content.find(_LEVEL_U)
        if at < 0 or content.find(_LEVEL_U, at + 1) >= 0:
            raise NotConforming(("metadata: level U is not declared once, in the clear",))
        content[at : at + len(_LEVEL_B)] = _LEVEL_B
    return twin
