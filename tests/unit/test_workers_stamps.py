"""What authorities for stamps answer, and how fast, stands among the numbers: alerts and the dashboard ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from authority import DAY, Authority, issue
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from prometheus_client.parser import text_string_to_metric_families
from served import get

from pipeline.settings import Settings
from signing.sealing.cms import DIGEST, digest_of
from workers import health, metrics
from workers.plant import HousePlant


@pytest.fixture
def authority() -> Iterator[Authority]:
    made, now = Authority(), datetime.now(UTC)
    made.now = now
    made.stampers = {name: made.stamper(name, start=now - DAY) for name in ("tsa/1", "tsa/2")}
    yield made
    made.close()


@pytest.fixture
def settings(authority: Authority, tmp_path: Path) -> Settings:
    """An agency whose key is a file, and whose stamps come over HTTP."""
    urls = {"ocsp_url": f"{authority.url}/ocsp", "crl_url": f"{authority.url}/crl/middle"}
    leaf = issue("UBND", authority.middle, start=authority.now - DAY, **urls)
    above = [authority.middle.certificate]
    locked = serialization.BestAvailableEncryption(b"secret")
    made = pkcs12.serialize_key_and_certificates(b"agency", leaf.key, leaf.certificate, above, locked)
    (tmp_path / "agency.p12").write_bytes(made)
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    (tmp_path / "trust.pem").write_bytes(authority.root.certificate.public_bytes(serialization.Encoding.PEM))
    return Settings(
        var=tmp_path / "var",
        workers=1,
        signing_p12=tmp_path / "agency.p12",
        signing_p12_password_file=tmp_path / "password",
        tsa=(f"{authority.url}/tsa/1", f"{authority.url}/tsa/2"),
        fetch_allow=(authority.host,),
        trust=(str(tmp_path / "trust.pem"),),
    )


def counted(plant: HousePlant, meters: metrics.Meters) -> dict[str, float]:
    """Ask as Prometheus does; return how many answers of each kind."""
    with health.listening(
        ("127.0.0.1", 0), checks={}, numbers=lambda: metrics.exposition(plant, meters=meters), hint=lambda: None
    ) as port:
        said = get(port, "/metrics")[1]
    samples = [sample for family in text_string_to_metric_families(said) for sample in family.samples]
    return {each.labels["ending"]: each.value for each in samples if each.name == "sohoa_tsa_seconds_count"}


def test_an_authority_that_is_down_and_the_one_that_stamps_instead_are_both_counted(
    authority: Authority, settings: Settings
) -> None:
    authority.moods["tsa/1"] = "down"
    plant, meters = HousePlant(settings, with_key=True), metrics.Meters()
    try:
        plant.measure(meters)
        stamper = plant.lanes.inner.driver.identity_of("UBND").timestamper
        assert stamper is not None
        stamper.stamp(digest_of(b""), DIGEST)  # type: ignore[attr-defined]
        assert counted(plant, meters) == {"failed": 1.0, "granted": 1.0}
    finally:
        plant.close()
    assert (authority.asked["tsa/1"], authority.asked["tsa/2"]) == (1, 1)


def test_a_plant_whose_numbers_nobody_wants_stamps_all_the_same(authority: Authority, settings: Settings) -> None:
    plant = HousePlant(replace(settings, seal_level="B-T"), with_key=True)
    try:
        stamper = plant.lanes.inner.driver.identity_of("UBND").timestamper
        assert stamper is not None
        assert stamper.stamp(digest_of(b""), DIGEST)  # type: ignore[attr-defined]
    finally:
        plant.close()
