"""Where Tesseract's models lie on this machine, and which ones exactly.

Vietnamese alone: on Debian the small fast `vie` beats the large models on clean and on poor scans
alike, and adding English to it only adds English mistakes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from ocr.engine import EngineMissing

LANGUAGE = "vie"
ORIENTATION = "osd"

#: Hexadecimal digits of the SHA-256 of a model that go into a version: 48 bits tell models apart.
_PREFIX = 12


def find_tessdata() -> Path:
    """Return the folder that holds both models, `vie` and `osd`.

    Raises:
        EngineMissing: no folder holds both; the message says what to install.
    """
    looked = list(_folders())
    for folder in looked:
        if all(_model(folder, name).is_file() for name in (LANGUAGE, ORIENTATION)):
            return folder
    places = ", ".join(map(str, looked)) or "nowhere, as no usual place exists"
    raise EngineMissing(
        "Tesseract's models for Vietnamese and for orientation were not found (looked in "
        f"{places}); install the Debian packages tesseract-ocr-vie and tesseract-ocr-osd, or set "
        "TESSDATA_PREFIX to the folder with vie.traineddata and osd.traineddata"
    )


def fingerprint(folder: Path) -> str:
    """Return the names of both models, each with the first digits of its SHA-256.

    Raises:
        EngineMissing: a model is not in *folder*.
    """
    return ", ".join(f"{name} {_digest(_model(folder, name))}" for name in (LANGUAGE, ORIENTATION))


def _folders() -> Iterator[Path]:
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        # Tesseract 3 wanted the folder above, Tesseract 5 wants the folder itself.
        yield from (Path(prefix), Path(prefix) / "tessdata")
    # The newest version first; Debian, Fedora and what people build themselves.
    yield from sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    yield from map(Path, ("/usr/share/tessdata", "/usr/local/share/tessdata"))


def _model(folder: Path, name: str) -> Path:
    return folder / f"{name}.traineddata"


def _digest(model: Path) -> str:
    try:
        with model.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:_PREFIX]
    except OSError as error:
        raise EngineMissing(
            f"the model {model} cannot be read ({error.strerror}); install the Debian package "
            f"tesseract-ocr-{model.stem}"
        ) from error
