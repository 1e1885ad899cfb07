"""One TOML file of settings, read into the texts that environment variables would have. It knows no setting itself.

Keys are the names of variables in lower case and without their prefix. A file is for machines on which variables are
awkward (systemd, a colleague's shell); whatever the environment says, too, wins over it. No key holds a secret: those
stand in files of their own, which a key names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import Misconfigured

#: Names the file; a variable only, as a file that names another file would be read by nobody who looks for it.
VARIABLE = "SOHOA_CONFIG"
#: Bytes; all settings there are, with all the comments of `sohoa settings --toml`, take a tenth of it.
_MOST_BYTES = 256 << 10
#: What TOML calls the types that settings have.
_TOML_NAMES: Mapping[type, str] = {int: "integer", bool: "boolean", list: "array of strings", str: "string"}


def texts_in(path: Path, shapes: Mapping[str, type]) -> dict[str, str]:
    """Return what *path* sets, as the texts of environment variables, by key.

    Args:
        path: The file.
        shapes: Which keys there are, and what each holds: `int`, `bool`, `list` (of strings) or `str`.

    Raises:
        Misconfigured: ``config-unreadable``; ``config-unknown`` for a key that is none of ours (most often a
            misspelling); ``setting-invalid`` for a value of another type.
    """
    texts = {}
    for key, value in _parsed(path).items():
        if key not in shapes:
            raise Misconfigured("config-unknown", name=key, path=str(path), known=", ".join(sorted(shapes)))
        if not _is_a(value, shapes[key]):
            raise Misconfigured("setting-invalid", name=f"{key} ({path})", problem=_TOML_NAMES[shapes[key]])
        texts[key] = _text(value)
    return texts


def _parsed(path: Path) -> dict[str, Any]:
    problem: Exception | str
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) <= _MOST_BYTES:
            return tomllib.loads(raw.decode("utf-8-sig"))  # Notepad begins files with a mark that TOML does not know
        problem = f"> {_MOST_BYTES} B"
    except OSError as error:
        problem = error.strerror or "OSError"
    except UnicodeDecodeError:
        problem = "UTF-8"
    except tomllib.TOMLDecodeError as error:
        problem = error
    raise Misconfigured("config-unreadable", path=str(path), problem=str(problem))


def _is_a(value: object, shape: type) -> bool:
    if shape is list:
        # A comma would make two of one: lists in variables are separated by them.
        return isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value)
    return type(value) is shape  # not isinstance: `true` is an int to Python, and not to whoever wrote it


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
