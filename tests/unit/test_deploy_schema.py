"""The compose files say nothing that an engine does not know, and name nothing that is not there.

No engine is at hand here, and the published schema is not ours to copy: `compose_form` has the forms that we use. What
each service must be besides is in test_deploy_compose.py.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from compose_form import faults, filled, loaded, merged
from conftest import ROOT

from pipeline.config_file import VARIABLE
from pipeline.settings import read_settings, shapes, variable

FILE = ROOT / "docker-compose.yml"
#: What may be laid over it: the agency's key, and whatever else there is.
OVER = {path.stem: path for path in sorted((ROOT / "deploy").glob("compose.*.yml"))}
TRIAL: dict[str, Any] = loaded(FILE)
LAID: dict[str, dict[str, Any]] = {name: merged(TRIAL, loaded(path)) for name, path in OVER.items()}
ALL = reduce(merged, map(loaded, OVER.values()), TRIAL)
EVERY = pytest.mark.parametrize("said", [TRIAL, *LAID.values(), ALL], ids=["trial", *LAID, "all"])
#: Filled into the file from outside, and no settings of ours.
OF_THE_FILE = {"SOHOA_S3_GIB", "SOHOA_READER_MEMORY"}
#: What has no default, as an office may give it.
GIVEN = {
    "SOHOA_TSA": "http://tsa.tinh.example.vn",
    "SOHOA_FETCH_ALLOW": "tsa.tinh.example.vn",
    "SOHOA_NOTIFY_URL": "https://motcua.tinh.example.vn/sohoa",
}


@EVERY
def test_every_key_is_one_that_there_is_and_every_name_leads_somewhere(said: dict[str, Any]) -> None:
    assert faults(said) == []


@EVERY
def test_every_service_is_asked_comes_back_and_has_its_limit_unless_it_is_called_by_hand(said: dict[str, Any]) -> None:
    for name, service in said["services"].items():
        by_hand = bool(service.get("profiles"))
        assert by_hand or service["restart"] == "unless-stopped", name
        assert by_hand or service["healthcheck"].get("test", [""])[0] == "CMD", name
        assert service["deploy"]["resources"]["limits"]["memory"], name


def test_the_key_goes_to_the_sealer_over_what_it_has_and_takes_nothing_away() -> None:
    with_key = LAID["compose.key"]
    before, after = TRIAL["services"]["sealer"], with_key["services"]["sealer"]
    assert before["environment"].items() <= after["environment"].items()
    assert set(before["secrets"]) < set(after["secrets"])
    rest = set(TRIAL["services"]) - {"sealer"}
    assert all(TRIAL["services"][name] == with_key["services"][name] for name in rest)


@EVERY
def test_every_variable_of_ours_is_a_setting_whose_value_the_reader_takes(said: dict[str, Any], tmp_path: Path) -> None:
    known = {variable(key) for key in shapes()} | {VARIABLE}
    for name, service in said["services"].items():
        ours = {key: text for key, text in service.get("environment", {}).items() if key.startswith("SOHOA_")}
        assert set(ours) <= known, name
        given = {key: filled(text, GIVEN) for key, text in ours.items() if key != VARIABLE}
        if VARIABLE in ours:
            given[VARIABLE] = str(ROOT / said["configs"]["sohoa"]["file"])
        read_settings(given)


def test_whatever_is_filled_in_from_outside_is_a_setting_or_is_told_of() -> None:
    told = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    texts = [path.read_text(encoding="utf-8") for path in (FILE, *OVER.values())]
    outside = set(re.findall(r"\$\{(\w+)", "".join(texts)))
    assert outside - {variable(key) for key in shapes()} == OF_THE_FILE
    assert all(name in told for name in OF_THE_FILE)


def test_a_key_that_stands_twice_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("services:\n  a: {image: x}\n  a: {image: y}\n")
    with pytest.raises(ValueError, match="twice"):
        loaded(tmp_path / "x.yml")


def changed(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what puts another value at a place, or takes away what is there."""

    def change(said: dict[str, Any]) -> None:
        *way, last = place.split(".")
        for word in way:
            said = said[word]
        if value is None:
            del said[last]
        else:
            said[last] = value

    return change


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("services.reader.heathcheck", {}, "unknown"),
        ("services.reader.mem_limit", "8g", "unknown"),
        ("services.reader.deploy.resources.limits.memory", None, "missing"),
        ("services.reader.deploy.resources.limits.memory", "8 GB", "form"),
        ("services.reader.restart", False, "no text"),  # what YAML makes of a bare `no`
        ("services.reader.restart", None, "missing"),
        ("services.reader.healthcheck", None, "missing"),
        ("services.reader.healthcheck.interval", 15, "no text"),
        ("services.reader.command", "serve --roles read", "no list"),
        ("services.reader.image", "sohoa:latest", "form"),
        ("services.reader.image", "sohoa", "form"),
        ("services.reader.environment.SOHOA_WORKERS", 2, "quote"),
        ("services.reader.environment.SOHOA_WORKERS", "${SOHOA_WORKERS}", "quote"),
        ("services.reader.environment.SOHOA_WORKERS", "$WORKERS", "quote"),
        ("services.reader.networks", ["inside"], "not there"),
        ("services.reader.volumes", ["readers:/var/lib/sohoa"], "not there"),
        ("services.reader.secrets", ["ledger_pasword"], "not there"),
        ("services.reader.configs", [{"source": "sohoa", "taget": "/etc/sohoa.toml"}], "unknown"),
        ("services.reader.depends_on", {"que": {"condition": "service_healthy"}}, "not there"),
        ("services.reader.depends_on", {"setup": {"condition": "service_healthy"}}, "healthy"),
        ("services.reader.depends_on", {"queue": {"condition": "healthy"}}, "form"),
        ("services.grafana.ports", ["3000:3000"], "form"),
        ("services.grafana.ports", ["127.0.0.1:8000:3000"], "twice"),
        ("services.queue.volumes", ["queue:/var/lib/rabbitmq:rw,z"], "form"),
        ("networks.inner", {"internal": "yes"}, "neither"),
        ("volumes.s4", {}, "nobody's"),
        ("secrets.queue_conf", None, "not there"),
        ("version", "3.9", "unknown"),
    ],
)
def test_a_slip_is_found(place: str, value: Any, fault: str) -> None:
    """Each of these an engine would refuse, or worse, take for something else."""
    said = copy.deepcopy(TRIAL)
    changed(place, value)(said)
    found = faults(said)
    assert found
    assert any(fault in each for each in found), found
