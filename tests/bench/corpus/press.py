"""Setting the pages of the corpus: the samples' printer, which here remembers every word with its box and its kind.

Adds to that printer what the corpus needs beyond the samples: columns, cells of several lines, blanks to be filled.
What is printed is decided in `letters`, `forms` and `official`; what a scanner makes of it in `glass`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maker import marks
from maker.layout import A4, BLACK, Face, Sheet, Style
from maker.printer import BODY, BOTTOM, LEFT, RIGHT, TOP, TYPED, Printer

Kind = Literal["capitals-bold", "italic", "under-seal", "digits", "body"]
#: Left, top, right, bottom in pixels of the printed sheet, before any scanner.
Corners = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Printed:
    """One word on paper."""

    text: str
    box: Corners
    style: Style

    def kinds(self, spots: Sequence[Corners]) -> tuple[Kind, ...]:
        """Return what makes this word hard to read, or ``body``; *spots* are where seals and hands lie."""
        found: list[Kind] = []
        letters = [c for c in self.text if c.isalpha()]
        if self.style.face in (Face.BOLD, Face.SANS_BOLD) and len(letters) > 1 and self.text.isupper():
            found.append("capitals-bold")
        if self.style.face in (Face.ITALIC, Face.BOLD_ITALIC):
            found.append("italic")
        if any(c.isdigit() for c in self.text):
            found.append("digits")
        if any(_touch(self.box, spot) for spot in spots):
            found.append("under-seal")
        return tuple(found) or ("body",)


class Leaf(Sheet):
    """A sheet that remembers its words, in the order in which they are printed, which is the order of reading."""

    def __init__(self, dpi: int) -> None:
        super().__init__(dpi)
        self.words: list[Printed] = []
        #: Where seals, stamps and hands lie over the print.
        self.spots: list[Corners] = []

    def ink(self, at: tuple[int, int], text: str, style: Style, anchor: str = "ls") -> None:
        """See `Sheet.ink`."""
        super().ink(at, text, style, anchor)
        x = at[0] - (self.width(text, style) // 2 if anchor.startswith("m") else 0)
        em = round(style.size * self.dpi / 72)
        done = 0
        for word in text.split():
            start = text.index(word, done)
            done = start + len(word)
            left, right = (x + self.width(text[:end], style) for end in (start, done))
            self.words.append(Printed(word, (left, at[1] - em, right, at[1] + em // 4), style))

    def seal(self, centre: tuple[int, int], *, ring: str, office: str) -> None:
        """Press a round red seal, the words under it told apart."""
        marks.seal(self, centre, ring=ring, office=office)
        half = self.mm(marks.DIAMETER) * 9 // 20
        self.spots.append((centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half))

    def hand(self, centre: tuple[int, int], *, width: float = 42) -> None:
        """Sign in blue ink."""
        marks.hand(self, centre, width=width)
        across, down = self.mm(width / 2), self.mm(width / 5)
        self.spots.append((centre[0] - across, centre[1] - down, centre[0] + across, centre[1] + down))


class Press(Printer):
    """The samples' printer on leaves, with columns."""

    def __init__(self, dpi: int, *, dotted: bool = False, spacing: float = 1.35, columns: int = 1) -> None:
        """See `Printer`; *columns* of equal width, 8 mm apart, each read to its foot."""
        super().__init__(dpi, dotted=dotted, spacing=spacing)
        self._columns = columns
        self._column = 0
        self._top = TOP
        self._leaves = [Leaf(dpi)]
        self.sheets = self._leaves  # type: ignore[assignment]  # a list of leaves is not a list of sheets

    @property
    def leaves(self) -> list[Leaf]:
        """The sheets, with their words."""
        return self._leaves

    @property
    def leaf(self) -> Leaf:
        """The sheet that is printed on now."""
        return self._leaves[-1]

    @property
    def left(self) -> int:
        return self._edges()[0]

    @property
    def right(self) -> int:
        return self._edges()[1]

    def _edges(self) -> tuple[int, int]:
        gap = 8 if self._columns > 1 else 0
        width = (A4[0] - LEFT - RIGHT - gap * (self._columns - 1)) / self._columns
        start = LEFT + self._column * (width + gap)
        return self.sheet.mm(start), self.sheet.mm(start + width)

    def begin_columns(self, columns: int) -> None:
        """From here on down the sheet has so many columns."""
        self._columns, self._column = columns, 0
        self._top = round(self.y / self.sheet.mm(1))

    def turn_over(self) -> None:
        self._leaves.append(Leaf(self.dpi))
        self.y = self.sheet.mm(TOP)
        self._column, self._top = 0, TOP
        number = str(len(self._leaves))
        self.sheet.ink((self.sheet.mm(A4[0] / 2), self.sheet.mm(14)), number, BODY, "ms")
        self.sheet.lines.append(number)

    def room(self, height: int) -> None:
        if self.y + height <= self.sheet.mm(A4[1] - BOTTOM):
            return
        if self._column + 1 < self._columns:
            self._column += 1
            self.y = self.sheet.mm(self._top)
        else:
            self.turn_over()

    def blank_line(self, label: str, value: str = "", *, style: Style = TYPED, glyphs: bool = False) -> None:
        """Print a label and a line of dots to its right, with a typed value over the dots; dots are no text.

        Args:
            label: what is asked.
            value: what was filled in; may be empty.
            style: how the value is set.
            glyphs: whether the dots are full stops of the font, as in forms typed on a computer, or drawn.
        """
        step = round(self.leading(BODY) * 1.2)
        self.room(step)
        self.y += step
        start = self.left + self.sheet.width(f"{label} ", BODY)
        end = self.right
        self.sheet.ink((self.left, self.y), label, BODY)
        at = start + self.sheet.mm(2)
        if value:
            self.sheet.ink((at, self.y), value, style)
        if glyphs:
            # A typist writes the value in place of dots.
            filled = at + self.sheet.width(f"{value} ", style) if value else start
            count = max(0, (end - filled) // self.sheet.width(".", BODY))
            self.sheet.pen.text((filled, self.y), "." * count, fill=BLACK, font=self.sheet.font(BODY), anchor="ls")
        else:
            self.sheet.leader(start, end, self.y + self.sheet.mm(0.8))
        self.sheet.lines.append(f"{label} {value}".strip())

    def cells(self, widths: Sequence[int], rows: Sequence[Sequence[str]], *, size: int, head: bool) -> None:
        """Print ruled rows whose cells run over several lines, bold when they are the *head*; *widths* in millimetres.

        A cell is read to its end before the next one, a row before the next.
        """
        for row in rows:
            style = Style(Face.BOLD if head else Face.REGULAR, size)
            wrapped = [
                self._wrapped(text, self.sheet.mm(width - 3), style) for text, width in zip(row, widths, strict=True)
            ]
            step = round(size * self.dpi / 72 * 1.2)
            height = step * max(map(len, wrapped)) + self.sheet.mm(2.5)
            self.room(height)
            edge = LEFT
            for lines, width in zip(wrapped, widths, strict=True):
                left, right = self.sheet.mm(edge), self.sheet.mm(edge + width)
                self.sheet.pen.rectangle(
                    (left, self.y, right, self.y + height), outline=BLACK, width=max(1, self.sheet.mm(0.2))
                )
                self._cell(lines, left, right, step, style, centred=head)
                edge += width
            self.y += height

    def _cell(self, lines: Sequence[str], left: int, right: int, step: int, style: Style, *, centred: bool) -> None:
        y = self.y + self.sheet.mm(0.6)
        for line in lines:
            y += step
            if centred:
                self.sheet.ink(((left + right) // 2, y), line, style, "ms")
            else:
                self.sheet.ink((left + self.sheet.mm(1.5), y), line, style)
            self.sheet.lines.append(line)

    def _wrapped(self, text: str, width: int, style: Style) -> list[str]:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.sheet.width(longer, style) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return [line for line in lines if line]


def _touch(one: Corners, other: Corners) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
