"""A certification authority with OCSP responder, revocation list and time stamps, on loopback; it can misbehave."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from signing import Identity, Trust
from signing.authorities import AuthorityTimestamper, Fetcher, OnlineRevocation
from signing.identity.keys import HeldKeySigner, to_asn1
from signing.identity.timestamp import HeldKeyTimestamper

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Holder:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def issue(
    name: str,
    issuer: Holder | None,
    *,
    start: datetime = START - DAY,
    life: timedelta = 365 * DAY,
    ca: bool = False,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    unchecked: bool = False,
    ocsp_url: str | None = None,
    crl_url: str | None = None,
    key: Key | None = None,
) -> Holder:
    """Issue a certificate; without an issuer, a root."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = {"key_cert_sign", "crl_sign", "digital_signature"} if ca else {"digital_signature", "content_commitment"}
    above = issuer or Holder(key, None)  # type: ignore[arg-type]
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca, None), True),
        (x509.KeyUsage(**{each: each in usage for each in _USAGES}), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()), False),
    ]
    if purposes:
        extensions.append((x509.ExtendedKeyUsage(purposes), True))
    if unchecked:
        extensions.append((x509.OCSPNoCheck(), False))
    if ocsp_url:
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        extensions.append((x509.AuthorityInformationAccess([place]), False))
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        extensions.append((x509.CRLDistributionPoints([point]), False))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Holder(key, builder.sign(above.key, hashes.SHA256()))


