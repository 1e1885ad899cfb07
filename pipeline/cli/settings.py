"""``sohoa settings``: every setting there is, as the code knows it, with what is in force and where that was set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline import config_file
from pipeline.cli.show import people, put_json, safe, table
from pipeline.messages import say
from pipeline.settings import Settings, read_settings, shapes, variable

FORMAT = 1


def settings_command(environment: Mapping[str, str], *, as_json: bool) -> int:
    """List all settings; return the exit code.

    Nothing secret can be shown: settings name files of secrets, and these are not opened.

    Raises:
        Misconfigured: one of them cannot be used.
    """
    found, origins = read_settings(environment), _origins(environment)
    if as_json:
        listed = [
            {"key": key, "variable": variable(key), "value": plain(getattr(found, key)),
             "default": plain(getattr(Settings(), key)), "from": origins[key]}
            for key in shapes()
        ]  # fmt: skip
        put_json({"format": FORMAT, "exit": 0, "settings": listed})
        return 0
    heads = (say(f"settings.column-{column}") for column in ("name", "value", "origin", "meaning"))
    shown = table(say("settings.heading"), *heads)
    for key in shapes():
        value, origin = _shown(getattr(found, key)), say(f"settings.{origins[key]}")
        shown.add_row(safe(variable(key)), safe(value), safe(origin), safe(say(f"setting.{key}")))
    people().print(shown)
    return 0


def toml_text() -> str:
    """Return a commented file with every setting at its default, switched off."""
    lines = [f"# {say('settings.toml-heading')}", f"# {say('settings.toml-secrets')}"]
    for key in shapes():
        value = plain(getattr(Settings(), key))
        lines += ["", f"# {say(f'setting.{key}')}", f"#{key} = {json.dumps(value, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"


def plain(value: object) -> str | int | list[str]:
    """Return a setting as a file has it; nothing is an empty text."""
    match value:
        case tuple() | frozenset():
            return sorted(value) if isinstance(value, frozenset) else list(value)
        case int():  # and bool
            return value
        case _:
            return "" if value is None else str(value)


def _shown(value: object) -> str:
    said = plain(value)
    return ", ".join(said) if isinstance(said, list) else str(said)


def _origins(environment: Mapping[str, str]) -> dict[str, str]:
    """Return where each setting was set: ``environment``, ``file`` or ``default``."""
    file = environment.get(config_file.VARIABLE)
    filed = config_file.texts_in(Path(file), shapes()) if file else {}
    origins = {}
    for key in shapes():
        set_in_file = "file" if filed.get(key) else "default"
        origins[key] = "environment" if environment.get(variable(key)) else set_in_file
    return origins
