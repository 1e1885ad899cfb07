"""Where Tesseract's models lie on this machine, and which ones exactly.

Pages are read with Vietnamese alone: on Debian the small fast `vie` beats the large models on clean and on poor scans
alike, and adding English to it only adds English mistakes. Lines that it is not sure of are read again with the model
of the Vietnamese script, three times as large, which errs in other places: `QUYẾT` in bold capitals, for one, it reads.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from ocr.engine import EngineMissing

LANGUAGE = "vie"
SECOND = "Vietnamese"
ORIENTATION = "osd"

#: Each model with the Debian package that brings it.
PACKAGES = {LANGUAGE: "tesseract-ocr-vie", SECOND: "tesseract-ocr-script-viet", ORIENTATION: "tesseract-ocr-osd"}

#: Hexadecimal digits of the SHA-256 of a model that go into a version: 48 bits tell models apart.
_PREFIX = 12


def find_tessdata() -> Path:
    """Return the folder that holds all models.

    Raises:
        EngineMissing: no folder holds them all; the message says what to install.
    """
    looked = list(_folders())
    for folder in looked:
        if all(_model(folder, name).is_file() for name in PACKAGES):
            return folder
    places = ", ".join(map(str, looked)) or "nowhere, as no usual place exists"
    raise EngineMissing(
        f"Tesseract's models {', '.join(PACKAGES)} were not found together (looked in {places}); install the Debian "
        f"packages {', '.join(PACKAGES.values())}, or set TESSDATA_PREFIX to the folder that holds them"
    )


def fingerprint(folder: Path) -> str:
    """Return the names of the models, each with the first digits of its SHA-256.

    Raises:
        EngineMissing: a model is not in *folder*.
    """
    return ", ".join(f"{name} {_digest(_model(folder, name))}" for name in PACKAGES)


def called(folder: Path, name: str) -> str:
    """Return what Tesseract wants a model in *folder* to be called."""
    return str(_model(folder, name).relative_to(folder).with_suffix(""))


def _folders() -> Iterator[Path]:
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        # Tesseract 3 wanted the folder above, Tesseract 5 wants the folder itself.
        yield from (Path(prefix), Path(prefix) / "tessdata")
    # The newest version first; Debian, Fedora and what people build themselves.
    yield from sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    yield from map(Path, ("/usr/share/tessdata", "/usr/local/share/tessdata"))


def _model(folder: Path, name: str) -> Path:
    """Return the file of a model; those of scripts lie beside those of languages on Debian, below them elsewhere."""
    beside = folder / f"{name}.traineddata"
    below = folder / "script" / f"{name}.traineddata"
    return below if below.is_file() and not beside.is_file() else beside


def _digest(model: Path) -> str:
    try:
        with model.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:_PREFIX]
    except OSError as error:
        raise EngineMissing(
            f"the model {model} cannot be read ({error.strerror}); install the Debian package {PACKAGES[model.stem]}"
        ) from error
