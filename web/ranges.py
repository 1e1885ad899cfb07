"""Which part of a file a ``Range`` header asks for (RFC 9110, 14). Pure."""

from __future__ import annotations

import re

from web.refusals import RangeUnsatisfiable

# A number of twenty digits is larger than any file, and one of a million takes minutes to read.
_ONE = re.compile(r"bytes=([0-9]{0,20})-([0-9]{0,20})")


def asked(header: str, size: int) -> tuple[int, int] | None:
    """Return first byte and the one after the last, or None when the whole file is to be sent.

    As the standard lets a server do: several ranges, and what cannot be read, are answered with the whole.

    Raises:
        RangeUnsatisfiable: nothing of the file is in it.
    """
    found = _ONE.fullmatch(header.strip())
    if not found or found[1] == found[2] == "":
        return None
    if not found[1]:
        first, end = max(0, size - int(found[2])), size
    else:
        first = int(found[1])
        end = min(size, int(found[2]) + 1) if found[2] else size
        if found[2] and int(found[2]) < first:
            return None
    if first >= end:
        raise RangeUnsatisfiable("range-unsatisfiable", size=size)
    return first, end
