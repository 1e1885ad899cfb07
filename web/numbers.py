"""What Prometheus is told of this door. Labels are addresses as they are written in the code, statuses and codes."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily

from pipeline.readiness import Check, readiness


class Numbers:
    """What this process has answered."""

    def __init__(self) -> None:
        """Count from nothing."""
        self._registry = CollectorRegistry()
        labels = ("route", "status", "code")
        self._answers = Counter("sohoa_web_answers", "Requests answered.", labels, registry=self._registry)

    def answered(self, route: str, status: int, code: str) -> None:
        """Count one answer; *code* is empty when nothing was wrong."""
        self._answers.labels(route, str(status), code).inc()

    def exposition(self, checks: Mapping[str, Check]) -> bytes:
        """Return all numbers in the text form of Prometheus."""
        registry = CollectorRegistry()
        registry.register(_NotReady(checks))
        return generate_latest(self._registry) + generate_latest(registry)


class _NotReady:
    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def collect(self) -> list[GaugeMetricFamily]:
        broken = GaugeMetricFamily("sohoa_web_not_ready", "1 for what does not work.", labels=("check", "code"))
        for name, code in sorted(readiness(self._checks).items()):
            broken.add_metric([name, code], 1)
        return [broken]
