"""What the next version of a manifest says of renewed files, and that both who may write it say it alike."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from manifest_helpers import AT, FINDINGS, SEALER, encoded, received, scanned, told

from pipeline.manifest import renewed_content, without_step_times
from pipeline.plan import Output, Step, StepRecord
from pipeline.schemas import mismatch

NEXT = replace(SEALER, signer="UBND phường Tuy Phước (mới)", fingerprint="7" * 64)


def renewal(before: str, after: str, size: int) -> StepRecord:
    step = Step("renew", 1, (("sealed", before),), {}, ("renewer 1.0",))
    return StepRecord(step, (Output("sealed", after, "application/pdf", size),), {"size_before": size // 2}, None, AT)


FIRST, SECOND = renewal("1" * 64, "2" * 64, 20_000), renewal("2" * 64, "3" * 64, 30_000)


def manifest_before() -> dict[str, Any]:
    said: dict[str, Any] = json.loads(encoded(told((scanned(), received()), FINDINGS)))
    return said


def after(manifest: dict[str, Any], *records: StepRecord) -> dict[str, Any]:
    renewals = {records[0].step.inputs[0][1]: records} if records else {}
    return renewed_content(manifest, renewals, sealer=NEXT, software=("Sohoa", "0.2.0"))


def test_the_next_version_lists_the_newest_file_and_what_it_was_before() -> None:
    (file,) = after(manifest_before(), FIRST, SECOND)["components"][0]["files"]
    assert (file["sha256"], file["size"]) == ("3" * 64, 30_000)
    assert [(each["sha256"], each["size"]) for each in file["renewals"]] == [("1" * 64, 10_000), ("2" * 64, 15_000)]
    assert [each["stage"] for each in file["steps"]][-2:] == ["renew", "renew"]


def test_renewals_of_years_apart_stand_one_after_another() -> None:
    once = json.loads(encoded(after(manifest_before(), FIRST) | {"supersedes": "4" * 64}))
    twice = after(once, SECOND)
    assert twice["components"] == after(manifest_before(), FIRST, SECOND)["components"]


def test_the_next_version_is_what_the_published_schema_promises() -> None:
    links = {"supersedes": "4" * 64, "supersedes_seal": "5" * 64}
    assert mismatch("manifest-1", json.loads(encoded(after(manifest_before(), FIRST) | links))) is None


def test_nothing_but_files_sealer_and_software_changes() -> None:
    before, now = manifest_before(), after(manifest_before())
    assert set(before) - set(now) == {"format", "dossier", "version", "created", "supersedes"}
    assert {name for name in now if now[name] != before[name]} == {"seal", "software"}


def test_a_run_and_a_renewal_say_the_same_and_so_make_one_version() -> None:
    """Only then is a dossier with rejections, which every run goes through again, not filed anew each time."""
    filed = replace(scanned(), sha256="3" * 64, size=30_000, renewals=(FIRST, SECOND))
    run = {**told((filed, received()), FINDINGS, NEXT), "software": {"name": "Sohoa", "version": "0.2.0"}}
    del run["supersedes"]
    assert without_step_times(run) == without_step_times(after(manifest_before(), FIRST, SECOND))
