"""What a paper says about itself: fields, marks of secrecy, and reasons to have somebody look.

Everything here works on readings: words and where they stand. Nothing looks at pictures, knows dossiers, or changes
what was read. Read in this order: `model` (what a field is), `sheet` (rows of words), `anchors` (known words found
again), then a module for each part of a paper (`letterhead` with `organs`, `title` with `kinds`, `signature` with
`people`, `owner`), `find` (all of them), `secrecy`, `review`.
"""

from __future__ import annotations

from ocr.fields.find import find_fields
from ocr.fields.model import Field, FieldName
from ocr.fields.review import Reason, review
from ocr.fields.secrecy import SecrecyMark, find_secrecy

__all__ = ["Field", "FieldName", "Reason", "SecrecyMark", "find_fields", "find_secrecy", "review"]
