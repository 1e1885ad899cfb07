"""The classes of the corpus: how many pages of what, and how each came into the computer.

Every page is made from the name of its class and its number alone, so a page can be made again by itself.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import cv2
import numpy as np
from corpus import forms, glass, letters, official
from corpus.glass import Glass, Pixels
from corpus.press import Leaf, Press
from corpus.prose import Writer
from PIL import Image

#: Raised whenever a page looks or reads differently: figures of two versions cannot be compared.
VERSION = 3
Codec = Literal["jpg", "tif", "png"]
Quarter = Literal[0, 90, 180, 270]
_EDGES: tuple[glass.Edge, ...] = ("left", "right", "top", "bottom")


@dataclass(frozen=True, slots=True)
class Page:
    """One picture and what is true of it.

    Attributes:
        pixels: RGB, or grey levels 0 and 255 for one-bit files.
        codec: How the file is written.
        quality: Of the JPEG.
        dpi: What the file says, dots an inch.
        leaf: What was printed; None for a blank page.
        rotation: Degrees clockwise, a multiple of 90, by which the picture must be turned, as `Reading.rotation`.
        skew: Degrees still to be turned clockwise after that, as `Reading.skew`; None where perspective blurs it.
        document: Pages of one paper share it.
        number: Page of the document, from 1.
        fields: What a person reads off this page.
    """

    pixels: Pixels
    codec: Codec
    quality: int
    dpi: int
    leaf: Leaf | None
    rotation: Quarter = 0
    skew: float | None = 0.0
    document: str = ""
    number: int = 1
    fields: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the file as the scanner wrote it."""
        buffer, dpi = io.BytesIO(), (self.dpi, self.dpi)
        picture = Image.fromarray(self.pixels)
        if self.codec == "jpg":
            picture.save(buffer, "JPEG", quality=self.quality, dpi=dpi, subsampling="4:2:0")
        elif self.codec == "tif":
            picture.convert("1", dither=Image.Dither.NONE).save(buffer, "TIFF", compression="group4", dpi=dpi)
        else:
            picture.convert("1", dither=Image.Dither.NONE).save(buffer, "PNG", dpi=dpi)
        return buffer.getvalue()

    def truth(self) -> bytes:
        """Return what is true of the page, as JSON."""
        leaf = self.leaf
        words = [
            {"text": word.text, "kinds": word.kinds(leaf.spots), "box": word.box} for word in leaf.words
        ] if leaf else []  # fmt: skip
        raw: dict[str, Any] = {
            "version": VERSION, "document": self.document, "page": self.number, "dpi": self.dpi, "blank": leaf is None,
            "rotation": self.rotation, "skew": self.skew, "text": leaf.truth if leaf else "",
            "fields": dict(self.fields), "words": words,
        }  # fmt: skip
        return (json.dumps(raw, ensure_ascii=False) + "\n").encode()


def seeded(kind: str, number: int) -> Random:
    """Return the generator of one page."""
    return Random(zlib.crc32(f"{kind}-{number}".encode()))


def fullness(number: int) -> float:
    """Return to what share of its height a page is printed: one of eight, from a fifth to nearly all of it.

    Seventeen pages of three real decisions hold 139 to 607 words, 321 on the mean; pages made so hold as many.
    """
    return 0.2 + 0.65 * (number * 3 % 8) / 7


def clean(number: int) -> Iterator[Page]:
    """Print fresh from the machine on a good flatbed."""
    rng = seeded("clean", number)
    paper = letters.report(300, Writer(rng), sans=number % 6 == 5, size=14 if number % 3 else 13, full=fullness(number))
    yield _flat(paper, rng, Glass(number, rng.uniform(-0.4, 0.4), noise=1.5), 300, 85)


def poor(number: int) -> Iterator[Page]:
    """A worn counter scanner: dark edge, show-through, a seal over the text, askew, grainy."""
    rng = seeded("poor", number)
    writer = Writer(rng)
    paper = letters.pressed(letters.report(200, writer, size=14 if number % 2 else 13, full=fullness(number)), writer)
    back = letters.report(200, writer).leaves[0]
    askew, shade, through = rng.uniform(-7, 7), rng.uniform(0.3, 0.4), rng.uniform(0.12, 0.22)
    how = Glass(number, askew, shade, _EDGES[number % 4], through, noise=4.5, blur=0.65, around=95)
    yield _flat(paper, rng, how, 200, 60, back=back)


def onebit(number: int) -> Iterator[Page]:
    """An office copier set to black and white; half the files are TIFF, half PNG."""
    rng = seeded("onebit", number)
    paper = letters.report(200, Writer(rng), size=14 if number % 3 else 13, full=fullness(number))
    how = Glass(number, rng.uniform(-1, 1), rng.uniform(0.1, 0.3), _EDGES[number % 4], 0.0, 9.0, 0.6)
    leaf = paper.leaves[0]
    bits = glass.copied(np.asarray(leaf.picture), how, specks=rng.randrange(60, 400), framed=number % 4 == 3)
    yield Page(bits, "tif" if number % 2 else "png", 0, 200, leaf, skew=-how.askew)


