"""Tesseract in this process, through tesserocr: the engine we read with.

One loaded model serves all pages of a process; loading it for each page, as the program does,
costs as much as reading half a page. Not for hostile pictures in a process that must live: run it
in a worker that can be killed.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tesserocr
from tesserocr import OEM, PSM, RIL, PyTessBaseAPI

from ocr.engine import UNKNOWN, EngineFailed, EngineMissing, EngineTimedOut, Orientation, Picture
from ocr.model import Box, Line, Word
from ocr.models import LANGUAGE, ORIENTATION, PACKAGES, SECOND, called, find_tessdata, fingerprint

# Leptonica complains on stderr about boxes it then copes with; what matters comes as an exception.
tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)

#: What the engine need not do: it makes paragraphs of the lines after all is read, and so do we, by other means.
_SPARED = {"paragraph_text_based": "0"}

#: Seconds for one page; the slowest of our real pages takes 3 on a busy core.
PATIENCE = 60.0


@dataclass(slots=True)
class _Loaded:
    """The models as loaded by one process; *pid* tells a forked child that they are not its own."""

    pid: int
    reader: PyTessBaseAPI | None = None
    second: PyTessBaseAPI | None = None
    orienter: PyTessBaseAPI | None = None


class TesserocrEngine:
    """See `OcrEngine`. Can be pickled and forked: every process loads its own models, once."""

    def __init__(self, tessdata: Path | None = None, *, patience: float = PATIENCE) -> None:
        """Find the models; loading them waits for the first page.

        Args:
            tessdata: Folder with the models; looked for in the usual places when None.
            patience: Seconds after which the reading of one page is given up.

        Raises:
            EngineMissing: the models are not installed.
        """
        self._tessdata = tessdata or find_tessdata()
        self._patience = patience
        self._loaded = _Loaded(os.getpid())

    def __reduce__(self) -> tuple[object, ...]:
        return _remake, (self._tessdata, self._patience)

    @cached_property
    def version(self) -> str:
        """See `OcrEngine.version`."""
        library = tesserocr.tesseract_version().split("\n", 1)[0].strip()
        return f"tesserocr {tesserocr.__version__}, {library}, {fingerprint(self._tessdata)}"

    def recognise(self, picture: Picture, dpi: float) -> tuple[Line, ...]:
        """See `OcrEngine.recognise`."""
        return self._read(self._reader(), picture, dpi, PSM.AUTO)

    def recognise_line(self, picture: Picture, dpi: float, *, second: bool = False) -> tuple[Word, ...]:
        """See `OcrEngine.recognise_line`."""
        api = self._second() if second else self._reader()
        return tuple(word for line in self._read(api, picture, dpi, PSM.SINGLE_LINE) for word in line.words)

    def orientation(self, picture: Picture, dpi: float) -> Orientation:
        """See `OcrEngine.orientation`."""
        api = self._orienter()
        try:
            _show(api, picture, dpi)
            seen = api.DetectOrientationScript()
        except RuntimeError:
            return UNKNOWN
        finally:
            api.Clear()
        if not seen:
            return UNKNOWN
        # Tesseract tells how far the page was turned; we want the way back.
        return Orientation(-seen["orient_deg"] % 360, float(seen["orient_conf"]))

    def _read(self, api: PyTessBaseAPI, picture: Picture, dpi: float, mode: int) -> tuple[Line, ...]:
        api.SetPageSegMode(mode)
        started = time.monotonic()
        try:
            _show(api, picture, dpi)
            if not api.Recognize(int(self._patience * 1000)):
                if time.monotonic() - started >= self._patience:
                    raise EngineTimedOut(f"the page was not read within {self._patience:g} s")
                raise EngineFailed("Tesseract gave the page up without saying why")
            return tuple(_lines(api))
        except RuntimeError as error:
            raise EngineFailed(f"Tesseract could not read the page: {error}") from error
        finally:
            api.Clear()

    def _reader(self) -> PyTessBaseAPI:
        loaded = self._own()
        if loaded.reader is None:
            loaded.reader = _load(self._tessdata, LANGUAGE, PSM.AUTO, OEM.LSTM_ONLY)
        return loaded.reader

    def _second(self) -> PyTessBaseAPI:
        loaded = self._own()
        if loaded.second is None:
            loaded.second = _load(self._tessdata, SECOND, PSM.SINGLE_LINE, OEM.LSTM_ONLY)
        return loaded.second

    def _orienter(self) -> PyTessBaseAPI:
        loaded = self._own()
        if loaded.orienter is None:
            loaded.orienter = _load(self._tessdata, ORIENTATION, PSM.OSD_ONLY, OEM.DEFAULT)
        return loaded.orienter

    def _own(self) -> _Loaded:
        if self._loaded.pid != os.getpid():
            self._loaded = _Loaded(os.getpid())
        return self._loaded


def _remake(tessdata: Path, patience: float) -> TesserocrEngine:
    return TesserocrEngine(tessdata, patience=patience)


def _load(tessdata: Path, model: str, mode: int, kind: int) -> PyTessBaseAPI:
    try:
        # Older libraries glue the model's name to the path: the slash is theirs.
        return PyTessBaseAPI(path=f"{tessdata}/", lang=called(tessdata, model), psm=mode, oem=kind, variables=_SPARED)
    except RuntimeError as error:
        raise EngineMissing(
            f"Tesseract could not load the model {model} from {tessdata} ({error}); install the Debian package "
            f"{PACKAGES[model]}"
        ) from error


def _show(api: PyTessBaseAPI, picture: Picture, dpi: float) -> None:
    height, width = picture.shape
    api.SetImageBytes(picture.tobytes(), width, height, 1, width)
    api.SetSourceResolution(round(dpi))


def _lines(api: PyTessBaseAPI) -> Iterator[Line]:
    found = api.GetIterator()
    if found is None:
        return
    words: list[Word] = []
    baseline: tuple[float, float, float, float] | None = None
    for place in tesserocr.iterate_level(found, RIL.WORD):
        if place.IsAtBeginningOf(RIL.TEXTLINE):
            yield from _line(words, baseline)
            words, baseline = [], _baseline(place.Baseline(RIL.TEXTLINE))
        if place.Empty(RIL.WORD):
            continue
        text = unicodedata.normalize("NFC", place.GetUTF8Text(RIL.WORD)).strip()
        corners = place.BoundingBox(RIL.WORD)
        if text and corners:
            words.append(Word(text, Box(*corners), place.Confidence(RIL.WORD) / 100))
    yield from _line(words, baseline)


def _line(words: list[Word], baseline: tuple[float, float, float, float] | None) -> Iterator[Line]:
    """Yield the one line of *words*; none when an engine's line turned out to be empty."""
    if words:
        yield Line(tuple(words), Box.around(tuple(word.box for word in words)), baseline)


def _baseline(
    ends: tuple[tuple[int, int], tuple[int, int]] | None,
) -> tuple[float, float, float, float] | None:
    return None if ends is None else (*ends[0], *ends[1])
