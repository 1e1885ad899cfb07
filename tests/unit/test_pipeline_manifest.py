"""What a manifest says of a small dossier, and that it is what the published schema promises."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from manifest_helpers import DOSSIER, FINDINGS, SEALER, D, E, component, encoded, received, scanned, told

from pipeline.filed import SIDECARS, sidecar_name
from pipeline.schemas import mismatch, schema


@pytest.mark.parametrize(
    ("filed", "findings"),
    [((), ()), ((scanned(),), ()), ((scanned(), received()), FINDINGS)],
    ids=["empty", "a scan", "all at once"],
)
def test_a_manifest_is_what_the_published_schema_promises(filed: Any, findings: Any) -> None:
    assert mismatch("manifest-1", json.loads(encoded(told(filed, findings)))) is None


def test_a_dossier_without_ticket_owner_or_postal_form_has_a_manifest_too() -> None:
    bare = replace(DOSSIER, owner=None, postal_form=None)
    assert mismatch("manifest-1", json.loads(encoded(told((scanned(),), dossier=bare) | {"ticket": None}))) is None


def test_what_is_not_promised_is_found() -> None:
    # The schema is closed: a manifest of another shape must not pass as this format.
    assert mismatch("manifest-1", json.loads(encoded(told() | {"more": 1}))) is not None


def test_the_manifest_says_who_where_and_how() -> None:
    manifest = told((scanned(),))
    assert manifest["agency"] == {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"}
    assert manifest["station"] == "TP-01"
    assert manifest["operator"] == {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"}
    assert (manifest["channel"], manifest["postal_form"]) == ("post", "both")
    assert manifest["ticket"] == {"name": "dossier.json", "sha256": E, "size": 700}


def test_every_component_of_the_case_has_a_state() -> None:
    manifest = told((scanned(), received()), FINDINGS)
    states = {each["code"]: each["state"] for each in manifest["components"]}
    assert states == {
        "TP01": "digitised",
        "TP02": "digitised",
        "TP03": "exempt",
        "TP04": "rejected",
        "TP05": "missing",
    }
    assert component(manifest, "TP03")["reason"] == "Lấy từ cơ sở dữ liệu quốc gia"
    assert component(manifest, "TP04")["codes"] == ["picture-broken"]


def test_the_manifest_says_which_component_is_missing() -> None:
    # Must show 6.
    verdict = told((scanned(),))["verdict"]
    assert (verdict["complete"], verdict["state"], verdict["missing"]) == (False, "incomplete", ["TP02", "TP04"])


def test_every_rejection_stands_in_the_manifest_with_a_reason_for_people() -> None:
    manifest = told((scanned(),), FINDINGS)
    assert manifest["verdict"]["state"] == "rejected"
    told_ = [(each["file"], each["code"], each["sha256"]) for each in manifest["rejections"]]
    assert told_ == [("004.jpg", "picture-broken", D), ("thừa.jpg", "file-not-named", None)]
    assert "trang 1" in manifest["rejections"][0]["reason"]


def test_a_trial_seal_says_in_words_that_it_has_no_legal_value() -> None:
    manifest = told((scanned(),))
    assert manifest["trial"]
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in manifest["notice"]


def test_a_real_seal_says_nothing_of_the_kind() -> None:
    manifest = told((scanned(),), sealer=replace(SEALER, trial=False))
    assert (manifest["trial"], manifest["notice"]) == (False, None)


def test_the_same_dossier_gives_the_same_bytes() -> None:
    assert encoded(told((scanned(), received()), FINDINGS)) == encoded(told((scanned(), received()), FINDINGS))


def test_a_manifest_is_written_for_people_too() -> None:
    # Vietnamese letters as letters, one thing a line, what names it first.
    data = encoded(told((scanned(),))).decode()
    assert "UBND phường Tuy Phước" in data
    assert data.endswith("}\n")
    assert list(json.loads(data))[:4] == ["format", "dossier", "version", "created"]
    assert max(map(len, data.splitlines())) < 1_000


def test_version_and_time_are_not_part_of_the_content() -> None:
    # That is how the same content is known again.
    body = told((scanned(),))
    assert not {"version", "created"} & set(body)


def test_every_ground_of_a_turn_may_stand_in_a_manifest() -> None:
    # A reader that learnt a new one would otherwise stop every dossier at its last step.
    from typing import get_args

    from ocr.model import RotationGround

    page = schema("manifest-1")["$defs"]["page"]["properties"]
    assert set(get_args(RotationGround)) == set(page["rotation_ground"]["enum"])


def test_every_kind_of_sidecar_may_stand_in_a_manifest_under_its_name() -> None:
    beside = schema("manifest-1")["$defs"]["sidecar"]["properties"]
    assert set(beside["kind"]["enum"]) == set(SIDECARS)
    assert all(re.search(beside["file"]["pattern"], sidecar_name("TP01-01.pdf", kind)) for kind in SIDECARS)
