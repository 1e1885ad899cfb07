"""The published JSON Schemas (draft 2020-12): ticket, catalogue, manifest, notice; and the check against them.

They are contracts with other systems: a file here never changes once it is published, a new format gets a new file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

Name = Literal["ticket-1", "catalogue-1", "manifest-1", "notice-1"]


#: Letters of a key that are told of it.
_MOST_KEY = 80


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a value departs from its schema, and how."""

    where: str  # ``documents[0].files``; a key that lacks or is too many is named; ``/`` for the whole
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
    path += f".{key[:_MOST_KEY]}" if (key := _key(error)) else ""
    return Mismatch(path.lstrip(".") or "/", str(error.validator), error.message[:200])


def _key(error: Any) -> str | None:
    """Return the key that is missing or that there is not, when that is what is wrong."""
    if error.validator == "required":
        return next((key for key in error.validator_value if key not in error.instance), None)
    if error.validator == "additionalProperties":
        return next((key for key in error.instance if key not in error.schema["properties"]), None)
    return None


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Iterator[ValidationError]:
    r"""Match as ECMA-262 does: Python's ``$`` lets a line break pass, and its ``\d`` digits of every script."""
    if validator.is_type(instance, "string") and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance, re.ASCII):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _validator(name: Name) -> Any:
    kind = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # it says nothing
    return kind(schema(name))
