"""When the pages of a PDF are drawn and compared: only a signature that does not cover the whole file leaves room."""

from __future__ import annotations

from pathlib import Path

import pytest
from seen_helpers import WHEN, paper, redrawn, sign, updated, with_prepared_field

from pipeline import judging
from pipeline.checking import Check, check
from signing import Identity, Trust, development_identity


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return development_identity(tmp_path_factory.mktemp("keys") / "k", agency="UBND A", clock=lambda: WHEN)


def checked(identity: Identity, path: Path, pdf: bytes) -> list[Check]:
    path.write_bytes(pdf)
    return check(path, Trust(identity.chain, identity.crls), WHEN, lambda: None)


def test_what_is_signed_to_the_last_byte_is_not_drawn(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no second state to compare, and drawing is what costs most."""

    def drawn(*_: object, **__: object) -> None:
        raise AssertionError("the file was drawn")

    monkeypatch.setattr(judging, "compare_seen", drawn)

    found = checked(identity, tmp_path / "paper.pdf", sign(identity, paper(), "Officer"))
    assert [each.what for each in found] == ["signature"]


def test_another_text_shown_after_signing_is_told_beside_the_signature(identity: Identity, tmp_path: Path) -> None:
    changed = updated(sign(identity, paper(), "Officer"), redrawn("Nguoi nhan: Tran Van Binh"))

    found = checked(identity, tmp_path / "paper.pdf", changed)
    assert ("seen", "failed", "seen-different") in [(each.what, each.result, each.code) for each in found]


def test_a_name_replaced_by_a_second_signature_is_told_although_both_seals_are_whole(
    identity: Identity, tmp_path: Path
) -> None:
    shadow = with_prepared_field(b"BT /F1 8 Tf 60 10 Td (Nguyen Van An) Tj ET", "Nguoi nhan:")
    replaced = sign(identity, sign(identity, shadow, "Officer"), "Director", says="Tran Van Binh", there=True)

    found = checked(identity, tmp_path / "paper.pdf", replaced)
    assert [(each.result, each.code) for each in found if each.what == "seen"] == [("failed", "seen-different")]
