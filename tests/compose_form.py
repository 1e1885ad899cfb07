"""What a compose file may say, as far as ours use it: every key with the form of its value; anything else is a fault.

Written from the reference of the compose file; strict where an engine would only find out when it starts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

#: Looks at a value; yields what is wrong with it.
Form = Callable[[str, Any], Iterator[str]]


class _Strict(yaml.SafeLoader):
    """YAML in which a key that stands twice is a fault: the second one would win, unseen."""


def _once(loader: _Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"twice: {sorted(twice)}")
    loader.flatten_mapping(node)
    return {loader.construct_object(key): loader.construct_object(value, deep=True) for key, value in node.value}


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _once)


def loaded(path: Path) -> dict[str, Any]:
    """Read a file.

    Raises:
        ValueError: a key stands twice.
    """
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Strict)
    return found


def merged(below: Any, above: Any) -> Any:
    """Lay one file over another as compose does: mappings by key, lists one after the other, the rest replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        both = {key: merged(below[key], above[key]) for key in below.keys() & above.keys()}
        return below | above | both
    return below + above if isinstance(below, list) and isinstance(above, list) else above


def faults(said: Mapping[str, Any]) -> list[str]:
    """Return all that is wrong with a compose file, each with its place."""
    said = {key: value for key, value in said.items() if not key.startswith("x-")}
    found = [*_FILE("", said)]
    return found or [*_references(said)]


# --- forms ----------------------------------------------------------------------------------------------------------


def text(pattern: str, *, most: int = 4096) -> Form:
    """A text of some pattern, once what is filled in from outside has its default."""

    def look(where: str, value: Any) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{where}: {value!r} is no text"
        elif odd := re.sub(r"\$\{[A-Z][A-Z0-9_]*:[-?][^{}$]*\}|\$\$", "", value).count("$"):
            yield f"{where}: {odd} times a $ that is filled in with nothing"
        elif not re.fullmatch(pattern, filled(value)) or len(value) > most:
            yield f"{where}: {value!r} is not of the form {pattern}"

    return look


