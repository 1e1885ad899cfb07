"""Secrets, which stand in files that settings name; never in settings, logs or errors."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import Misconfigured


def secret_in(name: str, path: str) -> str:
    """Return the first line of the file at *path*, which the setting *name* names.

    Nothing is no secret: an empty PIN would cost a token one of its tries.

    Raises:
        Misconfigured: ``setting-invalid``; what stands in the file is not in it.
    """
    problem = "empty"
    try:
        secret = Path(path).read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        secret, problem = "", type(error).__name__
    if not secret:
        raise Misconfigured("setting-invalid", name=f"SOHOA_{name.upper()}", problem=problem)
    return secret
