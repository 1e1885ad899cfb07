"""Sealing with a key in a token (SoftHSM): it stays there, survives being pulled out, and its PIN is sent once."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pdf_helpers import add, made
from pkcs11 import _pkcs11
from softhsm import MODULE, PIN, SoftToken, issue, make_token, pull_all

from signing import (
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    Mark,
    SealError,
    pkcs11_identity,
    seal_bytes,
    seal_pdf,
    verify_bytes,
    verify_pdf,
)
from signing.identity import token_library
from signing.identity.keys import to_asn1

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
WRONG_PIN = "161803"


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftToken]:
    yield make_token(tmp_path, monkeypatch, NOW)
    pull_all()


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the PINs that leave our code."""
    sent: list[str] = []
    find = token_library.Library._find

    class Counting:
        def __init__(self, token: Any) -> None:
            self._token = token
            self.flags = token.flags

        def open(self, user_pin: str | None = None) -> Any:
            sent.append(user_pin or "")
            return self._token.open(user_pin=user_pin)

    monkeypatch.setattr(token_library.Library, "_find", lambda self, label: Counting(find(self, label)))
    return sent


def sealed(identity: Identity, data: bytes = b"{}") -> bytes:
    return seal_bytes(data, identity=identity, when=NOW)


def log_in_by_hand(token: SoftToken) -> None:
    """A person enters the right PIN with another program, which resets the token's count of wrong ones."""
    script = (
        "import pkcs11, sys; module, label, pin = sys.argv[1:]; "
        "[t] = [s.get_token() for s in pkcs11.lib(module).get_slots() if s.get_token().label == label]; "
        "t.open(user_pin=pin)"
    )
    command = [sys.executable, "-c", script, str(MODULE), token.label, PIN]
    subprocess.run(command, check=True, timeout=30)


def sealed_pdf(identity: Identity, folder: Path) -> bytes:
    pdf = made(folder, lambda pdf: add(pdf, "BT /F1 12 Tf 40 40 Td (paper) Tj ET")).read_bytes()
    mark = Mark(("BẢN SAO SỐ HÓA",), None, FONT)
    words: dict[str, Any] = {"name": None, "reason": None, "location": None}
    return seal_pdf(pdf, identity=identity, mark=mark, when=NOW, **words).pdf


@pytest.mark.parametrize("label", ["rsa", "ec"])
def test_a_pdf_sealed_in_a_token_is_verified(token: SoftToken, tmp_path: Path, label: str) -> None:
    pdf = sealed_pdf(token.identity(label), tmp_path)
    report = verify_pdf(pdf, trust=token.trust, now=NOW)
    assert (report.status, report.signatures[0].signer) == ("TOTAL-PASSED", f"Token {label}")
    (tmp_path / "sealed.pdf").write_bytes(pdf)
    said = subprocess.run(["pdfsig", tmp_path / "sealed.pdf"], capture_output=True, check=True, timeout=60).stdout
    assert b"Signature is Valid" in said


@pytest.mark.parametrize("label", ["rsa", "ec"])
def test_openssl_verifies_a_detached_seal_made_in_a_token(token: SoftToken, tmp_path: Path, label: str) -> None:
    (tmp_path / "content").write_bytes(b"manifest")
    (tmp_path / "seal").write_bytes(sealed(token.identity(label), b"manifest"))
    command = [
        *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"),
        *("-in", tmp_path / "seal", "-content", tmp_path / "content", "-out", tmp_path / "out"),
        *("-CAfile", token.authority / "trust.pem", "-attime", str(int(NOW.timestamp()))),
    ]
    said = subprocess.run(command, capture_output=True, check=True, timeout=60).stderr
    assert b"Verification successful" in said


def test_the_session_and_the_key_are_opened_once(token: SoftToken, logins: list[str]) -> None:
    rsa, elliptic = token.identity("rsa"), token.identity("ec")
    for identity in (rsa, elliptic, rsa, elliptic):
        sealed(identity)
    assert logins == [PIN], "one login a token and process, whatever the number of keys and seals"


def test_the_certificate_in_the_token_and_its_chain_are_found(token: SoftToken) -> None:
    identity = token.identity("ec")
    assert identity.subject == "Token ec"
    assert [held.sha256 for held in identity.chain] == [root.sha256 for root in token.trust.roots]


def test_a_key_is_found_by_its_identifier(token: SoftToken) -> None:
    assert token.identity(None, identifier=b"\x02").subject == "Token ec"


def test_a_key_that_several_names_fit_is_not_guessed(token: SoftToken) -> None:
    with pytest.raises(IdentityUnusable, match="2 private keys"):
        token.identity(None)


