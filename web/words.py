"""Vietnamese for pages: times and sizes; and the templates."""

from __future__ import annotations

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.clock import ICT
from pipeline.messages import say

_KIB = 1024


def moment(when: datetime) -> str:
    """Return a time as people write it here: ``14:05 21/11/2026``."""
    return f"{when.astimezone(ICT):%H:%M %d/%m/%Y}"


def size_text(size: int) -> str:
    """Return a number of bytes: ``692 KB``, ``1,4 MB``."""
    if size < _KIB * _KIB:
        return f"{max(1, round(size / _KIB))} KB"
    return f"{size / _KIB / _KIB:.1f} MB".replace(".", ",")


def templates() -> Environment:
    """Return the pages; what is filled in is escaped, and what is not there is a fault."""
    made = Environment(
        loader=PackageLoader("web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"say": say}
    made.filters |= {"moment": moment, "size": size_text}
    return made
