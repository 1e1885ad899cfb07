"""What a later revision may do to a PDF: each function makes one change with an incremental writer."""

from __future__ import annotations

from collections.abc import Callable

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.generic import pdf_string as text
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

Writer = IncrementalPdfFileWriter


def page_of(writer: Writer) -> DictionaryObject:
    page = writer.find_page_for_modification(0)[0].get_object()
    assert isinstance(page, DictionaryObject)
    return page


def font_of(page: DictionaryObject) -> DictionaryObject:
    font = page["/Resources"]["/Font"]["/F1"]
    assert isinstance(font, DictionaryObject)
    return font


def drawing(operators: bytes) -> StreamObject:
    return StreamObject(stream_data=operators)


def change_content(writer: Writer) -> None:
    page = page_of(writer)
    page["/Contents"] = writer.add_object(drawing(b"BT /F1 12 Tf 72 700 Td (Ho so so 9) Tj ET"))
    writer.update_container(page)


def change_content_in_its_place(writer: Writer) -> None:
    reference = page_of(writer).raw_get("/Contents")
    stream = reference.get_object()
    stream._data = b"BT /F1 12 Tf 72 700 Td (Ho so so 9) Tj ET"
    stream._encoded_data = None
    writer.mark_update(reference)


def change_font(writer: Writer) -> None:
    font = font_of(page_of(writer))
    font["/BaseFont"] = name("/Courier")
    writer.update_container(font)


def change_encoding(writer: Writer) -> None:
    """Show a 9 where the text says 1."""
    font = font_of(page_of(writer))
    font["/Encoding"] = DictionaryObject({name("/Differences"): ArrayObject([NumberObject(49), name("/nine")])})
    writer.update_container(font)


def turn_page(writer: Writer) -> None:
    page = page_of(writer)
    page["/Rotate"] = NumberObject(180)
    writer.update_container(page)


def crop_page(writer: Writer) -> None:
    page = page_of(writer)
    page["/CropBox"] = ArrayObject([NumberObject(side) for side in (0, 0, 595, 400)])
    writer.update_container(page)


def add_page(writer: Writer) -> None:
    pages = writer.root["/Pages"]
    page = DictionaryObject(
        {
            name("/Type"): name("/Page"),
            name("/Parent"): writer.root.raw_get("/Pages"),
            name("/MediaBox"): ArrayObject([NumberObject(side) for side in (0, 0, 595, 842)]),
        }
    )
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = NumberObject(len(pages["/Kids"]))
    writer.update_container(pages)
    writer.update_container(pages["/Kids"])


def remove_page(writer: Writer) -> None:
    pages = writer.root["/Pages"]
    del pages["/Kids"][1]
    pages["/Count"] = NumberObject(1)
    writer.update_container(pages)
    writer.update_container(pages["/Kids"])


def swap_pages(writer: Writer) -> None:
    kids = writer.root["/Pages"]["/Kids"]
    kids[0], kids[1] = kids.raw_get(1), kids.raw_get(0)
    writer.update_container(kids)


def annotation(kind: str, **more: object) -> Callable[[Writer], None]:
    def change(writer: Writer) -> None:
        page = page_of(writer)
        look = drawing(b"1 g 0 0 300 40 re f BT 0 g /F1 12 Tf 2 10 Td (Ho so so 9) Tj ET")
        look[name("/Type")], look[name("/Subtype")] = name("/XObject"), name("/Form")
        look[name("/BBox")] = ArrayObject([NumberObject(side) for side in (0, 0, 300, 40)])
        note = DictionaryObject(
            {
                name("/Type"): name("/Annot"),
                name("/Subtype"): name(kind),
                name("/Rect"): ArrayObject([NumberObject(side) for side in (60, 690, 360, 730)]),
                name("/F"): NumberObject(4),
                name("/AP"): DictionaryObject({name("/N"): writer.add_object(look)}),
            }
        )
        if kind == "/Widget":
            note[name("/FT")], note[name("/T")], note[name("/V")] = name("/Tx"), text("So"), text("9")
        reference = writer.add_object(note)
        annotations = page["/Annots"]
        annotations.append(reference)
        writer.update_container(annotations)
        writer.update_container(page)
        if kind == "/Widget":
            form = writer.root["/AcroForm"]
            form["/Fields"].append(reference)
            writer.update_container(form["/Fields"])
            writer.update_container(form)

    return change


