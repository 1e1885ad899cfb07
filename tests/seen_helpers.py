"""Papers that are signed and then changed, rightly or not, for tests of what is seen."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.stamp import StaticStampStyle, TextStampStyle

from signing import Identity
from signing.seeing.seen import compare_seen
from signing.seeing.seen_model import Difference, Limits, SeenReport

WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
LIMITS = Limits()
#: Eight points high: the smallest print on forms.
TEXT = "Nguoi nhan: Nguyen Van An, 1.200.000 dong"
#: Places on the first page.
BLANK = (300, 100, 450, 150)
OVER_TEXT = (70, 690, 300, 712)
SIZE = (595, 842)


def words(text: str, size: int = 8) -> bytes:
    return b"BT /F1 %d Tf 72 700 Td (%s) Tj ET" % (size, text.encode())


def paper(*texts: str, change: Callable[[pikepdf.Pdf], None] = lambda _: None) -> bytes:
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        for text in texts or (TEXT,):
            page = pdf.add_blank_page(page_size=SIZE)
            page.Resources = Dictionary(Font=Dictionary(F1=font))
            page.Contents = pdf.make_indirect(Stream(pdf, words(text)))
        change(pdf)
        return saved(pdf)


def saved(pdf: pikepdf.Pdf) -> bytes:
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def sign(
    identity: Identity,
    pdf: bytes,
    field: str,
    *,
    box: tuple[int, int, int, int] | None = None,
    drawn: bytes | None = None,
    says: str | None = None,
    filling: bool = False,
    there: bool = False,
) -> bytes:
    """Sign *pdf* in a new field (or one that is *there*), with a mark *drawn* or one that *says* something."""
    style = None
    if drawn is not None:
        assert box is not None
        content = RawContent(drawn, box=BoxConstraints(box[2] - box[0], box[3] - box[1]))
        style = StaticStampStyle(border_width=0, background=content, background_opacity=1.0)
    elif says is not None:
        style = TextStampStyle(stamp_text=says, border_width=0, background=None)
    permission = {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS} if filling else {}
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, **permission
    )
    spec = None if there else SigFieldSpec(field, on_page=0, box=box)
    signer = PdfSigner(metadata, identity.signer, stamp_style=style, new_field_spec=spec)
    made: bytes = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).read()
    return made


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Append a revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def redrawn(text: str) -> Callable[[IncrementalPdfFileWriter], None]:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=words(text)))
        writer.update_container(page)

    return change


def with_prepared_field(drawn: bytes, text: str = TEXT) -> bytes:
    """A paper with an empty signature field over its *text* that draws something already."""

    def change(pdf: pikepdf.Pdf) -> None:
        left, bottom, right, top = OVER_TEXT
        look = Stream(pdf, drawn)
        look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, right - left, top - bottom])
        look.Resources = Dictionary(Font=pdf.pages[0].Resources.Font)
        add_field(pdf, Dictionary(FT=Name.Sig, T=String("Director"), AP=Dictionary(N=look)), OVER_TEXT)

    return paper(text, change=change)


def with_text_field(value: str) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        look = Stream(pdf, b"/Tx BMC BT /F1 8 Tf 2 6 Td (%s) Tj ET EMC" % value.encode())
        look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 150, 50])
        look.Resources = Dictionary(Font=pdf.pages[0].Resources.Font)
        field = Dictionary(FT=Name.Tx, T=String("Receiver"), V=String(value), AP=Dictionary(N=look))
        add_field(pdf, field, BLANK)

    return paper(change=change)


def add_field(pdf: pikepdf.Pdf, field: Dictionary, box: tuple[int, int, int, int]) -> None:
    field.Type, field.Subtype, field.Rect, field.F = Name.Annot, Name.Widget, Array(box), 4
    field.P = pdf.pages[0].obj
    there = pdf.make_indirect(field)
    pdf.pages[0].Annots = Array([there])
    pdf.Root.AcroForm = Dictionary(Fields=Array([there]), DR=Dictionary(Font=pdf.pages[0].Resources.Font))


def refilled(text: str) -> Callable[[IncrementalPdfFileWriter], None]:
    """Fill the first field with *text*."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        old = field["/AP"]["/N"]
        entries = {key: old.raw_get(key) for key in ("/Type", "/Subtype", "/BBox", "/Resources")}
        drawn = b"BT /F1 8 Tf 2 6 Td (%s) Tj ET" % text.encode()
        look = generic.StreamObject({pdf_name(key): value for key, value in entries.items()}, stream_data=drawn)
        field["/V"] = generic.TextStringObject(text)
        field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})
        writer.update_container(field)

    return change


def seen(pdf: bytes, limits: Limits = LIMITS) -> SeenReport:
    return compare_seen(pdf, limits=limits)


def differences(report: SeenReport, revision: int = 0) -> list[Difference]:
    return [each for page in report.revisions[revision].pages for each in page.differences]


def kinds(report: SeenReport) -> set[tuple[str, bool]]:
    return {(each.kind, each.permitted) for each in differences(report)}
