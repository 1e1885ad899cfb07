"""Dashboards and alerts ask for numbers that there are, with labels that these have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from conftest import ROOT
from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import Misconfigured
from pipeline.messages import catalogue
from storage.ledger import rows_of_work
from web.numbers import Numbers
from workers import metrics
from workers.model import Errand, Lane, all_queues, queue_name

DEPLOY = ROOT / "deploy"
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/sohoa.json").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
#: Words of the language, and what Prometheus itself knows of those it asks.
WORDS = {
    "sum",
    "max",
    "min",
    "count",
    "by",
    "rate",
    "increase",
    "histogram_quantile",
    "or",
    "and",
    "absent",
    "vector",
    "le",
}
WORDS |= {"job", "instance", "up", "__rate_interval"}


class Standing:
    """A ledger in which something waits."""

    def standing(self) -> metrics.Standing:
        untold = metrics.Untold(3, 60.0)
        return metrics.Standing({("reading", "store-away"): 1}, {"reading": 1.0}, {"paging": 1}, untold)


def answered(broken: Callable[[], None]) -> str:
    """What the door for people tells once it has answered, and the store is broken."""
    numbers = Numbers()
    numbers.answered("/live", 200, "")
    return numbers.exposition({"store": broken}).decode()


@cache
def exposed() -> dict[str, set[str]]:
    """Return each series that is told when everything has happened once, with its labels."""
    meters = metrics.Meters()
    meters.errand(Errand(Lane.SEALING, "d"), "again", "tsa-away", 1.0)
    meters.stage("seal", 1.0)
    meters.stamp("granted", 1.0)
    meters.waited("paging", 1.0)

    def broken() -> None:
        raise Misconfigured("store-unsound", problem="lock-broken")

    said = metrics.exposition(Standing(), meters=meters, checks={"store": broken}).decode()
    said += answered(broken)
    samples = [sample for family in text_string_to_metric_families(said) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in BOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


ASKED = list(expressions())


@pytest.mark.parametrize(("where", "asked"), ASKED, ids=[f"{n}-{where}" for n, (where, _) in enumerate(ASKED)])
def test_every_number_that_is_asked_for_is_told(where: str, asked: str) -> None:
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", asked)
    names = set(re.findall(r"\b[a-z_]\w*", bare))
    ours = {name for name in names if name.startswith("sohoa_")}
    assert ours <= set(exposed())
    known = set().union(*(exposed()[name] for name in ours)) if ours else set()
    assert names - ours - WORDS <= known, "a label that the number has not"
    assert bare.count("(") == bare.count(")")
    assert bare.count("{") == bare.count("}")


def test_every_number_that_is_told_is_drawn_or_watched() -> None:
    """A number that nobody looks at is not worth its memory."""
    asked = " ".join(expr for _, expr in ASKED)
    stems = {re.sub("_(bucket|sum|count|created)$", "", name) for name in exposed()}
    assert {
        stem for stem in stems if stem not in asked and f"{stem.removesuffix('_total')}_total" not in asked
    } == set()


def test_every_state_queue_and_code_that_is_named_is_one() -> None:
    """Or the alert is never raised, and looks as if all were well."""
    asked = " ".join(expr for _, expr in ASKED)
    states = {each for text in re.findall(r'state[=~]+"([^"]+)"', asked) for each in text.split("|")}
    assert states <= set(rows_of_work.ItemState.__args__)  # type: ignore[attr-defined]
    codes = {each for text in re.findall(r'code[=~]+"([^"]+)"', asked) for each in text.split("|") if each}
    assert all(f"reason.{code}" in catalogue() for code in codes)
    queues = [queue_name(lane, urgency) for lane, urgency in all_queues()]
    for pattern in re.findall(r'queue[=!]~"([^"]+)"', asked):
        assert 0 < sum(bool(re.fullmatch(pattern, queue)) for queue in queues) < len(queues)


def test_everything_that_must_be_watched_is() -> None:
    """The oldest that waits, sealing, stamps, the age of the queue, a store that does not keep."""
    names = {rule["alert"] for rule in RULES}
    assert {
        "OldestWaiting",
        "SealingErrors",
        "StampsSlow",
        "QueueAge",
        "NoticesWaiting",
        "StoreUnsound",
        "ProcessUnreachable",
    } <= names
    assert len(names) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_every_alert_says_how_urgent_it_is_and_what_it_means(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    summary = rule["annotations"]["summary"]
    by = set(re.findall(r"\b(?:by|without) \(([^)]*)\)", rule["expr"]))
    kept = {label.strip() for text in by for label in text.split(",")} | {"instance", "check", "code"}
    assert set(re.findall(r"\$labels\.(\w+)", summary)) <= kept


def test_prometheus_asks_the_roles_where_they_answer() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    (job,) = [each for each in PROMETHEUS["scrape_configs"] if each["job_name"] == "sohoa"]
    (found,) = job["dns_sd_configs"]
    serving = {name for name, said in compose.items() if "serve" in said.get("command", [])}
    assert set(found["names"]) == serving
    assert f':{found["port"]}"' in (DEPLOY / "sohoa.toml").read_text(encoding="utf-8")
    (door,) = [each for each in PROMETHEUS["scrape_configs"] if each["job_name"] == "web"]
    assert door["static_configs"] == [
        {"targets": [compose["web"]["environment"]["SOHOA_WEB"].replace("0.0.0.0", "web")]}
    ]
    assert door["authorization"]["credentials_file"].removeprefix("/run/secrets/") in compose["prometheus"]["secrets"]
    assert PROMETHEUS["rule_files"] == ["/etc/prometheus/alerts.yml"]


def test_the_dashboard_can_be_provisioned() -> None:
    """One source of numbers, by the name that all panels use; panels beside and not over one another."""
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))
    (uid,) = [each["uid"] for each in source["datasources"]]
    assert {panel["datasource"]["uid"] for panel in BOARD["panels"]} == {uid}
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in BOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)
    assert all(panel["description"] for panel in BOARD["panels"])