class Authority:
    """Root, issuing authority, two time-stamping authorities; ``moods`` says how each address behaves.

    Moods of all: down, slow, trickle, html, garbage, empty, redirect, huge. Of OCSP besides: revoked, unknown, stale,
    forged, other. Of lists: revoked, stale, forged. Of stamps: nonce, imprint, expired, purpose, stranger, forged,
    late, refused.
    """

    def __init__(self) -> None:
        self.now = START
        self.moods: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"authority": self}))
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        self.root = issue("Root", None, life=40 * 365 * DAY, ca=True)
        crl = f"{self.url}/crl/root"
        self.middle = issue("Middle", self.root, life=39 * 365 * DAY, ca=True, crl_url=crl)
        self.responder = issue(
            "Responder", self.middle, life=39 * 365 * DAY, purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,), unchecked=True
        )
        self.stampers = {"tsa/1": self.stamper("TSA 1"), "tsa/2": self.stamper("TSA 2")}
        self._rogue = issue("Root", None, ca=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def stamper(self, name: str, **more: Any) -> Holder:
        asked = {"purposes": (ExtendedKeyUsageOID.TIME_STAMPING,), "crl_url": f"{self.url}/crl/root", **more}
        return issue(name, self.root, **asked)

    # --- what a client is given -------------------------------------------------------------------------------

    def fetcher(self, **more: Any) -> Fetcher:
        return Fetcher([self.host], **{"timeout_s": 0.4, **more})

    def timestamper(self, fetcher: Fetcher, *names: str) -> AuthorityTimestamper:
        urls = [f"{self.url}/{name}" for name in names or ("tsa/1", "tsa/2")]
        revocation = OnlineRevocation(fetcher)
        return AuthorityTimestamper(
            urls, fetcher, roots=self.trust.roots, revocation=revocation, clock=lambda: self.now
        )

    @property
    def trust(self) -> Trust:
        return Trust((to_asn1(self.root.certificate),))

    def identity(self, fetcher: Fetcher, *names: str, key: Key | None = None, **more: Any) -> Identity:
        ocsp_url, crl_url = f"{self.url}/ocsp", f"{self.url}/crl/middle"
        leaf = issue("Agency", self.middle, **{"ocsp_url": ocsp_url, "crl_url": crl_url, "key": key, **more})
        chain = (to_asn1(self.middle.certificate), to_asn1(self.root.certificate))
        certificate = to_asn1(leaf.certificate)
        return Identity(
            HeldKeySigner(leaf.key, certificate, chain[:1]),  # type: ignore[arg-type]
            certificate,
            chain,
            timestamper=self.timestamper(fetcher, *names),
            revocation=OnlineRevocation(fetcher),
            trust=self.trust,
        )

    # --- what it answers --------------------------------------------------------------------------------------

    def answer(self, path: str, body: bytes) -> tuple[str, bytes]:
        mood = self.moods.get(path, "")
        if path == "ocsp":
            return "application/ocsp-response", self._ocsp(body, mood)
        if path.startswith("crl/"):
            return "application/pkix-crl", self._crl(self.root if path.startswith("crl/root") else self.middle, mood)
        return "application/timestamp-reply", self._stamp(path, body, mood)

    def _ocsp(self, body: bytes, mood: str) -> bytes:
        asked = ocsp.load_der_ocsp_request(body)
        serial = asked.serial_number + (1 if mood == "other" else 0)
        made = self.now - (9 * DAY if mood == "stale" else timedelta(minutes=1))
        status = {"revoked": ocsp.OCSPCertStatus.REVOKED, "unknown": ocsp.OCSPCertStatus.UNKNOWN}.get(
            mood, ocsp.OCSPCertStatus.GOOD
        )
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            serial,
            asked.hash_algorithm,
            status,
            made,
            made + DAY,
            self.now - timedelta(hours=1) if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        signer = self.responder
        key = self._rogue.key if mood == "forged" else signer.key
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        answer = builder.certificates([signer.certificate]).sign(key, hashes.SHA256())  # type: ignore[arg-type]
        return answer.public_bytes(serialization.Encoding.DER)

    def _crl(self, issuer: Holder, mood: str) -> bytes:
        made = self.now - (9 * DAY if mood == "stale" else timedelta(minutes=1))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(made)
            .next_update(made + DAY)
            .add_extension(x509.CRLNumber(int(made.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        for serial in self._revoked if mood == "revoked" else ():
            entry = x509.RevokedCertificateBuilder(serial, self.now - timedelta(hours=1)).build()
            builder = builder.add_revoked_certificate(entry)
        key = self._rogue.key if mood == "forged" else issuer.key
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    #: Serial numbers on the lists in the mood "revoked".
    _revoked: tuple[int, ...] = ()

    def revoke(self, path: str, serial: int) -> None:
        self._revoked = (*self._revoked, serial)
        self.moods[path] = "revoked"

    def _stamp(self, path: str, body: bytes, mood: str) -> bytes:
        asked = tsp.TimeStampReq.load(body)
        if mood == "refused":
            return bytes.fromhex("30053003020102")  # TimeStampResp with PKIStatus rejection, without a token
        if mood == "nonce":
            asked["nonce"] = asked["nonce"].native + 1
        if mood == "imprint":
            asked["message_imprint"]["hashed_message"] = bytes(32)
        holder = self.stampers[path]
        if mood == "expired":
            holder = self.stamper("TSA", start=self.now - 9 * DAY, life=8 * DAY)
        if mood == "purpose":
            holder = self.stamper("TSA", purposes=())
        if mood == "stranger":
            holder = issue("TSA", self._rogue, purposes=(ExtendedKeyUsageOID.TIME_STAMPING,))
        key = self._rogue.key if mood == "forged" else holder.key
        now = self.now + (timedelta(hours=1) if mood == "late" else timedelta())
        signer = HeldKeySigner(key, to_asn1(holder.certificate), ())
        made = HeldKeyTimestamper(signer, lambda: now).async_request_tsa_response(asked)
        return asyncio.run(made).dump()


class _Handler(BaseHTTPRequestHandler):
    authority: Authority

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def _serve(self, body: bytes) -> None:
        path = self.path.strip("/")
        self.authority.asked[path] += 1
        mood = self.authority.moods.get(path, "")
        if mood == "slow":
            time.sleep(1.5)
        kind, answer = _ODD[mood] if mood in _ODD else self.authority.answer(path, body)
        status = {"down": 503, "redirect": 302}.get(mood, 200)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", f"{self.authority.url}/tsa/2")
        if mood != "trickle":
            self.send_header("Content-Length", str(len(answer)))
        try:
            self.end_headers()
            self._send(answer, mood)
        except OSError:
            return  # the client had enough

    def _send(self, answer: bytes, mood: str) -> None:
        if mood != "trickle":
            self.wfile.write(answer)
            return
        for place in range(len(answer)):
            self.wfile.write(answer[place : place + 1])
            time.sleep(0.1)

    def log_message(self, *_: Any) -> None:
        return


#: Answers that have nothing to do with the question.
_ODD: dict[str, tuple[str, bytes]] = {
    "down": ("text/plain", b"down for maintenance"),
    "redirect": ("text/plain", b"elsewhere"),
    "html": ("text/html", b"<html><body>Please log in to the network</body></html>"),
    "garbage": ("application/timestamp-reply", bytes(range(256))),
    "empty": ("application/timestamp-reply", b""),
    "huge": ("application/timestamp-reply", bytes(40_000_000)),
}
