"""Whose key seals, as the settings have it; what is missing is named before anything is sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Misconfigured
from pipeline.identities import identities, officers
from pipeline.settings import BOTH_SIGN, Settings
from signing import Identity

P12 = Path("/etc/agency.p12")


def test_without_a_key_the_development_identity_seals_with_a_stamp(tmp_path: Path) -> None:
    identity = identities(Settings(var=tmp_path))("UBND phường Tuy Phước")
    assert (identity.trial, identity.level) == (True, "PAdES-B-T")


@pytest.mark.parametrize(("asked", "level"), [("B-B", "PAdES-B-B"), ("B-T", "PAdES-B-T"), ("B-LTA", "PAdES-B-LTA")])
def test_a_level_that_is_asked_for_is_the_one_that_is_sealed(tmp_path: Path, asked: str, level: str) -> None:
    assert identities(Settings(var=tmp_path, seal_level=asked))("UBND").level == level


def test_two_keys_are_one_too_many(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, signing_p12=P12, signing_csc="https://ky.example.vn/csc/v2")
    with pytest.raises(Misconfigured) as caught:
        identities(settings)("UBND")
    assert "SOHOA_SIGNING_P12" in str(caught.value.facts)
    assert "SOHOA_SIGNING_CSC" in str(caught.value.facts)


def test_a_token_needs_its_label(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        identities(Settings(var=tmp_path, signing_pkcs11=Path("/usr/lib/token.so")))("UBND")
    assert caught.value.facts["name"] == "SOHOA_SIGNING_TOKEN"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "SOHOA_TSA"),
        ({"tsa": ("http://tsa.example.vn",)}, "SOHOA_FETCH_ALLOW"),
        ({"tsa": ("http://tsa.example.vn",), "fetch_allow": ("tsa.example.vn",)}, "SOHOA_TRUST"),
    ],
)
def test_a_key_of_the_agency_seals_only_with_what_makes_a_seal_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, tuple[str, ...]], missing: str
) -> None:
    held = identities(Settings(var=tmp_path))("UBND")

    def load(path: Path, passphrase: str | None) -> Identity:
        return held

    monkeypatch.setattr("pipeline.identities.pkcs12_identity", load)
    with pytest.raises(Misconfigured) as caught:
        identities(Settings(var=tmp_path, signing_p12=P12, **given))("UBND")  # type: ignore[arg-type]
    assert caught.value.facts["name"] == missing


@pytest.mark.parametrize("content", [b"", b"\r\n1234\n", b"\xff\xfe1234"], ids=["empty", "first line empty", "no text"])
def test_a_pin_that_cannot_be_read_is_never_sent_and_its_text_is_in_no_error(tmp_path: Path, content: bytes) -> None:
    """An empty PIN would cost the token one of its three tries."""
    (tmp_path / "pin").write_bytes(content)
    given = {"signing_pkcs11": Path("/usr/lib/token.so"), "signing_token": "seal", "signing_pin_file": tmp_path / "pin"}
    with pytest.raises(Misconfigured) as caught:
        identities(Settings(var=tmp_path, **given))("UBND")
    assert caught.value.facts["name"] == "SOHOA_SIGNING_PIN_FILE"
    assert "1234" not in f"{caught.value} {caught.value.facts}"


def test_a_token_without_a_pin_file_is_not_logged_in_to(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        identities(Settings(var=tmp_path, signing_pkcs11=Path("/usr/lib/token.so"), signing_token="seal"))("UBND")
    assert caught.value.facts["name"] == "SOHOA_SIGNING_PIN_FILE"


# --- an officer signs first ---------------------------------------------------------------------------------------


def test_in_the_usual_profile_no_officer_signs(tmp_path: Path) -> None:
    assert officers(Settings(var=tmp_path))("UBND") is None


def test_both_trial_identities_are_different_people_at_the_same_level(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, seal_profile=BOTH_SIGN, seal_level="B-LTA")
    officer, agency = officers(settings)("UBND phường Tuy Phước"), identities(settings)("UBND phường Tuy Phước")
    assert officer is not None
    assert officer.fingerprint != agency.fingerprint
    assert (officer.trial, officer.level) == (agency.trial, agency.level) == (True, "PAdES-B-LTA")
    assert "TRIAL" in officer.subject


def test_an_officers_key_that_the_profile_does_not_use_is_no_silent_setting(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        officers(Settings(var=tmp_path, officer_p12=P12))("UBND")
    assert caught.value.facts == {"name": "SOHOA_SEAL_PROFILE", "why": "SOHOA_OFFICER_P12"}


@pytest.mark.parametrize(
    ("given", "lacking"), [({"signing_p12": P12}, "SOHOA_OFFICER_P12"), ({"officer_p12": P12}, "SOHOA_SIGNING_P12")]
)
def test_a_trial_signature_never_stands_beside_a_real_one(tmp_path: Path, given: dict[str, Path], lacking: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        officers(Settings(var=tmp_path, seal_profile=BOTH_SIGN, **given))("UBND")  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.facts["name"]) == ("setting-needed", lacking)


def test_what_the_officers_key_needs_is_named_by_its_own_setting(tmp_path: Path) -> None:
    token = Path("/usr/lib/token.so")
    settings = Settings(var=tmp_path, seal_profile=BOTH_SIGN, signing_p12=P12, officer_pkcs11=token)
    with pytest.raises(Misconfigured) as caught:
        officers(settings)("UBND")
    assert caught.value.facts == {"name": "SOHOA_OFFICER_TOKEN", "why": "SOHOA_OFFICER_PKCS11"}


def test_a_missing_key_file_of_the_officer_is_told_and_nothing_else_is_taken_instead(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, seal_profile=BOTH_SIGN, signing_p12=P12, officer_p12=tmp_path / "none.p12")
    with pytest.raises(Misconfigured) as caught:
        officers(settings)("UBND")
    assert caught.value.code == "identity-unusable"
    assert "none.p12" in str(caught.value.facts["problem"])
