"""One procedure, and the three forms in which it may come in."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path
from typing import Any

import openpyxl

from pipeline.catalogue import COLUMNS

BIRTH: dict[str, Any] = {
    "format": 1,
    "code": "1.001193",
    "version": 2,
    "name": "Thủ tục đăng ký khai sinh",
    "field": {"code": "HT", "name": "Hộ tịch"},
    "effective_from": "2025-07-01",
    "effective_to": "2027-01-01",
    "source": "QĐ 1/2025, có dấu phẩy và “ngoặc”",
    "retention": "01",
    "cases": [
        {
            "code": "TH01",
            "name": "Đúng hạn",
            "default": True,
            "components": [
                {
                    "code": "TP01",
                    "name": "Tờ khai",
                    "required": True,
                    "originals": 1,
                    "copies": 0,
                    "comparison": False,
                },
                {
                    "code": "TP02",
                    "name": "Bản sao Giấy chứng sinh",
                    "required": False,
                    "originals": 0,
                    "copies": 2,
                    "comparison": True,
                },
            ],
        },
        {
            "code": "TH02",
            "name": "Quá hạn",
            "default": False,
            "components": [
                {
                    "code": "TP01",
                    "name": "Tờ khai",
                    "required": True,
                    "originals": 1,
                    "copies": 0,
                    "comparison": False,
                }
            ],
        },
    ],
}
WORD = {True: "có", False: "không"}


def rows(procedure: dict[str, Any]) -> list[dict[str, Any]]:
    """The table of a procedure: one row a component."""
    head = {name: procedure[name] for name in ("code", "version", "name", "effective_from", "source", "retention")}
    head |= {"field_code": procedure["field"]["code"], "field_name": procedure["field"]["name"]}
    head["effective_to"] = procedure["effective_to"] or ""
    return [
        head
        | {"case_code": case["code"], "case_name": case["name"], "case_default": WORD[case["default"]]}
        | {"component_code": each["code"], "component_name": each["name"], "required": WORD[each["required"]]}
        | {"originals": each["originals"], "copies": each["copies"], "comparison": WORD[each["comparison"]]}
        for case in procedure["cases"]
        for each in case["components"]
    ]


def as_json(folder: Path, value: Any, encoding: str = "utf-8") -> Path:
    path = folder / "c.json"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding=encoding)
    return path


def as_csv(folder: Path, table: list[dict[str, Any]], encoding: str = "utf-8") -> Path:
    path = folder / "c.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    return path


def as_xlsx(folder: Path, table: list[dict[str, Any]]) -> Path:
    path = folder / "c.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(COLUMNS))
    for row in table:
        sheet.append([row.get(name) for name in COLUMNS])
    book.save(path)
    return path


def with_(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(BIRTH) | more
