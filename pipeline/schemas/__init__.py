"""The published JSON Schemas (draft 2020-12): ticket, catalogue, manifest; and the check against them.

They are contracts with other systems: a file here never changes once it is published, a new format gets a new file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

Name = Literal["ticket-1", "catalogue-1", "manifest-1"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a value departs from its schema, and how."""

    where: str  # ``documents[0].files``; ``/`` for the whole
    rule: str  # the schema keyword that fails: required, pattern, additionalProperties …
    detail: str  # English, may quote the value: never for logs


@cache
def schema(name: Name) -> dict[str, Any]:
    """Return one of the published schemas."""
    text = files(__package__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def mismatch(name: Name, value: Any) -> Mismatch | None:
    """Return the most telling way in which *value* departs from the schema, or None when it does not."""
    error = best_match(_validator(name).iter_errors(value))
    if error is None:
        return None
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return Mismatch(path.lstrip(".") or "/", str(error.validator), error.message[:200])


@cache
def _validator(name: Name) -> Draft202012Validator:
    return Draft202012Validator(schema(name))