def mark_of(writer: Writer) -> DictionaryObject:
    field = writer.root["/AcroForm"]["/Fields"][0]
    assert isinstance(field, DictionaryObject)
    return field


def hide_mark(writer: Writer) -> None:
    field = mark_of(writer)
    field["/F"] = NumberObject(2)
    writer.update_container(field)


def move_mark(writer: Writer) -> None:
    field = mark_of(writer)
    field["/Rect"] = ArrayObject([NumberObject(side) for side in (0, 0, 595, 842)])
    writer.update_container(field)


def redraw_mark(writer: Writer) -> None:
    look = drawing(b"1 g 0 0 900 900 re f")
    look[name("/Type")], look[name("/Subtype")] = name("/XObject"), name("/Form")
    look[name("/BBox")] = ArrayObject([NumberObject(side) for side in (0, 0, 900, 900)])
    field = mark_of(writer)
    field["/AP"] = DictionaryObject({name("/N"): writer.add_object(look)})
    writer.update_container(field)


def allow_more(writer: Writer) -> None:
    signature = mark_of(writer)["/V"]
    signature["/Reference"][0]["/TransformParams"]["/P"] = NumberObject(3)
    writer.update_container(signature)


def forget_certification(writer: Writer) -> None:
    del writer.root["/Perms"]
    writer.update_root()


def draw_fields_anew(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    form[name("/NeedAppearances")] = generic.BooleanObject(True)
    writer.update_container(form)


def in_root(key: str, value: Callable[[Writer], generic.PdfObject]) -> Callable[[Writer], None]:
    def change(writer: Writer) -> None:
        writer.root[NameObject(key)] = value(writer)
        writer.update_root()

    return change


def script(_: Writer) -> generic.PdfObject:
    return DictionaryObject({name("/S"): name("/JavaScript"), name("/JS"): text("app.alert(1)")})


def other_pages(writer: Writer) -> generic.PdfObject:
    page = DictionaryObject(
        {
            name("/Type"): name("/Page"),
            name("/MediaBox"): ArrayObject([NumberObject(side) for side in (0, 0, 595, 842)]),
        }
    )
    pages = {name("/Type"): name("/Pages"), name("/Count"): NumberObject(1)}
    tree = writer.add_object(DictionaryObject({**pages, name("/Kids"): ArrayObject([writer.add_object(page)])}))
    page[name("/Parent")] = tree
    return tree


def attached(writer: Writer) -> generic.PdfObject:
    stream = writer.add_object(drawing(b"MZ"))
    file = {name("/Type"): name("/Filespec"), name("/F"): text("x.exe")}
    file[name("/EF")] = DictionaryObject({name("/F"): stream})
    names = ArrayObject([text("x"), writer.add_object(DictionaryObject(file))])
    return DictionaryObject({name("/EmbeddedFiles"): DictionaryObject({name("/Names"): names})})


def layers(_: Writer) -> generic.PdfObject:
    return DictionaryObject({name("/OCGs"): ArrayObject([]), name("/D"): DictionaryObject({})})


def metadata(writer: Writer) -> generic.PdfObject:
    return writer.add_object(drawing(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"))


def change_title(writer: Writer) -> None:
    information = writer.trailer_view["/Info"]
    information["/Title"] = text("Giay khac")
    writer.update_container(information)


def covering_field(writer: Writer) -> None:
    """Add an empty signature field with a look, over the text of page 1."""
    page, page_reference = page_of(writer), writer.find_page_for_modification(0)[0]
    look = drawing(b"1 g 0 0 300 40 re f")
    look[name("/Type")], look[name("/Subtype")] = name("/XObject"), name("/Form")
    look[name("/BBox")] = ArrayObject([NumberObject(side) for side in (0, 0, 300, 40)])
    field = {
        name("/Type"): name("/Annot"), name("/Subtype"): name("/Widget"), name("/FT"): name("/Sig"),
        name("/T"): text("Shown"), name("/F"): NumberObject(132), name("/P"): page_reference,
        name("/Rect"): ArrayObject([NumberObject(side) for side in (60, 690, 360, 730)]),
        name("/AP"): DictionaryObject({name("/N"): writer.add_object(look)}),
    }  # fmt: skip
    reference = writer.add_object(DictionaryObject(field))
    form = writer.root["/AcroForm"]
    form["/Fields"].append(reference)
    page["/Annots"].append(reference)
    for container in (form["/Fields"], form, page["/Annots"], page):
        writer.update_container(container)
