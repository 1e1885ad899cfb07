"""Does everything the installation needs work? Asked by using each, not by looking whether it is there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr import Reading, read_page, unread_page
from ocr.models import LANGUAGE, ORIENTATION, PACKAGES, SECOND
from ocr.orient import find_orientation
from pipeline.assembly import AssembledPage, assemble, check_pdfa_2u
from pipeline.clock import now
from pipeline.engines import engine_named
from pipeline.errors import Misconfigured, SohoaError
from pipeline.house import House, open_house
from pipeline.identities import identities, officers
from pipeline.messages import reason, say
from pipeline.pdf_pages import drawn
from pipeline.settings import Settings
from pipeline.stages.seal import link_of, mark_font, mark_of, seal
from pipeline.stores import proof_of
from pipeline.translate import ours
from pipeline.trust_sets import configured_trust, set_named, sets_of
from pipeline.wiring import trust_of
from signing import Trust, verify_pdf

#: Bytes that must be free; chosen, not measured.
LEAST_SPACE = 2 << 30
_GB = 1 << 30
_SENTENCE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
_DPI = 300
State = Literal["works", "warns", "fails"]
#: What is tried (``doctor.<what>`` in the messages), and how: returns how it stands and what it is.
Try = tuple[str, Callable[[], tuple[State, str]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing stands."""

    what: str  # ``doctor.<what>`` in the messages
    state: State
    detail: str  # Vietnamese: what it is, or what to do


class NotWorking(Exception):
    """Something does not do what it must; `str()` is what to do, in Vietnamese."""


def examine(settings: Settings, also: Sequence[Try] = ()) -> Iterator[Finding]:
    """Try everything, one after the other, and then *also*; a failure of one does not hide the next."""
    tries: list[Try] = [
        ("reading", lambda: _reading(settings)),
        ("orientation", lambda: _orientation(settings)),
        ("font", _font),
        ("assembling", _assembling),
        ("rendering", _rendering),
        ("store", lambda: _store(settings)),
        ("ledger", lambda: _ledger(settings)),
        ("catalogue", lambda: _catalogue(settings)),
        ("identity", lambda: _identity(settings)),
        ("sealing", lambda: _sealing(settings)),
        ("trust", lambda: _trust(settings)),
        ("space", lambda: _space(settings)),
        *also,
    ]
    for what, attempt in tries:
        try:
            with ours():
                state, detail = _done(attempt)
        except SohoaError as error:
            state, detail = "fails", reason(error.code, error.facts)
        yield Finding(what, state, detail)


def _done(attempt: Callable[[], tuple[State, str]]) -> tuple[State, str]:
    try:
        return attempt()
    except NotWorking as error:
        return "fails", str(error)


def _page(turn: int = 0) -> Image.Image:
    """Draw a page to try things on: three lines of print, A5, as a scanner would give it."""
    picture = Image.new("L", (1748, 1240), 255)
    font = ImageFont.truetype(str(mark_font()), 60)
    draw = ImageDraw.Draw(picture)
    for line in range(6):
        draw.text((120, 120 + 160 * line), _SENTENCE, font=font, fill=0)
    return picture.rotate(turn, expand=True)


def _reading(settings: Settings) -> tuple[State, str]:
    engine = engine_named(settings.engine)
    read = read_page(np.asarray(_page()), dpi=(_DPI, _DPI), engine=engine, rotation=0)
    if _SENTENCE not in read.text:
        raise NotWorking(say("doctor.do-packages", packages=PACKAGES[LANGUAGE]))
    first_line = np.asarray(_page())[90:230]
    if [word.text for word in engine.recognise_line(first_line, _DPI, second=True)] != _SENTENCE.split():
        raise NotWorking(say("doctor.do-packages", packages=PACKAGES[SECOND]))
    return "works", engine.version


def _orientation(settings: Settings) -> tuple[State, str]:
    engine = engine_named(settings.engine)
    # The model itself: most pages tell their turn by their lines, and never ask it.
    seen = find_orientation(np.asarray(_page(180)), _DPI, engine)
    if seen is None or seen.degrees != 180:  # noqa: PLR2004 -- as it was drawn
        raise NotWorking(say("doctor.do-packages", packages=PACKAGES[ORIENTATION]))
    return "works", "180°"


def _font() -> tuple[State, str]:
    return "works", str(mark_font())


def _blank() -> Reading:
    return unread_page(1748, 1240, dpi=(_DPI, _DPI), engine="none", failure="engine-failed")


