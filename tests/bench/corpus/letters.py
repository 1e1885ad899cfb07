"""Plain pages: reports and guides of running prose, small print, and short notices."""

from __future__ import annotations

from corpus.names import FAMILIES, address, money, person, phone, spoken
from corpus.names import day as some_day
from corpus.press import Press
from corpus.prose import Writer
from maker.layout import A4, Face, Style
from maker.printer import BOLD, ITALIC, Run

#: Shares of the ways in which prose is set; the rest is plain.
_BOLD_LEAD, _ITALIC_END, _WHOLE_ITALIC = 3, 5, 11


def report(dpi: int, writer: Writer, *, sans: bool = False, size: int = 13, full: float = 1.0) -> Press:
    """Print prose with headings and numbered points until a page is *full* to that share of its height.

    A whole page ends in the middle of a sentence, as the second leaf is only begun.
    """
    paper = Press(dpi, spacing=writer.rng.choice((1.2, 1.3, 1.4)))
    body = Style(Face.SANS if sans else Face.REGULAR, size)
    strong = Style(Face.SANS_BOLD if sans else Face.BOLD, size)
    paper.centred(writer.heading(), Style(strong.face, size + 1))
    paper.gap(3)
    number = 0
    while len(paper.leaves) == 1 and (full == 1 or paper.y < full * paper.sheet.mm(A4[1])):
        number += 1
        if number % 4 == 1:
            paper.paragraph(f"{number // 4 + 1}. {writer.sentence().split(',')[0].rstrip('.')}", style=strong, indent=0)
        paper.paragraph(*_runs(writer, body, strong, sans=sans), style=body)
    return paper


def _runs(writer: Writer, body: Style, strong: Style, *, sans: bool) -> tuple[Run, ...]:
    """Return a paragraph, now and then with bold or italic words in it."""
    chance = writer.rng.randrange(12)
    text = writer.paragraph()
    if chance < _BOLD_LEAD:
        head, *rest = text.split(" ", 4)
        return (" ".join([head, *rest[:3]]), strong), " ".join(rest[3:])
    if chance < _ITALIC_END and not sans:
        return text, (f"({writer.sentence().rstrip('.')})", Style(Face.ITALIC, body.size))
    if chance == _WHOLE_ITALIC and not sans:
        return ((text, Style(Face.ITALIC, body.size)),)
    return (text,)


def small_print(dpi: int, writer: Writer, *, size: int, columns: int) -> Press:
    """Print *size* points small, in so many columns, as a gazette or the conditions of a contract do."""
    paper = Press(dpi, spacing=1.22)
    paper.centred(writer.heading(), Style(Face.BOLD, 12))
    paper.gap(2)
    paper.begin_columns(columns)
    style = Style(Face.REGULAR, size)
    number = 0
    while len(paper.leaves) == 1:
        number += 1
        lead = (f"Điều {number}.", Style(Face.BOLD, size))
        paper.paragraph(lead, writer.paragraph(), style=style, indent=4)
    return paper


def notice(dpi: int, writer: Writer) -> Press:
    """Print 25 to 60 words: a receipt or a cover sheet, most of the page bare."""
    rng = writer.rng
    paper = Press(dpi)
    paper.gap(rng.randrange(5, 70))
    paper.centred(
        rng.choice(("GIẤY HẸN TRẢ KẾT QUẢ", "BIÊN NHẬN HỒ SƠ", "PHIẾU YÊU CẦU BỔ SUNG", "TỜ BÌA HỒ SƠ")),
        Style(Face.BOLD, 14),
    )
    paper.gap(4)
    paper.paragraph(f"Đã nhận của {rng.choice(('ông', 'bà'))} {person(rng)}, {address(rng)}, điện thoại {phone(rng)}.")
    paper.paragraph(f"Số tiền đã nộp: {money(rng)} đồng. Hẹn trả kết quả {spoken(some_day(rng))}.", indent=0)
    if rng.randrange(2):
        paper.paragraph((writer.duty(), ITALIC), indent=0)
    paper.gap(4)
    paper.centred("Người nhận", BOLD)
    paper.gap(18)
    paper.centred(person(rng), BOLD)
    return paper


def pressed(paper: Press, writer: Writer) -> Press:
    """Press a seal and a hand onto running text of the first leaf, as on pages that are sealed across the fold."""
    rng, leaf = writer.rng, paper.leaves[0]
    centre = (leaf.mm(rng.randrange(60, 165)), leaf.mm(rng.randrange(70, 250)))
    ward = rng.choice(FAMILIES).upper()
    leaf.seal(centre, ring=f"ỦY BAN NHÂN DÂN XÃ {ward} * BẢN MẪU *", office="BẢN MẪU")
    leaf.hand((centre[0] + leaf.mm(18), centre[1] + leaf.mm(6)))
    return paper