def test_a_certificate_may_come_from_a_file_instead(token: SoftToken, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    token.load("bare", key, None)
    with pytest.raises(IdentityUnusable, match="0 certificates"):
        token.identity("bare")
    certificate = issue(token.authority, key, "Beside the token", NOW)
    identity = token.identity("bare", certificate=to_asn1(certificate))
    assert verify_bytes(b"{}", sealed(identity), trust=token.trust, now=NOW).code == "OK"


def test_a_certificate_of_another_key_seals_nothing(token: SoftToken) -> None:
    other = token.identity("ec").certificate
    with pytest.raises(IdentityUnusable, match="another key"):
        sealed(token.identity("rsa", certificate=other))


def test_a_key_that_wants_its_pin_each_time_gets_it(token: SoftToken) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    token.load("card", key, issue(token.authority, key, "Card", NOW), ALWAYS_AUTHENTICATE=True)
    identity = token.identity("card")
    assert len({sealed(identity, b"1"), sealed(identity, b"2")}) == 2


def test_a_session_that_was_lost_is_opened_again(token: SoftToken, logins: list[str]) -> None:
    identity = token.identity()
    sealed(identity)
    pull_all()
    assert verify_bytes(b"{}", sealed(identity), trust=token.trust, now=NOW).code == "OK"
    assert logins == [PIN, PIN]


def test_a_token_pulled_out_seals_nothing_until_it_is_back(token: SoftToken, tmp_path: Path) -> None:
    identity = token.identity()
    sealed(identity)
    token.pull_out()
    for _ in range(2):
        with pytest.raises(KeyUnavailable, match="Plug the token in") as refusal:
            sealed(identity)
        assert refusal.value.retry
    with pytest.raises(KeyUnavailable):
        sealed_pdf(identity, tmp_path)
    token.plug_in()
    assert verify_bytes(b"{}", sealed(identity), trust=token.trust, now=NOW).code == "OK"


def test_a_token_that_is_not_there_yet_is_worth_another_try(token: SoftToken) -> None:
    token.pull_out()
    with pytest.raises(KeyUnavailable, match=token.label):
        token.identity()
    token.plug_in()
    assert token.identity().subject == "Token rsa"


def test_a_wrong_pin_is_sent_once_and_never_shown(token: SoftToken, logins: list[str]) -> None:
    for _ in range(3):
        with pytest.raises(IdentityUnusable, match="refused the PIN") as refusal:
            token.identity(pin=WRONG_PIN)
        assert not refusal.value.retry
        assert WRONG_PIN not in str(refusal.value)
    assert logins == [WRONG_PIN]


def test_no_pin_is_sent_to_a_token_that_counts_a_wrong_one(
    token: SoftToken, logins: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next worker process knows nothing of the first one's refusal; three of them would lock the token."""
    with pytest.raises(IdentityUnusable):
        token.identity(pin=WRONG_PIN)
    monkeypatch.setattr(token_library, "_LIBRARIES", {})  # as a process started after it
    with pytest.raises(IdentityUnusable, match="none was sent"):
        token.identity(pin=WRONG_PIN)
    assert logins == [WRONG_PIN]
    pull_all()
    log_in_by_hand(token)
    assert token.identity().subject == "Token rsa"


def _try_wrong_pin(label: str, start: Any, answers: Any) -> None:
    start.wait(60)
    try:
        pkcs11_identity(MODULE, token=label, label="rsa", pin=WRONG_PIN)
    except SealError as refusal:
        answers.put(str(refusal))


def test_processes_that_start_at_once_send_a_wrong_pin_once(token: SoftToken) -> None:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(3), context.Queue()
    workers = [context.Process(target=_try_wrong_pin, args=(token.label, start, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    said = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert sum("none was sent" in words for words in said) == 2, said
    assert sum("refused the PIN" in words for words in said) == 1, said


def test_the_pin_is_in_no_representation(token: SoftToken) -> None:
    identity = token.identity()
    assert PIN not in f"{identity!r} {vars(identity.signer)!r}"


def test_threads_share_the_session(token: SoftToken) -> None:
    identity, elliptic = token.identity(), token.identity("ec")
    start = threading.Barrier(4)

    def seal(number: int) -> str:
        start.wait()
        data = str(number).encode()
        seal = sealed(identity if number % 2 else elliptic, data)
        return verify_bytes(data, seal, trust=token.trust, now=NOW).code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(seal, range(4))) == {"OK"}


def test_a_forked_child_opens_its_own_session(token: SoftToken, tmp_path: Path) -> None:
    identity = token.identity()
    before = sealed(identity)
    library = token_library.library(MODULE)
    opened = dict(library._sessions)
    child = os.fork()
    if child == 0:
        try:
            mine = sealed(identity, b"child")
            (tmp_path / "seal").write_bytes(mine)
            own = library._sessions[token.label]
            # handles count from the library's start: the child's is the first one again, of a library of its own
            fresh = own is not opened[token.label] and own.handle == opened[token.label].handle
            os._exit(0 if fresh else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert verify_bytes(b"child", (tmp_path / "seal").read_bytes(), trust=token.trust, now=NOW).code == "OK"
    assert sealed(identity) == before, "RSA gives the same again: the session of the parent goes on"


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdentityUnusable, match=r"none\.so"):
        pkcs11_identity(tmp_path / "none.so", token="agency", pin=PIN)


def test_a_file_that_is_no_library_is_named() -> None:
    with pytest.raises(IdentityUnusable, match="no PKCS#11 library"):
        pkcs11_identity(Path(_pkcs11.__file__), token="agency", pin=PIN)
