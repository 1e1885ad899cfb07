"""Every sentence that a clerk or an auditor reads, in Vietnamese (NFC), by key, from `vi.toml` and the files beside it.

Code asks for a sentence by its key and gives the facts that fill it; no Vietnamese text stands anywhere else in the
packages. What engineers read (logs, `str()` of errors) is English and not here.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Any

#: The words of verification reports, of separator sheets and of trust sets have files of their own.
_FILES = (
    "vi.toml", "vi-reports.toml", "vi-separators.toml", "vi-trust.toml", "vi-renewal.toml", "vi-storage.toml",
    "vi-queue.toml", "vi-settings.toml", "vi-audit.toml", "vi-web.toml",
)  # fmt: skip


@cache
def catalogue() -> Mapping[str, str]:
    """Return every sentence by its dotted key."""
    said: dict[str, str] = {}
    for name in _FILES:
        text = files(__package__).joinpath(name).read_text(encoding="utf-8")
        said |= _flat(tomllib.loads(unicodedata.normalize("NFC", text)))
    return MappingProxyType(said)


def say(key: str, **facts: object) -> str:
    """Return the sentence called *key*, filled with *facts*.

    Raises:
        KeyError: there is no such sentence, or it needs a fact that was not given; both are faults of ours that a
            test looks for.
    """
    return catalogue()[key].format_map(facts)


def reason(code: str, facts: Mapping[str, object]) -> str:
    """Return why something was rejected or stopped, as a clerk should read it; a known ``problem`` is put in words."""
    problem = facts.get("problem")
    said = catalogue().get(f"problem.{problem}", problem)
    return say(f"reason.{code}", **{**facts, "problem": said})


def why(code: str) -> str:
    """Return what a code means where the facts of the case are not at hand.

    A sign of omission stands for each fact; a code without a sentence is its own.
    """
    sentence = catalogue().get(f"reason.{code}", code)
    return "".join(text + ("…" if name is not None else "") for text, name, _, _ in Formatter().parse(sentence))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
