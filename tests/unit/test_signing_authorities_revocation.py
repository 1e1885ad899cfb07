"""Asking whether our certificate is revoked: nothing is sealed before somebody who may say so said no."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from authority import DAY, Authority

from signing import Identity, IdentityUnusable, RevocationUnavailable, check_identity, seal_bytes
from signing.authorities import Fetcher, KnownLists, OnlineRevocation

#: How a responder fails to say anything that counts.
DEAF = ["down", "slow", "trickle", "redirect", "html", "garbage", "empty", "huge"]
OCSP_LIES = ["unknown", "stale", "forged", "other"]
CRL_LIES = ["stale", "forged"]


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


@pytest.fixture
def identity(authority: Authority) -> Identity:
    return dataclasses.replace(authority.identity(authority.fetcher()), timestamper=None)


def test_what_was_asked_is_kept_as_evidence(authority: Authority, identity: Identity) -> None:
    evidence = check_identity(identity, authority.now)
    assert (evidence.revocation, evidence.checked_at) == ("good", authority.now)
    assert evidence.certificates[0] == identity.certificate.dump()
    assert evidence.certificates[1:] == (authority.middle.der, authority.root.der)
    assert (len(evidence.ocsps), len(evidence.crls)) == (1, 1), "OCSP for the leaf, a list for its issuer"


def test_evidence_can_be_stored_as_json(authority: Authority, identity: Identity) -> None:
    evidence = check_identity(identity, authority.now)
    stored = json.loads(json.dumps(evidence.as_json()))
    assert [base64.b64decode(each) for each in stored["certificates"]] == list(evidence.certificates)
    assert [base64.b64decode(each) for each in stored["ocsps"]] == list(evidence.ocsps)
    assert stored["checked_at"] == "2026-11-20T03:00:00+00:00"


def test_one_answer_serves_a_whole_window(authority: Authority, identity: Identity) -> None:
    for minute in range(59):
        seal_bytes(b"{}", identity=identity, when=authority.now + timedelta(minutes=minute))
    assert dict(authority.asked) == {"ocsp": 1, "crl/root": 1}


def test_after_the_window_it_is_asked_again(authority: Authority, identity: Identity) -> None:
    check_identity(identity, authority.now)
    authority.now += timedelta(hours=1)
    check_identity(identity, authority.now)
    assert dict(authority.asked) == {"ocsp": 2, "crl/root": 2}


def test_an_answer_is_not_used_beyond_its_own_end(authority: Authority) -> None:
    fetcher = authority.fetcher()
    wide = dataclasses.replace(authority.identity(fetcher), revocation=OnlineRevocation(fetcher, window=365 * DAY))
    path = (wide.certificate, *wide.chain)
    assert wide.revocation is not None
    assert wide.revocation.standing(path, authority.now).until <= authority.now + DAY


@pytest.mark.parametrize("mood", DEAF + OCSP_LIES)
def test_lists_are_asked_where_the_responder_fails(authority: Authority, identity: Identity, mood: str) -> None:
    authority.moods["ocsp"] = mood
    evidence = check_identity(identity, authority.now)
    assert (len(evidence.ocsps), len(evidence.crls)) == (0, 2)


@pytest.mark.parametrize("mood", DEAF + CRL_LIES)
def test_when_nobody_says_anything_that_counts_nothing_is_sealed(
    authority: Authority, identity: Identity, mood: str
) -> None:
    authority.moods |= {"ocsp": mood if mood in DEAF else "forged", "crl/middle": mood}
    with pytest.raises(RevocationUnavailable) as refusal:
        seal_bytes(b"{}", identity=identity, when=authority.now)
    assert refusal.value.retry


def test_when_they_are_back_sealing_goes_on(authority: Authority) -> None:
    seconds = [0.0]
    identity = authority.identity(authority.fetcher(clock=lambda: seconds[0]))
    authority.moods |= {"ocsp": "down", "crl/middle": "down"}
    with pytest.raises(RevocationUnavailable, match="503"):
        seal_bytes(b"{}", identity=identity, when=authority.now)
    authority.moods.clear()
    seconds[0] += 2
    assert seal_bytes(b"{}", identity=identity, when=authority.now)


def test_a_certificate_that_the_responder_calls_revoked_seals_nothing(authority: Authority, identity: Identity) -> None:
    authority.moods["ocsp"] = "revoked"
    with pytest.raises(IdentityUnusable, match="revoked") as refusal:
        seal_bytes(b"{}", identity=identity, when=authority.now)
    assert not refusal.value.retry
    assert not authority.asked["crl/middle"], "nobody else is asked for a kinder answer"


def test_a_certificate_on_the_list_seals_nothing(authority: Authority, identity: Identity) -> None:
    authority.moods["ocsp"] = "down"
    authority.revoke("crl/middle", identity.certificate.serial_number)
    with pytest.raises(IdentityUnusable, match="revoked"):
        check_identity(identity, authority.now)


def test_a_revoked_issuer_seals_nothing(authority: Authority, identity: Identity) -> None:
    authority.revoke("crl/root", authority.middle.certificate.serial_number)
    with pytest.raises(IdentityUnusable, match="revoked"):
        check_identity(identity, authority.now)


def test_a_revocation_is_noticed_within_the_window(authority: Authority, identity: Identity) -> None:
    check_identity(identity, authority.now)
    authority.moods["ocsp"] = "revoked"
    authority.now += timedelta(hours=1)
    with pytest.raises(IdentityUnusable, match="revoked"):
        check_identity(identity, authority.now)


def test_a_refusal_is_not_remembered_as_a_pass(authority: Authority, identity: Identity) -> None:
    authority.moods["ocsp"] = "revoked"
    for _ in range(2):
        with pytest.raises(IdentityUnusable, match="revoked"):
            check_identity(identity, authority.now)


def test_addresses_in_certificates_lead_to_listed_hosts_only(authority: Authority) -> None:
    identity = authority.identity(Fetcher(["ocsp.example.vn"]))
    with pytest.raises(RevocationUnavailable, match="not on the list"):
        check_identity(identity, authority.now)
    assert not authority.asked


def test_lists_at_hand_answer_where_certificates_name_nobody(authority: Authority) -> None:
    fetcher = authority.fetcher()
    lists = [authority.answer(f"crl/{name}", b"")[1] for name in ("root", "middle")]
    mute = authority.identity(fetcher, ocsp_url=None, crl_url=None)
    with pytest.raises(RevocationUnavailable, match="names nobody"):
        check_identity(mute, authority.now)
    helped = dataclasses.replace(mute, revocation=OnlineRevocation(fetcher, lists=lists))
    assert check_identity(helped, authority.now).revocation == "good"
    offline = dataclasses.replace(mute, revocation=KnownLists(lists))
    assert check_identity(offline, authority.now).revocation == "good"


def test_a_chain_must_end_at_a_root_that_was_configured(authority: Authority, identity: Identity) -> None:
    other = Authority()
    other.close()
    with pytest.raises(IdentityUnusable, match="may not be used"):
        check_identity(dataclasses.replace(identity, trust=other.trust), authority.now)


def test_without_anybody_to_ask_the_evidence_says_so(authority: Authority, identity: Identity) -> None:
    alone = dataclasses.replace(identity, revocation=None)
    assert check_identity(alone, authority.now).revocation == "not-asked"
