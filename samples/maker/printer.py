"""Setting papers: paragraphs, form fields, letterheads, tables, page after page.

Every method prints at the cursor, records the words, and moves down. What is printed is decided in
the modules of papers; how a scanner spoils it, in `ageing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maker.layout import A4, BLUE, Face, Sheet, Style

#: Margins in millimetres: ND 30/2020 Annex I gives top and bottom 20-25, left 30-35, right 15-20.
TOP, RIGHT, BOTTOM, LEFT = 20, 15, 22, 30

BODY = Style()
BOLD = Style(Face.BOLD)
ITALIC = Style(Face.ITALIC)
TYPED = Style(Face.SANS, 12, BLUE)

#: A paragraph's pieces: plain text, or text with its style.
Run = str | tuple[str, Style]
#: One line of a block: its words and their style.
Line = tuple[str, Style]


class Printer:
    """Prints one paper, starting a new sheet when the last line does not fit."""

    def __init__(self, dpi: int, *, dotted: bool = False, spacing: float = 1.35) -> None:
        """Take a first sheet.

        Args:
            dpi: pixels an inch.
            dotted: whether typed values stand over the dots of a form.
            spacing: distance of two base lines in sizes of the font.
        """
        self.dpi = dpi
        self.dotted = dotted
        self.spacing = spacing
        self.sheets = [Sheet(dpi)]
        #: Distance of the cursor from the upper edge of the sheet, in pixels.
        self.y = self.sheet.mm(TOP)

    @property
    def sheet(self) -> Sheet:
        """The sheet that is printed on now."""
        return self.sheets[-1]

    @property
    def left(self) -> int:
        """Left edge of the text, in pixels."""
        return self.sheet.mm(LEFT)

    @property
    def right(self) -> int:
        """Right edge of the text, in pixels."""
        return self.sheet.mm(A4[0] - RIGHT)

    def gap(self, millimetres: float) -> None:
        """Leave white space."""
        self.y += self.sheet.mm(millimetres)

    def turn_over(self) -> None:
        """Start a new sheet; ND 30/2020 puts the number at the top, centred, from page 2."""
        self.sheets.append(Sheet(self.dpi))
        self.y = self.sheet.mm(TOP)
        number, middle = str(len(self.sheets)), self.sheet.mm(A4[0] / 2)
        self.sheet.ink((middle, self.sheet.mm(14)), number, BODY, "ms")
        self.sheet.lines.append(number)

    def room(self, height: int) -> None:
        """Start a new sheet unless *height* pixels are left on this one."""
        if self.y + height > self.sheet.mm(A4[1] - BOTTOM):
            self.turn_over()

    def leading(self, style: Style) -> int:
        """Return the distance between two base lines in pixels."""
        return round(style.size * self.dpi / 72 * self.spacing)

    def centred(self, text: str, style: Style = BOLD) -> None:
        """Print one centred line."""
        self.room(self.leading(style))
        self.y += self.leading(style)
        self.sheet.ink(((self.left + self.right) // 2, self.y), text, style, "ms")
        self.sheet.lines.append(text)

    def paragraph(self, *runs: Run, indent: float = 10, style: Style = BODY) -> None:
        """Print a justified paragraph; *indent* of its first line in millimetres."""
        words = [
            (word, run[1] if isinstance(run, tuple) else style)
            for run in runs
            for word in (run[0] if isinstance(run, tuple) else run).split()
        ]
        shift = self.sheet.mm(indent)
        while words:
            count = self._fitting(words, self.right - self.left - shift)
            self._line(words[:count], shift, last=count == len(words))
            words, shift = words[count:], 0
        self.gap(1.6)

    def _fitting(self, words: Sequence[Line], width: int) -> int:
        """Count the words that one line of *width* pixels takes."""
        used = 0
        for count, (word, style) in enumerate(words):
            used += self.sheet.width(word, style)
            if used > width:
                return max(count, 1)
            used += self.sheet.width(" ", style)
        return len(words)

    def _line(self, words: Sequence[Line], shift: int, *, last: bool) -> None:
        step = max(self.leading(style) for _, style in words)
        self.room(step)
        self.y += step
        widths = [self.sheet.width(word, style) for word, style in words]
        spaces = [self.sheet.width(" ", style) for _, style in words[:-1]]
        slack = self.right - self.left - shift - sum(widths) - sum(spaces)
        x = self.left + shift
        for index, ((word, style), width) in enumerate(zip(words, widths, strict=True)):
            self.sheet.ink((x, self.y), word, style)
            if index < len(spaces):
                share = 0 if last else (slack * (index + 1)) // len(spaces)
                before = 0 if last else (slack * index) // len(spaces)
                x += width + spaces[index] + share - before
        self.sheet.lines.append(" ".join(word for word, _ in words))

    def fields(self, *pairs: tuple[str, str], widths: Sequence[int] = (1,)) -> None:
        """Print labels followed by typed values, side by side in shares of *widths*.

        Raises:
            ValueError: a label and its value are wider than their share.
        """
        step = round(self.leading(BODY) * 1.22)
        self.room(step)
        self.y += step
        shares = widths if len(widths) == len(pairs) else [1] * len(pairs)
        unit = (self.right - self.left) // sum(shares)
        x = self.left
        for (label, value), share in zip(pairs, shares, strict=True):
            end = x + share * unit
            start = x + self.sheet.width(f"{label} ", BODY)
            if start + self.sheet.width(value, TYPED) > end:
                raise ValueError(f"no room for {value!r} after {label!r}")
            self.sheet.ink((x, self.y), label, BODY)
            if self.dotted:
                self.sheet.leader(start, end - self.sheet.mm(2), self.y + self.sheet.mm(0.8))
            self.sheet.ink((start + self.sheet.mm(1), self.y), value, TYPED)
            x = end
        words = " ".join(f"{label} {value}".strip() for label, value in pairs)
        self.sheet.lines.append(words)

    def letterhead(self, left: Sequence[Line], right: Sequence[Line]) -> None:
        """Print the two blocks at the head of a paper; the left one is read first.

        The last line but one of each block is underlined by a short rule (ND 30/2020 Annex I).
        """
        top, ends = self.y, []
        for lines, centre, length in ((left, 62, 22), (right, 145, 62)):
            self.y = top
            self._block(lines, self.sheet.mm(centre), rule=length)
            ends.append(self.y)
        self.y = max(ends)
        self.gap(5)

    def signatures(self, left: Sequence[Line], right: Sequence[Line], *, space: float = 26) -> int:
        """Print the two blocks at the foot; *space* millimetres for a hand, then the last line.

        Returns:
            The pixel row in the middle of the space on the right, where seal and hand go.
        """
        self.room(self.sheet.mm(space + 6 * max(len(left), len(right))))
        top = self.y
        for words, style in left:
            self.y += self.leading(style)
            self.sheet.ink((self.left, self.y), words, style)
            self.sheet.lines.append(words)
        low, self.y = self.y, top
        self._block(right[:-1], self.sheet.mm(147))
        middle = self.y + self.sheet.mm(space / 2)
        self.gap(space)
        self._block(right[-1:], self.sheet.mm(147))
        self.y = max(self.y, low)
        return middle

    def _block(self, lines: Iterable[Line], centre: int, *, rule: int = 0) -> None:
        """Print centred lines; a *rule* of so many millimetres goes under the second one."""
        for index, (words, style) in enumerate(lines):
            self.y += self.leading(style)
            self.sheet.ink((centre, self.y), words, style, "ms")
            self.sheet.lines.append(words)
            if rule and index == 1:
                half = self.sheet.mm(rule / 2)
                self.sheet.rule(centre - half, centre + half, self.y + self.sheet.mm(1.4))
                self.gap(1.6)

    def table(self, widths: Sequence[int], rows: Sequence[Sequence[str]], *, size: int = 12) -> None:
        """Print ruled rows, the first one bold; *widths* in millimetres, one line a cell.

        Raises:
            ValueError: a cell's text is wider than its column.
        """
        for index, row in enumerate(rows):
            style = Style(Face.BOLD if index == 0 else Face.REGULAR, size)
            height = round(self.leading(style) * 1.4)
            self.room(height)
            self._row(widths, row, style, height)
            self.y += height
        self.gap(3)

    def _row(self, widths: Sequence[int], row: Sequence[str], style: Style, height: int) -> None:
        edge, base = LEFT, self.y + height * 7 // 10
        for width, words in zip(widths, row, strict=True):
            left, right = self.sheet.mm(edge), self.sheet.mm(edge + width)
            self.sheet.pen.rectangle((left, self.y, right, self.y + height), outline=style.ink, width=2)
            if self.sheet.width(words, style) > right - left - self.sheet.mm(2):
                raise ValueError(f"no room for {words!r} in {width} mm")
            self.sheet.ink(((left + right) // 2, base), words, style, "ms")
            edge += width
        self.sheet.lines.append(" ".join(words for words in row if words))
