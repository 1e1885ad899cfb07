"""Sealing with a key in a signing service (CSC API 2.0), against a small one of our own that can misbehave."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from csc_service import NOW, PIN, SAD, SECRET, Service, in_base64, said, served
from pdf_helpers import add, made
from softhsm import Key, issue, rsa_key

from signing import (
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    Mark,
    csc_identity,
    development_identity,
    seal_bytes,
    seal_pdf,
    verify_bytes,
    verify_pdf,
)
from signing.identity import remote_calls

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "keys"
    development_identity(folder, agency="UBND phường Tuy Phước", clock=lambda: NOW)
    return folder


@pytest.fixture
def service(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    # the pauses themselves are looked at in one test
    monkeypatch.setattr(remote_calls, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(remote_calls, "REST_S", 0.0)
    yield from served(Service(authority))


def sealed(identity: Identity, data: bytes = b"{}") -> bytes:
    return seal_bytes(data, identity=identity, when=NOW)


def holds(service: Service, seal: bytes) -> bool:
    return verify_bytes(b"{}", seal, trust=service.trust, now=NOW).code == "OK"


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def short_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@pytest.mark.parametrize("make", [rsa_key, ec_key])
def test_a_pdf_sealed_by_the_service_is_verified(authority: Path, tmp_path: Path, make: Callable[[], Key]) -> None:
    pdf = made(tmp_path, lambda pdf: add(pdf, "BT /F1 12 Tf 40 40 Td (paper) Tj ET")).read_bytes()
    mark = Mark(("BẢN SAO SỐ HÓA",), None, FONT)
    for service in served(Service(authority, make())):
        words: dict[str, Any] = {"name": None, "reason": None, "location": None}
        done = seal_pdf(pdf, identity=service.identity(), mark=mark, when=NOW, **words)
        report = verify_pdf(done.pdf, trust=service.trust, now=NOW)
        assert (report.status, report.signatures[0].signer) == ("TOTAL-PASSED", "Remote agency")


def test_one_access_token_serves_many_seals(service: Service) -> None:
    identity = service.identity()
    assert holds(service, sealed(identity))
    sealed(identity)
    each = ["/csc/v2/credentials/authorize", "/csc/v2/signatures/signHash"]
    assert service.asked == ["/csc/v2/oauth2/token", "/csc/v2/credentials/info", *each, *each]


def test_an_access_token_is_renewed_before_it_ends(service: Service) -> None:
    service.token_life_s = 20  # less than the margin
    identity = service.identity()
    service.asked.clear()
    assert holds(service, sealed(identity))
    assert service.asked.count("/csc/v2/oauth2/token") == 2


def test_an_access_token_withdrawn_early_is_renewed_once(service: Service) -> None:
    identity = service.identity()
    service.tokens.clear()
    assert holds(service, sealed(identity))
    service.asked.clear()
    service.instead = [said(401, error="invalid_token"), said(200, access_token="x"), said(401, error="invalid_token")]
    with pytest.raises(IdentityUnusable, match="invalid_token"):
        sealed(identity)
    assert len(service.asked) == 3


def test_a_pin_is_sent_where_it_is_asked_for(service: Service) -> None:
    service.mode, service.objects = "explicit", [{"type": "Password", "id": "PIN"}]
    assert holds(service, sealed(service.identity(pin=PIN)))
    with pytest.raises(IdentityUnusable, match="wants a PIN"):
        service.identity()


def test_a_wrong_pin_is_sent_once_and_never_shown(service: Service) -> None:
    service.mode, service.objects = "explicit", [{"type": "Password", "id": "PIN"}]
    identity = service.identity(pin="161803")
    for _ in range(3):
        with pytest.raises(IdentityUnusable, match="refused the PIN") as refusal:
            sealed(identity)
        assert "161803" not in str(refusal.value)
    assert service.pins == ["161803"]


@pytest.mark.parametrize(("status", "error"), [(401, IdentityUnusable), (503, KeyUnavailable)])
def test_a_call_with_a_pin_is_never_repeated(service: Service, status: int, error: type[Exception]) -> None:
    service.mode, service.objects = "explicit", [{"type": "Password", "id": "PIN"}]
    identity = service.identity(pin=PIN)
    service.asked.clear()
    service.instead = [said(200), said(status)]
    with pytest.raises(error):
        sealed(identity)
    assert service.asked == ["/csc/v2/credentials/info", "/csc/v2/credentials/authorize"]


def test_an_access_token_that_ended_is_not_taken_for_a_wrong_pin(service: Service) -> None:
    service.mode, service.objects = "explicit", [{"type": "Password", "id": "PIN"}]
    identity = service.identity(pin=PIN)
    service.tokens.clear()
    assert holds(service, sealed(identity))
    assert service.pins == [PIN]


@pytest.mark.parametrize(
    ("mode", "objects"),
    [("oauth2code", []), ("explicit", [{"type": "Password", "id": "PIN"}, {"type": "ChallengeResponse", "id": "OTP"}])],
)
def test_a_credential_that_wants_a_person_is_refused(service: Service, mode: str, objects: list[Any]) -> None:
    service.mode, service.objects = mode, objects
    with pytest.raises(IdentityUnusable, match="wants a person"):
        service.identity(pin=PIN)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again(service: Service, status: int) -> None:
    identity = service.identity()
    service.instead = [said(status)] * 2
    assert holds(service, sealed(identity))


def test_a_service_that_stays_busy_is_worth_a_later_try(service: Service) -> None:
    identity = service.identity()
    service.instead = [said(503)] * 3
    with pytest.raises(KeyUnavailable, match="503") as refusal:
        sealed(identity)
    assert refusal.value.retry
    assert holds(service, sealed(identity)), "and the work goes on when it is back"


def test_a_service_that_asks_for_a_long_pause_is_left_alone(service: Service) -> None:
    identity = service.identity()
    service.instead = [(429, {"Retry-After": "60"}, b"")]
    for _ in range(3):
        with pytest.raises(KeyUnavailable):
            sealed(identity)
    assert service.asked[2:] == ["/csc/v2/credentials/authorize"], "only the first of the three seals asked"


def test_pauses_are_kept_between_tries(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = service.identity()
    monkeypatch.setattr(remote_calls, "PAUSES_S", (0.2,))
    service.instead = [said(503)]
    start = time.monotonic()
    sealed(identity)
    assert time.monotonic() - start >= 0.2


def test_a_service_that_is_down_is_worth_a_later_try(authority: Path) -> None:
    for service in served(Service(authority)):
        identity = service.identity()
    with pytest.raises(KeyUnavailable, match="cannot be reached"):
        sealed(identity)
    with pytest.raises(KeyUnavailable):
        service.identity()


def test_a_slow_service_is_not_waited_for(service: Service) -> None:
    identity = service.identity(timeout_s=0.3)
    service.delay_s = 1.0
    start = time.monotonic()
    with pytest.raises(KeyUnavailable, match=r"within 0\.3 s"):
        sealed(identity)
    assert time.monotonic() - start < 0.9


def test_an_endless_answer_is_cut(service: Service) -> None:
    identity = service.identity()
    service.instead = [(200, {}, b" " * (remote_calls.MAX_OCTETS + 1))]
    with pytest.raises(KeyUnavailable, match="octets"):
        sealed(identity)


def test_a_redirect_leads_nowhere(service: Service) -> None:
    identity = service.identity()
    service.instead = [(307, {"Location": f"{service.url}/credentials/authorize"}, b"")]
    with pytest.raises(IdentityUnusable, match="status 307"):
        sealed(identity)
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"SAD": 7}', b"[" * 100_000, b'{"signatures": []}'], ids=range(6)
)
def test_an_answer_without_sense_seals_nothing(service: Service, body: bytes) -> None:
    identity = service.identity()
    service.instead = [(200, {}, body)]
    with pytest.raises(KeyUnavailable, match="did not send"):
        sealed(identity)


@pytest.mark.parametrize("signatures", [[], ["!"], ["AA==", "AA=="], "AA==", [7]], ids=repr)
def test_anything_else_than_one_signature_seals_nothing(service: Service, signatures: Any) -> None:
    identity = service.identity()
    service.instead = [said(200, SAD=SAD), said(200, signatures=signatures)]
    with pytest.raises(KeyUnavailable, match="did not send"):
        sealed(identity)


@pytest.mark.parametrize("make", [short_key, ec_key])
def test_a_signature_by_another_key_is_found_before_it_is_used(service: Service, make: Callable[[], Key]) -> None:
    identity = service.identity()
    service.signing_key = make()
    with pytest.raises(IdentityUnusable, match="another key"):
        sealed(identity)


def test_a_certificate_of_another_key_is_found_before_a_seal_is_used(service: Service) -> None:
    other = issue(service.authority, short_key(), "Remote agency", NOW)
    service.about["cert"]["certificates"][0] = in_base64(other)
    identity = service.identity()
    with pytest.raises(IdentityUnusable, match="another key"):
        sealed(identity)


def test_certificates_that_are_no_chain_are_refused(service: Service) -> None:
    stranger = issue(service.authority, ec_key(), "Stranger", NOW)
    service.about["cert"]["certificates"].append(in_base64(stranger))
    with pytest.raises(IdentityUnusable, match="not one chain"):
        service.identity()


def test_a_root_that_the_service_leaves_out_is_added(service: Service) -> None:
    del service.about["cert"]["certificates"][1:]
    assert holds(service, sealed(service.identity(issuers=service.trust.roots)))


@pytest.mark.parametrize(
    ("part", "words", "said_of_it"),
    [
        ("key", {"status": "disabled"}, "not enabled"),
        ("cert", {"status": "revoked"}, "not valid"),
        ("key", {"algo": ["1.2.840.113549.1.1.10"]}, "does not sign with SHA-256"),
        ("cert", {"certificates": ["AAAA"]}, "damaged"),
    ],
)
def test_a_credential_that_cannot_seal_is_refused(
    service: Service, part: str, words: dict[str, Any], said_of_it: str
) -> None:
    service.about[part] |= words
    with pytest.raises(IdentityUnusable, match=said_of_it):
        service.identity()


def test_a_short_key_is_refused(authority: Path) -> None:
    for service in served(Service(authority, short_key(1024))):
        with pytest.raises(IdentityUnusable, match="1024 bits"):
            service.identity()


def test_a_wrong_secret_is_a_matter_for_a_person(service: Service) -> None:
    with pytest.raises(IdentityUnusable, match="invalid_client") as refusal:
        csc_identity(service.url, credential="agency-7", client="sohoa", secret="wrong")
    assert "wrong" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["http://sign.example.vn/csc/v2", "ftp://127.0.0.1/", "https://me:word@sign.example.vn/", "https://[/", ""]
)
def test_secrets_go_to_plain_https_addresses_only(url: str) -> None:
    with pytest.raises(IdentityUnusable, match="correct it"):
        csc_identity(url, credential="agency-7", client="sohoa", secret=SECRET)


def test_nothing_is_sent_to_a_server_that_nobody_vouches_for(authority: Path, tmp_path: Path) -> None:
    key, service = ec_key(), Service(authority)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = issue(authority, key, "127.0.0.1", NOW)
    (tmp_path / "server.pem").write_bytes(key.private_bytes(*form) + certificate.public_bytes(form[0]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    for each in served(service, tls):
        each.url = each.url.replace("http:", "https:")
        with pytest.raises(IdentityUnusable, match="not vouched for"):
            each.identity()
    assert service.asked == []


def test_no_secret_is_in_a_representation(service: Service) -> None:
    service.mode, service.objects = "explicit", [{"type": "Password", "id": "PIN"}]
    identity = service.identity(pin=PIN)
    key = vars(identity.signer)["_key"]
    said_of_it = f"{identity!r} {vars(identity.signer)!r} {vars(key)['_caller']._access!r}"
    assert not any(secret in said_of_it for secret in (SECRET, PIN, *service.tokens))


def test_two_threads_seal_at_once(service: Service) -> None:
    identity = service.identity()
    with ThreadPoolExecutor(2) as pool:
        seals = list(pool.map(lambda _: sealed(identity), range(4)))
    assert all(holds(service, seal) for seal in seals)