def filled(value: str, given: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a text with its defaults filled in; what has none is as *given*, or else a word."""
    value = re.sub(r"\$\{[A-Z][A-Z0-9_]*:-([^{}$]*)\}", r"\1", value)
    return re.sub(r"\$\{([A-Z][A-Z0-9_]*):\?[^{}$]*\}", lambda found: given.get(found[1], "given"), value)


def flag(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{where}: {value!r} is neither true nor false"


def whole(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        yield f"{where}: {value!r} is no number from 1"


def each_of(form: Form, least: int = 1) -> Form:
    """A list of such; of other ones never twice the same."""

    def look(where: str, value: Any) -> Iterator[str]:
        if not isinstance(value, list) or len(value) < least:
            yield f"{where}: {value!r} is no list"
            return
        for number, one in enumerate(value):
            if one in value[:number]:
                yield f"{where}: {one!r} twice"
            yield from form(f"{where}[{number}]", one)

    return look


def words(where: str, value: Any) -> Iterator[str]:
    """A command: a list, so that no shell takes it apart; a word may come again."""
    if not isinstance(value, list) or not value:
        yield f"{where}: {value!r} is no list of words"
        return
    for number, one in enumerate(value):
        yield from text(r"[^\x00\n]+")(f"{where}[{number}]", one)


def table(keys: Mapping[str, Form], *needed: str) -> Form:
    """A mapping with these keys and no other."""

    def look(where: str, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no mapping"
            return
        yield from (f"{where}.{key}: unknown" for key in value if key not in keys)
        yield from (f"{where}.{key}: missing" for key in needed if key not in value)
        for key in value.keys() & keys.keys():
            yield from keys[key](f"{where}.{key}", value[key])

    return look


def named(form: Form, pattern: str = r"[a-z][a-z0-9_]*") -> Form:
    """A mapping whose keys are names of ours."""

    def look(where: str, value: Any) -> Iterator[str]:
        if not isinstance(value, dict) or not value:
            yield f"{where}: {value!r} is no mapping"
            return
        for key, one in value.items():
            if not isinstance(key, str) or not re.fullmatch(pattern, key):
                yield f"{where}: {key!r} is no name"
            yield from form(f"{where}.{key}", one)

    return look


def one_of(*forms: Form) -> Form:
    """Any of several forms; told is what is wrong by the one that it is nearest to."""

    def look(where: str, value: Any) -> Iterator[str]:
        found = [[*form(where, value)] for form in forms]
        if all(found):
            # Of another kind altogether is further away than any number of slips inside.
            yield from min(reversed(found), key=lambda said: (said[0].startswith(f"{where}: "), len(said)))

    return look


NAME = text(r"[a-z][a-z0-9_]*")
DURATION = text(r"(?=\d)(\d+h)?(\d+m)?(\d+s)?")
SIZE = text(r"[1-9]\d*[kmg]")
PATH = text(r"/[\w./-]*")
#: An exact tag, of two numbers at least, or a digest: what is called `latest` is another thing tomorrow.
IMAGE = text(r"[\w./-]+(:v?\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})")
#: A volume or a folder of ours at a path; or a path alone, with a volume that ends with the container.
VOLUME = text(r"((\./[\w./-]+|[a-z][a-z0-9_]*):)?/[\w./-]+(:ro)?")
VARIABLE = one_of(text(r".+"), lambda where, value: iter([f"{where}: {value!r}: quote it"]))
#: What is put at a path of its own.
PLACED = table({"source": NAME, "target": PATH}, "source", "target")

HEALTH = one_of(
    table(
        {
            "test": words, "interval": DURATION, "timeout": DURATION, "start_period": DURATION, "retries": whole,
        },
        "test", "interval", "timeout", "retries",
    ),
    table({"disable": flag}, "disable"),
)  # fmt: skip
WAITS = text("service_(healthy|started|completed_successfully)")
LIMITS = table({"limits": table({"memory": SIZE, "pids": whole, "cpus": text(r"\d+(\.\d+)?")}, "memory", "pids")})
SERVICE = table(
    {
        "image": IMAGE,
        "build": text(r"\.|[\w./-]+"),
        "command": words,
        "entrypoint": words,
        "environment": named(VARIABLE, r"[A-Z][A-Z0-9_]*"),
        "hostname": NAME,
        "init": flag,
        "read_only": flag,
        "cap_drop": each_of(text("ALL")),
        "security_opt": each_of(text("no-new-privileges:true")),
        "tmpfs": each_of(text(r"/[\w./-]+(:(\w+=\w+)(,\w+=\w+)*)?")),
        "volumes": each_of(VOLUME),
        "networks": each_of(NAME),
        "ports": each_of(text(r"127\.0\.0\.1:\d{2,5}:\d{2,5}")),
        "secrets": each_of(one_of(NAME, PLACED)),
        "configs": each_of(one_of(NAME, PLACED), least=0),
        "depends_on": named(table({"condition": WAITS}, "condition")),
        "healthcheck": HEALTH,
        "restart": text("no|always|unless-stopped|on-failure"),
        "stop_grace_period": DURATION,
        "shm_size": SIZE,
        "profiles": each_of(NAME),
        "logging": table(
            {"driver": text("json-file"), "options": table({"max-size": SIZE, "max-file": text(r"\d+")})}, "driver"
        ),
        "deploy": table({"resources": LIMITS}, "resources"),
    },
    "image", "networks", "healthcheck", "restart", "deploy",
)  # fmt: skip
_FILE = table(
    {
        "name": NAME,
        "services": named(SERVICE),
        "networks": named(table({"internal": flag})),
        "volumes": named(table({})),
        "configs": named(table({"file": text(r"[\w./-]+")}, "file")),
        "secrets": named(table({"file": text(r"[\w./-]+")}, "file")),
    },
    "name", "services", "networks",
)  # fmt: skip


# --- what names what ------------------------------------------------------------------------------------------------


def _references(said: Mapping[str, Any]) -> Iterator[str]:
    used: dict[str, set[str]] = {kind: set() for kind in ("networks", "volumes", "configs", "secrets")}
    ports: list[str] = []
    for name, service in said["services"].items():
        used["networks"] |= set(service["networks"])
        used["volumes"] |= {each.split(":")[0] for each in service.get("volumes", ()) if re.match(r"[a-z]\w*:", each)}
        for kind in ("configs", "secrets"):
            used[kind] |= {each["source"] if isinstance(each, dict) else each for each in service.get(kind, ())}
        ports += [each.rpartition(":")[0] for each in service.get("ports", ())]
        for other, how in service.get("depends_on", {}).items():
            yield from _waits_for(said["services"], name, other, how["condition"])
    for kind, names in used.items():
        yield from (f"{kind}.{each}: named, and not there" for each in sorted(names - set(said.get(kind, {}))))
        yield from (f"{kind}.{each}: there, and nobody's" for each in sorted(set(said.get(kind, {})) - names))
    yield from (f"port {each} twice" for each in sorted({each for each in ports if ports.count(each) > 1}))


def _waits_for(services: Mapping[str, Any], name: str, other: str, condition: str) -> Iterator[str]:
    if other not in services:
        yield f"services.{name}.depends_on.{other}: not there"
    elif condition == "service_healthy" and services[other]["healthcheck"].get("disable"):
        yield f"services.{name}.depends_on.{other}: nobody asks whether it is healthy"
    elif services[other].get("profiles") and not services[name].get("profiles"):
        yield f"services.{name}.depends_on.{other}: started only when it is asked for"
