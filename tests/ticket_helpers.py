"""The ticket that the issue prints, and tickets that differ from it."""

from __future__ import annotations

import copy
import json
from typing import Any

from pipeline.ticket import parse_ticket

FOLDER = "H15.50.05.13-261120-0001"
ISSUE_EXAMPLE = """
{"format": 1, "dossier": "H15.50.05.13-261120-0001", "procedure": "1.001193", "case": null, "channel": "post", "postal_form": "both",
 "agency": {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"}, "station": "TP-01", "operator": {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"},
 "owner": {"name": "Trần Văn Mẫu", "id_number": "000000000000"},
 "documents": [{"component": "TP01", "kind": "original", "files": ["001.jpg", "002.jpg"]}, {"component": "TP02", "kind": "copy", "files": ["003.tif"]}]}
"""  # noqa: E501 -- as the issue prints it
RAW: dict[str, Any] = json.loads(ISSUE_EXAMPLE)


def parsed(raw: Any, folder: str = FOLDER) -> Any:
    return parse_ticket(json.dumps(raw).encode(), folder)


def changed(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(RAW) | more