def _assembled() -> bytes:
    """Return a sheet of paper as PDF/A-2u, checked."""
    reading = _blank()
    page = AssembledPage(_page(), None, (_DPI, _DPI), 1, reading)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "doctor.pdf"
        assemble([page], [reading], target, title="doctor", agency="doctor", mark_shapes=[(200.0, 60.0)])
        check_pdfa_2u(target)
        return target.read_bytes()


def _assembling() -> tuple[State, str]:
    _assembled()
    return "works", "PDF/A-2u"


def _rendering() -> tuple[State, str]:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(_assembled())
        file.flush()
        picture = drawn(Path(file.name), 1)
    dark = float((np.asarray(picture.convert("L")) < 128).mean())  # noqa: PLR2004 -- print or paper
    if not 0.005 < dark < 0.5:  # noqa: PLR2004 -- six lines of print
        raise NotWorking(say("doctor.do-packages", packages="poppler-utils"))
    return "works", f"{picture.width} × {picture.height}"


@contextmanager
def _house(settings: Settings) -> Iterator[House]:
    house = open_house(settings, make=True)
    with house.ledger:
        yield house


def _store(settings: Settings) -> tuple[State, str]:
    data = b"doctor"
    with _house(settings) as house:
        digest = house.store.put("work", data)
        house.ledger.put_object("work", digest, size=len(data), media_type="text/plain")
        house.store.check("work", digest)
    for state in ("broken", "doubtful"):
        if said := [
            f"{each.bucket}: {say(f'problem.{each.code}')}" for each in proof_of(house.store) if each.state == state
        ]:
            return ("fails" if state == "broken" else "warns"), "; ".join(said)
    return "works", house.store.location


def _ledger(settings: Settings) -> tuple[State, str]:
    with _house(settings) as house:
        house.ledger.take_lease("doctor", "doctor", 1.0)
        house.ledger.release_lease("doctor", "doctor")
        where = house.ledger.location if settings.ledger else str(settings.var / "ledger.sqlite")
        return "works", f"{where} ({house.ledger.kind}, {house.ledger.schema})"


def _catalogue(settings: Settings) -> tuple[State, str]:
    with _house(settings) as house:
        count = len(house.ledger.procedures())
    return ("works", str(count)) if count else ("warns", say("doctor.do-import"))


def _identity(settings: Settings) -> tuple[State, str]:
    identity = identities(settings)("doctor")
    officer = officers(settings)("doctor")
    if identity.trial:
        return "warns", say("doctor.trial-identity")
    names = " + ".join(who.subject for who in (officer, identity) if who is not None)
    return "works", f"{names} ({identity.level})"


def _sealing(settings: Settings) -> tuple[State, str]:
    identity = identities(settings)("doctor")
    mark = mark_of("doctor", "doctor", trial=identity.trial) | {"link": link_of(settings.mark_link, "doctor")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.pdf"
        path.write_bytes(_assembled())
        seal(path, mark, identity=identity, when=now(), officer=officers(settings)("doctor"))
        sealed = path.read_bytes()
    trust = trust_of(settings, [])
    mine = Trust.joined([trust, Trust(identity.chain[-1:], identity.crls)])
    report = verify_pdf(sealed, trust=mine, now=now())
    if report.status == "TOTAL-FAILED":
        raise Misconfigured("sealing-failed", problem=report.detail)
    return ("works" if report.status == "TOTAL-PASSED" else "warns"), f"{identity.level}: {report.status}"


def _trust(settings: Settings) -> tuple[State, str]:
    configured_trust(settings)
    held = [set_named(settings, name) for name in sets_of(settings).names()]
    if not held:
        return "works", say("doctor.trust-none")
    at = now()
    ended = [each.name for each in held if each.valid_until is not None and each.valid_until < at]
    stale = [each.name for each in held if each.stale_at(at)]
    if ended:
        return "warns", say("doctor.trust-ended", names=", ".join(ended))
    if stale:
        return "warns", say("doctor.trust-stale", names=", ".join(stale))
    return "works", ", ".join(each.name for each in held)


def _space(settings: Settings) -> tuple[State, str]:
    free = shutil.disk_usage(settings.var if settings.var.exists() else Path()).free
    if free < LEAST_SPACE:
        facts = {
            "free_gb": f"{free / _GB:.1f}",
            "least_gb": f"{LEAST_SPACE / _GB:.0f}",
            "path": str(settings.var),
        }
        raise NotWorking(say("doctor.do-space", **facts))
    return "works", f"{free / _GB:.1f} GB"
