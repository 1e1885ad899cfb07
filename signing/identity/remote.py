"""An identity whose key lies in a remote signing service (Cloud Signature Consortium API 2.0).

Digests go out and signatures come back; `signing.identity.outside` checks each before it is used. No person
stands by: a credential that asks for a one-time password, or for a login in a browser, is refused.
Not here: HTTP (`signing.identity.remote_calls`), other API versions, signing of whole documents.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.sign.timestamps import TimeStamper

from signing.blocking import in_turn, wait_for
from signing.errors import IdentityUnusable, KeyUnavailable
from signing.identity.keys import MIN_EC_BITS, MIN_RSA_BITS, Identity, chain_above
from signing.identity.outside import OutsideKeySigner, public_key
from signing.identity.remote_calls import Access, Answer, Caller

#: Longest time for one exchange with the service, seconds; its HSM answers within one.
TIMEOUT_S = 20.0
#: Most certificates taken from an answer; real chains have three or four.
MAX_CERTIFICATES = 10

SHA256 = "2.16.840.1.101.3.4.2.1"
#: The algorithms we can ask for, by kind of key, the one that names its digest first.
RSA_ALGORITHMS = ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1")
EC_ALGORITHMS = ("1.2.840.10045.4.3.2", "1.2.840.10045.2.1")

_REFUSALS = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class Credential:
    """A key in the service, as ``credentials/info`` describes it."""

    #: The signer's certificate and those above it, DER, as they came.
    certificates: tuple[bytes, ...]
    #: OIDs of the algorithms it signs with.
    algorithms: frozenset[str]
    #: Who authorises a signature: "implicit" (the service itself), "explicit" (we), else a person in a browser.
    mode: str
    #: Identifiers of what an explicit authorisation asks for: passwords that never change, and anything else.
    passwords: tuple[str, ...]
    others: tuple[str, ...]


class RemoteKey:
    """A private key in the service; authorised anew for each digest."""

    def __init__(self, caller: Caller, *, name: str, host: str, pin: str | None) -> None:
        self._caller = caller
        self._name = name
        self._host = host
        self._pin = pin
        self._pin_refused = False
        self._passwords: tuple[str, ...] = ()
        self._algorithm = ""

    @property
    def where(self) -> str:
        """The credential and the service, for messages."""
        return f"the credential {self._name} at {self._host}"

    async def describe(self) -> Credential:
        """Ask the service for the credential."""
        words = {"credentialID": self._name, "certificates": "chain", "certInfo": False, "authInfo": True}
        async with self._caller.session() as session:
            content = self._granted(await self._caller.call(session, "credentials/info", words))
        return self._read(content)

    def settle(self, credential: Credential, algorithm: str) -> None:
        """Use *credential* from now on, with *algorithm* (OID)."""
        if credential.mode not in {"implicit", "explicit"} or credential.others or len(credential.passwords) > 1:
            raise IdentityUnusable(
                f"{self.where} wants a person at each signature ({', '.join(credential.others) or credential.mode}); "
                "ask the service for one that seals by itself"
            )
        if credential.passwords and self._pin is None:
            raise IdentityUnusable(f"{self.where} wants a PIN; configure it")
        self._passwords, self._algorithm = credential.passwords, algorithm

    async def sign(self, data: bytes) -> bytes:
        """Have the digest of *data* signed; see `signing.identity.outside.OutsideKey`."""
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        async with self._caller.session() as session:
            words = {
                "credentialID": self._name,
                "SAD": await self._authorised(session, digest),
                "hashes": [digest],
                "hashAlgorithmOID": SHA256,
                "signAlgo": self._algorithm,
            }
            content = self._granted(await self._caller.call(session, "signatures/signHash", words))
        match content.get("signatures"):
            case [str(signature)]:
                return self._decoded(signature)
        raise self._senseless("one signature")

    async def _authorised(self, session: aiohttp.ClientSession, digest: str) -> str:
        """Return the signature activation data (SAD) for *digest*."""
        words: dict[str, Any] = {
            "credentialID": self._name,
            "numSignatures": 1,
            # a credential of level SCAL2 wants them, others may have them
            "hashes": [digest],
            "hashAlgorithmOID": SHA256,
        }
        if self._passwords:
            answer = await self._authorise_with_pin(session, words)
        else:
            answer = await self._caller.call(session, "credentials/authorize", words)
        sad = self._granted(answer).get("SAD")
        if not isinstance(sad, str):
            raise self._senseless("an authorisation")
        return sad

    async def _authorise_with_pin(self, session: aiohttp.ClientSession, words: dict[str, Any]) -> Answer:
        if self._pin_refused:
            raise self._no_more_pins()
        # shows that we are let in: an access token that has ended must not be taken for a wrong PIN, nor the reverse
        self._granted(await self._caller.call(session, "credentials/info", {"credentialID": self._name}))
        words["authData"] = [{"id": name, "value": self._pin} for name in self._passwords]
        answer = await self._caller.call(session, "credentials/authorize", words, once=True)
        if answer.status in _REFUSALS:
            # whatever it was about: services lock credentials too
            self._pin_refused = True
            raise self._no_more_pins()
        return answer

    def _read(self, content: Mapping[str, Any]) -> Credential:
        match content:
            case {
                "key": {"status": str(key_status), "algo": [*algorithms]},
                "cert": {"certificates": [str(), *_] as certificates, **about},
                "auth": {"mode": str(mode), **authorisation},
            }:
                pass
            case _:
                raise self._senseless("a credential with its certificates")
        for what, status, wanted in (("key", key_status, "enabled"), ("certificate", about.get("status"), "valid")):
            if status not in {wanted, None}:
                raise IdentityUnusable(f"the {what} of {self.where} is not {wanted}; ask the service to renew it")
        if len(certificates) > MAX_CERTIFICATES or not all(isinstance(each, str) for each in certificates):
            raise self._senseless("a chain of certificates")
        passwords, others = _factors(authorisation.get("objects"))
        return Credential(
            tuple(map(self._decoded, certificates)), frozenset(map(str, algorithms)), mode, passwords, others
        )

    def _granted(self, answer: Answer) -> Mapping[str, Any]:
        if answer.status == HTTPStatus.OK:
            return answer.content
        raise IdentityUnusable(
            f"{self._host} refuses to work with {self.where} ({answer.fault}); nothing was sealed. "
            "Check its name, the rights of our access, and the address of the service"
        )

    def _decoded(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except ValueError as error:
            raise self._senseless("base64") from error

    def _senseless(self, wanted: str) -> KeyUnavailable:
        return KeyUnavailable(
            f"{self._host} did not send {wanted}; nothing was sealed. "
            "Try again later, and if it stays so, check that its address is that of a CSC API 2.0"
        )

    def _no_more_pins(self) -> IdentityUnusable:
        return IdentityUnusable(
            f"{self.where} refused the PIN, which is not sent again: credentials lock after a few wrong ones. "
            "Correct it, then start again"
        )


def csc_identity(
    service: str,
    *,
    credential: str,
    client: str,
    secret: str,
    pin: str | None = None,
    token_url: str | None = None,
    issuers: Sequence[x509.Certificate] = (),
    timestamper: TimeStamper | None = None,
    crls: tuple[bytes, ...] = (),
    timeout_s: float = TIMEOUT_S,
    tls: ssl.SSLContext | None = None,
) -> Identity:
    """Ask a remote signing service for a credential, and sign with it from then on.

    Args:
        service: base of its API, ``https://…/csc/v2``; http for the own machine only.
        credential: the credential's identifier there.
        client: our name at its authorisation server (OAuth 2.0, client credentials).
        secret: our secret there.
        pin: for a credential with explicit authorisation.
        token_url: where access tokens are given; ``{service}/oauth2/token`` if not said.
        issuers: certificates that complete the chain, since services often leave out the root.
        timestamper: gives the time stamps of seals.
        crls: revocation lists (DER).
        timeout_s: longest time for one exchange, seconds.
        tls: trust in the server, and our certificate where it wants one; nothing for the system's trust.

    Raises:
        IdentityUnusable: the address, our access, the credential, its chain or its algorithm is at fault.
        KeyUnavailable: the service does not answer, or not with sense.
    """
    base = service.rstrip("/")
    access = Access(base, token_url or f"{base}/oauth2/token", client, secret, timeout_s, tls)
    key = RemoteKey(Caller(access), name=credential, host=access.host, pin=pin)
    described = wait_for(key.describe())
    certificate, chain, algorithm = _chosen(key, described, issuers)
    key.settle(described, algorithm)
    return Identity(OutsideKeySigner(key, certificate, chain), certificate, chain, crls, timestamper)


@in_turn
def _chosen(
    key: RemoteKey, described: Credential, issuers: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...], str]:
    """Return the certificate, its chain and the algorithm to ask for."""
    try:
        certificate, *sent = (x509.Certificate.load(der, strict=True) for der in described.certificates)
        above = chain_above(certificate, sent)
        chain = chain_above(certificate, [*sent, *issuers])
    except ValueError as error:
        raise IdentityUnusable(f"a certificate of {key.where} is damaged; tell the service") from error
    if len(above) != len(sent):
        raise IdentityUnusable(f"the certificates of {key.where} are not one chain; tell the service")
    return certificate, chain, _algorithm(key, certificate, described.algorithms)


def _algorithm(key: RemoteKey, certificate: x509.Certificate, offered: frozenset[str]) -> str:
    """Return the OID to ask for with a key such as the one in *certificate*."""
    public = public_key(certificate)
    is_rsa = isinstance(public, rsa.RSAPublicKey)
    floor = MIN_RSA_BITS if is_rsa else MIN_EC_BITS
    if public.key_size < floor:
        raise IdentityUnusable(f"the key of {key.where} has {public.key_size} bits, and {floor} are the least allowed")
    fitting = [each for each in (RSA_ALGORITHMS if is_rsa else EC_ALGORITHMS) if each in offered]
    if not fitting:
        raise IdentityUnusable(f"{key.where} does not sign with SHA-256 (PKCS#1 v1.5 or ECDSA); ask for one that does")
    return fitting[0]


def _factors(objects: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the identifiers of the passwords, and of the rest, that ``auth/objects`` asks for (CSC 2.0, 11.5)."""
    passwords: list[str] = []
    others: list[str] = []
    for each in objects if isinstance(objects, list) else ():
        kind, name = (each.get("type"), str(each.get("id"))) if isinstance(each, dict) else (None, "?")
        (passwords if kind == "Password" else others).append(name)
    return tuple(passwords), tuple(others)
