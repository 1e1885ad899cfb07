"""Whole official papers in the layout of ND 30/2020 Annex I, with what a person would read off them.

Letterhead in two blocks, number and date, type in bold capitals, trích yếu, italic grounds, articles or paragraphs,
recipients beside the signature, seal over title and name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corpus import names
from corpus.issuers import CERTIFIED, GROUNDS, SUBJECTS, Issuer, issuer
from corpus.press import Press
from corpus.prose import Writer
from maker.layout import Face, Style
from maker.parts import MOTTO, NATION, SMALL, TITLE, TO_HEAD
from maker.printer import BOLD, ITALIC, Line

#: Type (tên loại) and its letters in a notation; a công văn has neither printed.
TYPES = (
    ("Quyết định", "QĐ"), ("Công văn", ""), ("Tờ trình", "TTr"), ("Giấy chứng nhận", "GCN"), ("Thông báo", "TB"),
    ("Quyết định", "QĐ"), ("Giấy xác nhận", "GXN"), ("Công văn", ""), ("Biên bản", "BB"), ("Quyết định", "QĐ"),
    ("Thông báo", "TB"), ("Giấy chứng nhận", "GCN"), ("Tờ trình", "TTr"), ("Công văn", ""), ("Quyết định", "QĐ"),
    ("Giấy xác nhận", "GXN"),
)  # fmt: skip
_PLAIN, _STRONG = Style(Face.REGULAR, 12), Style(Face.BOLD, 12)


@dataclass(frozen=True, slots=True)
class Paper:
    """One printed paper."""

    press: Press
    #: By page from 1: the fields that stand on it.
    fields: Mapping[int, Mapping[str, str]]


def official(dpi: int, writer: Writer, number: int) -> Paper:
    """Print the paper of the *number*-th type, one or two pages of it."""
    rng = writer.rng
    kind, letters = TYPES[number % len(TYPES)]
    office, paper = issuer(rng), Press(dpi)
    head = _letterhead(paper, writer, office, kind, letters)
    certificate = kind.startswith("Giấy")
    if kind != "Công văn":
        paper.centred(kind.upper(), TITLE)
        head["type"] = kind
        if not certificate:
            head["subject"] = _subject(paper, writer)
        paper.gap(4)
    if kind == "Quyết định":
        _decision(paper, writer, office, head, long=number % 2 == 1)
    elif certificate:
        _certificate(paper, writer, office, head)
    elif kind == "Biên bản":
        _minutes(paper, writer)
    else:
        paper.centred(f"Kính gửi: {rng.choice(names.OFFICES)}", Style(Face.REGULAR, 13))
        paper.gap(3)
        for _ in range(3 + number % 3 * 2):
            paper.paragraph(writer.paragraph())
        paper.paragraph("Trân trọng./.")
    foot = _foot(paper, writer, office, minutes=kind == "Biên bản", number=number)
    last = len(paper.leaves)
    if last == 1:
        return Paper(paper, {1: head | foot})
    return Paper(paper, {1: head, last: foot})


def _letterhead(paper: Press, writer: Writer, office: Issuer, kind: str, letters: str) -> dict[str, str]:
    """Print both blocks, and say what stands in them."""
    rng, when = writer.rng, names.day(writer.rng)
    number = f"{rng.randrange(1, 4600):02}"
    notation = (
        f"{letters}-{office.short}" if letters else f"{office.short}-{rng.choice(('VP', 'HCTP', 'TCKT', 'QLĐT'))}"
    )
    left: list[Line] = [
        (office.above, _STRONG if office.committee else _PLAIN),
        (office.own, _STRONG),
        (f"Số: {number}/{notation}", Style(Face.REGULAR, 13)),
    ]
    fields = {
        "agency": office.agency, "number": number, "notation": notation, "place": office.place,
        "date": when.isoformat(),
    }  # fmt: skip
    if kind == "Công văn":
        fields |= {"type": kind, "subject": "V/v " + writer.fill(rng.choice(SUBJECTS))}
        left += [(line, _PLAIN) for line in _halves(fields["subject"])]
    paper.letterhead(left, [NATION, MOTTO, (f"{office.place}, {names.spoken(when)}", ITALIC)])
    return fields


def _halves(text: str) -> list[str]:
    """Break *text* at a space into lines of about thirty letters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > 30:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _subject(paper: Press, writer: Writer) -> str:
    text = "Về việc " + writer.fill(writer.rng.choice(SUBJECTS))
    words = text.split()
    lines = [text] if len(text) < 55 else [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
    for line in lines:
        paper.centred(line, BOLD)
    middle, half = (paper.left + paper.right) // 2, paper.sheet.mm(22)
    paper.sheet.rule(middle - half, middle + half, paper.y + paper.sheet.mm(1.6))
    return text


def _owner(writer: Writer, fields: dict[str, str]) -> str:
    fields |= {"owner": names.person(writer.rng), "identity": names.identity(writer.rng)}
    title = writer.rng.choice(("ông", "bà"))
    home = names.address(writer.rng)
    return f"{title} {fields['owner']}, số định danh cá nhân {fields['identity']}, thường trú tại {home}"


def _decision(paper: Press, writer: Writer, office: Issuer, fields: dict[str, str], *, long: bool) -> None:
    paper.centred(f"{office.head} {office.agency}")
    paper.gap(3)
    for ground in GROUNDS[:: 1 if long else 2]:
        paper.paragraph(writer.fill(ground), style=ITALIC)
    paper.centred("QUYẾT ĐỊNH:")
    paper.gap(2)
    first = writer.paragraph(2) if long else f"Cho phép {_owner(writer, fields)} được thực hiện nội dung nêu trên."
    paper.paragraph(("Điều 1.", BOLD), first)
    for article in range(2, 7 if long else 4):
        paper.paragraph((f"Điều {article}.", BOLD), writer.paragraph(3 if long else 1))
    last = 7 if long else 4
    paper.paragraph((f"Điều {last}.", BOLD), "Quyết định này có hiệu lực thi hành kể từ ngày ký./.")


def _certificate(paper: Press, writer: Writer, office: Issuer, fields: dict[str, str]) -> None:
    paper.centred(f"{office.head} {office.agency}")
    paper.gap(3)
    paper.paragraph(f"{'Chứng nhận' if fields['type'] == 'Giấy chứng nhận' else 'Xác nhận'} {_owner(writer, fields)},",
                    writer.fill(writer.rng.choice(CERTIFIED)))  # fmt: skip
    paper.paragraph(writer.paragraph(2))
    paper.paragraph("Giấy này được cấp theo đề nghị của người có tên nêu trên và có giá trị kể từ ngày ký.")


def _minutes(paper: Press, writer: Writer) -> None:
    rng = writer.rng
    paper.paragraph(writer.fill("Hôm nay, hồi {n} giờ 30 phút, {date}, tại trụ sở {office}, chúng tôi gồm có:"))
    for number in range(1, 4):
        paper.paragraph(f"{number}. {rng.choice(('Ông', 'Bà'))} {names.person(rng)}, {names.phone(rng)};", indent=10)
    paper.paragraph("Nội dung làm việc:", style=BOLD)
    for _ in range(4):
        paper.paragraph(writer.paragraph())
    paper.paragraph("Biên bản được lập thành 02 bản có giá trị như nhau, mỗi bên giữ một bản.")


def _foot(paper: Press, writer: Writer, office: Issuer, *, minutes: bool, number: int) -> dict[str, str]:
    """Print recipients and signature, seal them, and say who signed as what."""
    rng, name = writer.rng, names.person(writer.rng)
    deputy = rng.randrange(2) == 0 and not minutes
    position = "CHỦ TRÌ" if minutes else f"PHÓ {office.head}" if deputy else office.head
    titles = [position]
    if deputy:
        titles = [f"KT. {office.head}", position]
    elif office.committee and not minutes:
        titles = ["TM. ỦY BAN NHÂN DÂN", position]
    recipients = (
        "- Như trên;",
        "- Sở Tư pháp (để b/c);",
        f"- {rng.choice(names.OFFICES)};",
        f"- Lưu: VT, {office.short}.",
    )
    left: list[Line] = [("THƯ KÝ", BOLD)] if minutes else [TO_HEAD, *((line, SMALL) for line in recipients)]
    paper.gap(4)
    middle = paper.signatures(left, [*((title, BOLD) for title in titles), (name, BOLD)], space=24)
    leaf = paper.leaf
    # Every third hand runs across the name below it.
    leaf.hand((leaf.mm(149), middle + (leaf.mm(8) if number % 3 == 0 else 0)), width=46)
    if not minutes:
        ring = f"{office.agency[:30]} * BẢN MẪU *"
        leaf.seal(
            (leaf.mm(147 - rng.randrange(8, 20)), middle + leaf.mm(rng.randrange(-4, 5))),
            ring=ring,
            office=office.short,
        )
    return {"signer": name, "position": position}
