"""A crew that reads what it is told on each page, so that a dossier's way can be tried without any engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assembly_helpers import line, reading, word
from conftest import a_page

from ocr import Line, Reading, ScriptedEngine
from pipeline.crew import CREW
from pipeline.stage import Bench, Made
from pipeline.stages import read

SIZE = (827, 1169)  # as `conftest.a_page` draws them
#: What a page says when it is read with the turn that was asked for, None for none.
Told = Callable[[int | None], Reading]


@dataclass
class TellingCrew:
    """Does every step here and now, but reading: that is told, by the bytes of the original."""

    told: Mapping[bytes, Told]
    asked: list[tuple[bytes, int | None]] = field(default_factory=list)

    def perform(self, stage: str, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path) -> Made:
        if stage != "read":
            return CREW[stage].run(inputs, params, scratch, Bench(ScriptedEngine))
        data, rotation = inputs[0].read_bytes(), params.get("rotation")
        self.asked.append((data, rotation))
        return read.made(self.told[data](rotation), scratch)


def printed(text: str, top: float = 300, left: float = 100, paragraph: int = 0) -> Line:
    """A line of print, 30 pixels high."""
    words, x = [], left
    for each in text.split():
        words.append(word(each, x, top, x + 16 * len(each), top + 30))
        x += 16 * len(each) + 12
    return replace(line(*words), paragraph=paragraph, block=paragraph)


#: More words than any rule takes for a stray mark.
PRINT = tuple(printed("Căn cứ Luật Hộ tịch ngày 20 tháng 11 năm 2014", 300 + 50 * at) for at in range(6))


def lies(rotation: int, ground: str = "osd", *lines: Line) -> Told:
    """A page that lies so; read with another turn it is given that one."""

    def told(asked: int | None) -> Reading:
        turn = rotation if asked is None else asked
        found = reading(SIZE, *(lines or PRINT), rotation=turn)
        return replace(found, rotation_ground="given" if asked is not None else ground)

    return told


def unsure(*lines: Line) -> Told:
    return lies(0, "assumed", *(lines or PRINT[:1]))


#: A page with its level of secrecy stamped below the agency's name.
_LETTERHEAD = (
    printed("ỦY BAN NHÂN DÂN", 100),
    printed("PHƯỜNG TUY PHƯỚC", 140),
    printed("MẬT", 220, left=150, paragraph=1),
)
SECRET = lies(0, "osd", *_LETTERHEAD, *(replace(each, paragraph=2, block=2) for each in PRINT))


def bare(asked: int | None) -> Reading:
    """A white page, which nothing can be told of."""
    return replace(reading(SIZE), rotation_ground="assumed", blank_score=1.0)


def deposit_of(bureau: Any, ticket: Any, count: int) -> Path:
    """Deposit ``1.jpg`` … as `page_file` draws them."""
    return bureau.deposit(ticket=ticket, **{f"{number}_jpg": page_file(number) for number in range(1, count + 1)})


def page_file(number: int) -> bytes:
    return a_page(number * 20)


def telling(*pages: Told) -> TellingCrew:
    """A crew for pages 1, 2 … of `page_file`."""
    return TellingCrew({page_file(number): told for number, told in enumerate(pages, 1)})