def turned(number: int) -> Iterator[Page]:
    """Laid in sideways or upside down; every fourth page has few words."""
    rng = seeded("turned", number)
    rotation: Quarter = (90, 180, 270)[number % 3] if number < 21 else 0
    writer = Writer(rng)
    paper = letters.notice(300, writer) if number % 4 == 3 else letters.report(300, writer, full=fullness(number))
    yield _flat(paper, rng, Glass(number, rng.uniform(-0.8, 0.8), through=0.05), 300, 80, rotation=rotation)


def form(number: int) -> Iterator[Page]:
    """Forms and tables by turns."""
    rng = seeded("forms", number)
    paper = (forms.table if number % 2 else forms.form)(200 if number % 3 == 2 else 300, Writer(rng), number // 2)
    yield _flat(paper, rng, Glass(number, rng.uniform(-0.6, 0.6)), paper.dpi, 80)


def small(number: int) -> Iterator[Page]:
    """Eight and nine points; the last two in columns."""
    rng = seeded("small", number)
    paper = letters.small_print(300, Writer(rng), size=8 + number % 2, columns=2 if number > 3 else 1)
    yield _flat(paper, rng, Glass(number, rng.uniform(-0.4, 0.4)), 300, 85)


def paper(number: int) -> Iterator[Page]:
    """Whole official papers on a flatbed, all their pages."""
    rng = seeded("official", number)
    dpi = (200, 300, 250)[number % 3]
    made = official.official(dpi, Writer(rng), number)
    leaves = made.press.leaves
    for index, leaf in enumerate(leaves):
        how = Glass(number * 10 + index, rng.uniform(-0.9, 0.9), rng.uniform(0.05, 0.15), through=0.06, noise=2.5)
        sheet = np.asarray(leaf.picture)
        back = np.asarray(leaves[1 - index].picture) if len(leaves) == 2 else None
        if number % 4 == 1:
            sheet = glass.punched(sheet, dpi)
        pixels = glass.scanned(sheet, how, back=back)
        if number % 4 == 2:
            pixels = glass.edged(pixels, dpi, depth=0.8)
        facts = made.fields.get(index + 1, {})
        yield Page(
            pixels,
            "jpg",
            75,
            dpi,
            leaf,
            skew=-how.askew,
            document=f"official-{number:02}",
            number=index + 1,
            fields=facts,
        )


def photo(number: int) -> Iterator[Page]:
    """Taken by telephone; the file says 200 dpi, which is nearly right by chance only."""
    rng = seeded("photo", number)
    dpi = (200, 215, 230)[number % 3]
    leaf = letters.report(dpi, Writer(rng), size=14).leaves[0]
    pixels = glass.photographed(np.asarray(leaf.picture), seed=number, askew=rng.uniform(-3, 3))
    yield Page(pixels, "jpg", 80, 200, leaf, skew=None)


def blank(number: int) -> Iterator[Page]:
    """Bare paper: holes, an open lid's shadow, the print of the other side shining through."""
    rng = seeded("blank", number)
    sheet = np.asarray(Leaf(200).picture)
    back = np.asarray(letters.report(200, Writer(rng)).leaves[0].picture) if number % 2 else None
    how = Glass(number, rng.uniform(-2, 2), rng.uniform(0.05, 0.3), _EDGES[number % 4], rng.uniform(0.08, 0.2), 3.0)
    if number % 3:
        sheet = glass.punched(sheet, 200)
    pixels = glass.scanned(sheet, how, back=back)
    if number >= 3:
        pixels = glass.edged(pixels, 200, depth=0.7)
    yield Page(pixels, "jpg", 70, 200, None, skew=None)


#: Class by name: how many papers it has, and who makes the pages of one.
CLASSES: dict[str, tuple[int, Callable[[int], Iterator[Page]]]] = {
    "clean": (24, clean), "poor": (24, poor), "onebit": (24, onebit), "turned": (24, turned), "forms": (10, form),
    "small": (6, small), "official": (16, paper), "photo": (8, photo), "blank": (6, blank),
}  # fmt: skip


def pages(kind: str, number: int) -> Iterator[tuple[str, Page]]:
    """Yield the pages of the *number*-th paper of a class with their names, without endings."""
    for page in CLASSES[kind][1](number):
        yield f"{kind}-{number + 1:02}-{page.number}", page


def _flat(
    paper: Press, rng: Random, how: Glass, dpi: int, quality: int, *, rotation: Quarter = 0, back: Leaf | None = None
) -> Page:
    """Scan the first leaf of *paper* on a flatbed; its second leaf shines through unless *back* is another one."""
    leaf = paper.leaves[0]
    behind = back or (paper.leaves[1] if len(paper.leaves) > 1 else None)
    picture = glass.scanned(np.asarray(leaf.picture), how, back=None if behind is None else np.asarray(behind.picture))
    if rotation:
        # A picture that must be turned clockwise was laid in turned the other way.
        laid = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
        picture = cv2.rotate(picture, laid[rotation]).astype(np.uint8)
    return Page(picture, "jpg", quality, dpi, leaf, rotation=rotation, skew=-how.askew)
