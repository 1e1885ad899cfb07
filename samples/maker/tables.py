"""Two small invented procedures as CSV and XLSX, to show the columns that an import reads.

One row a component; what belongs to the procedure or the case is repeated on each of its rows.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from maker.deposit import Made

COLUMNS = (
    "code", "version", "name", "field_code", "field_name", "effective_from", "effective_to",
    "source", "retention", "case_code", "case_name", "case_default", "component_code",
    "component_name", "required", "originals", "copies", "comparison",
)  # fmt: skip
Cell = str | int | bool

_LIBRARY: tuple[Cell, ...] = (
    "9.000001", 1, "Cấp thẻ thư viện phường (thủ tục mẫu)", "VH", "Văn hóa", "2026-01-01", "",
    "synthetic", "07",
)  # fmt: skip
_MARKET: tuple[Cell, ...] = (
    "9.000002", 2, "Đăng ký chỗ bán hàng tại chợ (thủ tục mẫu)", "TM", "Thương mại", "2026-07-01",
    "2027-06-30", "synthetic", "06",
)  # fmt: skip
ROWS: tuple[tuple[Cell, ...], ...] = (
    (*_LIBRARY, "TH01", "Người lớn", True, "TP01", "Đơn đề nghị cấp thẻ", True, 1, 0, False),
    (*_LIBRARY, "TH01", "Người lớn", True, "TP02", "Ảnh chân dung", False, 1, 0, False),
    (*_LIBRARY, "TH02", "Trẻ em", False, "TP01", "Đơn đề nghị cấp thẻ", True, 1, 0, False),
    (*_LIBRARY, "TH02", "Trẻ em", False, "TP03", "Bản sao Giấy khai sinh", True, 0, 1, True),
    (*_MARKET, "TH01", "Đăng ký mới", True, "TP01", "Đơn đăng ký chỗ bán hàng", True, 1, 0, False),
    (*_MARKET, "TH01", "Đăng ký mới", True, "TP02", "Bản sao giấy tờ tùy thân", True, 0, 1, True),
)

#: A fixed time for what the formats insist on dating.
EPOCH = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - openpyxl wants naive UTC


def tables() -> Iterator[Made]:
    """Yield example.csv and example.xlsx."""
    yield "catalogue/example.csv", as_csv()
    yield "catalogue/example.xlsx", as_xlsx()


def as_csv() -> bytes:
    """Write the rows as UTF-8 with commas; truth values in small letters, as JSON has them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in ROWS:
        writer.writerow(str(cell).lower() if isinstance(cell, bool) else cell for cell in row)
    return text.getvalue().encode()


def as_xlsx() -> bytes:
    """Write the rows as a workbook with one sheet, numbers and truth values as such."""
    book = Workbook()
    book.properties.created = book.properties.modified = EPOCH
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("procedures")
    for row in (COLUMNS, *ROWS):
        sheet.append(row)
    dated = io.BytesIO()
    # `Workbook.save` would set the time of saving; the writer below it does not.
    ExcelWriter(book, zipfile.ZipFile(dated, "w")).save()
    return _undated(dated)


def _undated(archive: io.BytesIO) -> bytes:
    """Repack a ZIP with fixed times, stored: a deflate library must not decide our bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.create_system = 3
            new.writestr(entry, old.read(name))
    return packed.getvalue()
