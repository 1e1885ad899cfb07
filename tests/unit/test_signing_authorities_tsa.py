"""Time-stamping authorities that are down, slow, or lie: none is believed, and the next one is asked."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from authority import Authority
from cryptography.hazmat.primitives import serialization

from signing import TimestampUnavailable
from signing.authorities import AuthorityTimestamper, Fetcher
from signing.blocking import in_turn
from signing.sealing.cms import DIGEST, digest_of

DIGEST_OF_NOTHING = digest_of(b"")
#: How an authority misbehaves, and a word of what must be said of it.
LIES = {
    "down": "503",
    "slow": "within",
    "trickle": "within",
    "redirect": "302",
    "html": "text/html",
    "garbage": "cannot be read",
    "empty": "cannot be read",
    "huge": "over 65536",
    "refused": "rejection",
    "nonce": "wrong nonce",
    "imprint": "wrong imprint",
    "expired": "expired",
    "purpose": "not for time stamps",
    "stranger": "cannot be trusted",
    "forged": "signature",
    "late": "far from ours",
}


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


def test_a_stamp_is_over_the_digest_and_at_the_present(authority: Authority) -> None:
    token = authority.timestamper(authority.fetcher()).stamp(DIGEST_OF_NOTHING, DIGEST)
    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST_OF_NOTHING
    assert info["gen_time"].native == authority.now
    assert "tsa/2" not in authority.asked, "the second is for when the first fails"


def test_openssl_verifies_a_stamp(authority: Authority, tmp_path: Path) -> None:
    token = authority.timestamper(authority.fetcher()).stamp(digest_of(b"content"), DIGEST)
    (tmp_path / "token").write_bytes(token.dump())
    (tmp_path / "content").write_bytes(b"content")
    (tmp_path / "root").write_bytes(authority.root.certificate.public_bytes(serialization.Encoding.PEM))
    done = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token", "-data", tmp_path / "content"),
            *("-CAfile", tmp_path / "root", "-attime", str(int(authority.now.timestamp()))),
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Verification: OK" in done.stdout + done.stderr


@pytest.mark.parametrize("mood", LIES)
def test_the_next_authority_takes_over_from_one_that_fails_or_lies(authority: Authority, mood: str) -> None:
    authority.moods["tsa/1"] = mood
    token = authority.timestamper(authority.fetcher()).stamp(DIGEST_OF_NOTHING, DIGEST)
    names = {choice.chosen.subject.native["common_name"] for choice in token["content"]["certificates"]}
    assert names == {"TSA 2"}


@pytest.mark.parametrize("mood", LIES)
def test_when_all_fail_each_reason_is_told_and_it_is_worth_another_try(authority: Authority, mood: str) -> None:
    authority.moods |= {"tsa/1": mood, "tsa/2": "refused"}
    with pytest.raises(TimestampUnavailable) as refusal:
        authority.timestamper(authority.fetcher()).stamp(DIGEST_OF_NOTHING, DIGEST)
    assert LIES[mood] in str(refusal.value)
    assert refusal.value.retry


def test_an_authority_that_comes_back_is_used_again(authority: Authority) -> None:
    seconds = [0.0]
    timestamper = authority.timestamper(authority.fetcher(clock=lambda: seconds[0]), "tsa/1")
    authority.moods["tsa/1"] = "down"
    with pytest.raises(TimestampUnavailable, match="503"):
        timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)
    authority.moods.clear()
    seconds[0] += 2
    assert timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)


def test_an_authority_whose_certificate_ends_is_not_believed_from_memory(authority: Authority) -> None:
    timestamper = authority.timestamper(authority.fetcher(), "tsa/1")
    timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)
    authority.now += timedelta(days=365)
    with pytest.raises(TimestampUnavailable, match="cannot be trusted"):
        timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)


@pytest.mark.parametrize("mood", ["down", "revoked"])
def test_the_next_authority_takes_over_from_one_whose_certificate_nobody_vouches_for(
    authority: Authority, mood: str
) -> None:
    first = authority.stampers["tsa/1"] = authority.stamper("TSA", crl_url=f"{authority.url}/crl/root/1")
    authority.revoke("crl/root/1", first.certificate.serial_number)
    authority.moods["crl/root/1"] = mood
    token = authority.timestamper(authority.fetcher()).stamp(DIGEST_OF_NOTHING, DIGEST)
    assert token["content"]["certificates"][0].chosen.subject.native["common_name"] == "TSA 2"


def test_an_authority_that_is_not_listed_is_never_asked(authority: Authority) -> None:
    with pytest.raises(TimestampUnavailable, match="not on the list"):
        authority.timestamper(Fetcher(["tsa.example.vn"])).stamp(DIGEST_OF_NOTHING, DIGEST)
    assert not authority.asked


def test_without_any_authority_there_is_no_stamp(authority: Authority) -> None:
    nobody = AuthorityTimestamper([], authority.fetcher(), roots=(), clock=lambda: authority.now)
    with pytest.raises(TimestampUnavailable, match="no authority is configured"):
        nobody.stamp(DIGEST_OF_NOTHING, DIGEST)


def test_others_have_their_turn_while_a_slow_authority_is_waited_for(authority: Authority) -> None:
    authority.moods["tsa/1"] = "slow"
    timestamper = authority.timestamper(authority.fetcher(timeout_s=5), "tsa/1")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(timestamper.stamp, DIGEST_OF_NOTHING, DIGEST)
        while not authority.asked["tsa/1"]:
            pass
        assert in_turn(waiting.done)() is False
        assert waiting.result()


def test_whoever_counts_is_told_of_each_question_and_of_none_that_was_not_asked(authority: Authority) -> None:
    """One of two is down: it fails once, and while it is left alone nothing more is said of it."""
    told: list[str] = []
    authority.moods["tsa/1"] = "down"
    timestamper = AuthorityTimestamper(
        [f"{authority.url}/tsa/1", "http://tsa.example.vn", f"{authority.url}/tsa/2"],
        authority.fetcher(clock=lambda: 0.0),
        roots=authority.trust.roots,
        clock=lambda: authority.now,
        told=lambda ending, seconds: told.append(ending) if seconds >= 0 else None,
    )
    timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)
    assert told == ["failed", "granted"]
    timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)
    assert told == ["failed", "granted", "granted"]


@pytest.mark.parametrize("mood", ["nonce", "garbage", "slow"])
def test_an_answer_that_is_not_believed_counts_as_none(authority: Authority, mood: str) -> None:
    told: list[str] = []
    authority.moods["tsa/1"] = mood
    timestamper = AuthorityTimestamper(
        [f"{authority.url}/tsa/1"],
        authority.fetcher(),
        roots=authority.trust.roots,
        clock=lambda: authority.now,
        told=lambda ending, _: told.append(ending),
    )
    with pytest.raises(TimestampUnavailable):
        timestamper.stamp(DIGEST_OF_NOTHING, DIGEST)
    assert told == ["failed"]
