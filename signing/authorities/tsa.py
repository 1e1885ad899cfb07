"""A client of time-stamping authorities (RFC 3161): several in order, none of them believed unchecked.

Not a clock: a stamp whose time is far from ours is refused, since one of the two is wrong.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from asn1crypto import algos, cms, core, tsp, x509
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from signing.authorities.evidence import Memory, NoPath, vouch
from signing.authorities.http import Fetcher, NotAsked, Unreachable
from signing.authorities.revocation import CLOCK_TOLERANCE, NoAnswer, Revocation, Revoked
from signing.blocking import in_turn, wait_for
from signing.bundle import UNREADABLE
from signing.errors import TimestampUnavailable

#: Largest answer of an authority, octets; usual are 2,000 to 8,000.
MAX_STAMP_OCTETS = 64 * 1024
#: Random octets in each question; the answer must repeat them.
NONCE_OCTETS = 8

#: Told of each question to one authority: ``granted`` or ``failed``, and the seconds until that was known. Called by
#: whichever thread stamps; what it raises would cost the stamp.
Told = Callable[[str, float], None]

_GRANTED = frozenset({"granted", "granted_with_mods"})


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp as RFC 3161, 2.4.2 has it: asn1crypto's asks for a token even in a refusal."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class _Lie(Exception):
    """An answer that is no stamp over what was asked; the message says why."""


class AuthorityTimestamper(TimeStamper):
    """Stamps by the first authority in order that answers as it must.

    Args:
        urls: the authorities, the preferred one first.
        fetcher: goes to listed hosts only.
        roots: where the certificates of the authorities must end.
        others: certificates that may stand between.
        revocation: whom to ask whether these are revoked; nobody to leave that to whoever uses the stamp.
        clock: gives the present time (aware).
        tolerance: how far the time in a stamp may be from the clock's.
        told: hears of every question that was sent.
    """

    def __init__(
        self,
        urls: Sequence[str],
        fetcher: Fetcher,
        *,
        roots: Sequence[x509.Certificate],
        others: Sequence[x509.Certificate] = (),
        revocation: Revocation | None = None,
        clock: Callable[[], datetime],
        tolerance: timedelta = CLOCK_TOLERANCE,
        told: Told = lambda *_: None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._urls = tuple(urls)
        self._fetcher = fetcher
        self._roots = tuple(roots)
        self._others = tuple(others)
        self._revocation = revocation
        self._clock = clock
        self._tolerance = tolerance
        self._told = told
        self._memory = Memory()

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over *message_digest*, 32 octets of SHA-256; pyHanko's name for `stamp`."""
        return self.stamp(message_digest, md_algorithm)

    def stamp(self, digest: bytes, algorithm: str) -> cms.ContentInfo:
        """Return a token over *digest* from the first authority that gives one; not under anybody's turn.

        Raises:
            TimestampUnavailable: none of them did; the message holds the reason of each.
        """
        said: list[str] = []
        for url in self._urls:
            started = time.monotonic()
            try:
                token = self._asked(url, digest, algorithm)
            except NotAsked as error:
                said.append(str(error))
            except (Unreachable, _Lie) as error:
                self._told("failed", time.monotonic() - started)
                said.append(f"{url}: {error}" if isinstance(error, _Lie) else str(error))
            else:
                self._told("granted", time.monotonic() - started)
                return token
        reasons = "; ".join(said) or "no authority is configured"
        raise TimestampUnavailable(f"no time stamp: {reasons}; nothing was sealed, the same call can be made again")

    def _asked(self, url: str, digest: bytes, algorithm: str) -> cms.ContentInfo:
        nonce = int.from_bytes(b"\x01" + secrets.token_bytes(NONCE_OCTETS - 1), "big")
        answer = self._fetcher.fetch(
            url,
            send=("application/timestamp-query", _question(digest, algorithm, nonce)),
            accept="application/timestamp-reply",
            limit=MAX_STAMP_OCTETS,
        )
        return self._believed(answer, digest, algorithm, nonce)

    def _believed(self, answer: bytes, digest: bytes, algorithm: str, nonce: int) -> cms.ContentInfo:
        token = self._read(answer, digest, algorithm, nonce)
        self._check_certificate(token)
        return token

    @in_turn
    def _read(self, answer: bytes, digest: bytes, algorithm: str, nonce: int) -> cms.ContentInfo:
        try:
            return self._checked(answer, digest, algorithm, nonce)
        except (*UNREADABLE, AssertionError) as error:
            # asn1crypto and pyHanko raise what their parsers stumble on
            raise _Lie(f"its answer cannot be read ({type(error).__name__})") from error
        except SignatureValidationError as error:
            raise _Lie(f"its stamp does not hold: {error}") from error

    def _checked(self, answer: bytes, digest: bytes, algorithm: str, nonce: int) -> cms.ContentInfo:
        response = _Response.load(answer, strict=True)
        status = response["status"]["status"].native
        if status not in _GRANTED:
            raise _Lie(f"it refused ({status})")
        token = response["time_stamp_token"]
        signed = token["content"]
        info = signed["encap_content_info"]["content"].parsed
        if not isinstance(info, tsp.TSTInfo) or len(signed["signer_infos"]) != 1:
            raise _Lie("its answer is no time stamp")
        _check_info(info, digest, algorithm, nonce)
        now, time = self._clock(), info["gen_time"].native
        if abs(time - now) > self._tolerance:
            raise _Lie(f"its time {time.isoformat()} is far from ours")
        _check_signature(signed, digest)
        return token

    def _check_certificate(self, token: cms.ContentInfo) -> None:
        """Check whose *token* is, once an hour; not under anybody's turn, since others may be asked."""
        now, (leaf, held, key) = self._clock(), certificates_of(token)
        if self._memory.recall(key, now) is not None:
            return
        others = (*held, *self._others)
        try:
            passed = vouch(
                leaf, others=others, roots=self._roots, revocation=self._revocation, purpose="time-stamp", when=now
            )
        except (NoPath, NoAnswer, Revoked) as error:
            raise _Lie(f"its certificate cannot be trusted: {error}") from error
        self._memory.keep(key, passed)


@in_turn
def certificates_of(token: cms.ContentInfo) -> tuple[x509.Certificate, tuple[x509.Certificate, ...], bytes]:
    """Return the certificate of whoever made *token*, the others in it, and the first one's encoding."""
    held = extract_certificate_info(token["content"])
    return held.signer_cert, tuple(held.other_certs), held.signer_cert.dump()


@in_turn
def _question(digest: bytes, algorithm: str, nonce: int) -> bytes:
    question: bytes = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}),
                "hashed_message": digest,
            },
            "nonce": core.Integer(nonce),
            "cert_req": True,
        }
    ).dump()
    return question


def _check_info(info: tsp.TSTInfo, digest: bytes, algorithm: str, nonce: int) -> None:
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != algorithm or imprint["hashed_message"].native != digest:
        raise _Lie("its stamp is over something else (wrong imprint)")
    if info["nonce"].native != nonce:
        raise _Lie("its stamp answers another question (wrong nonce)")


def _check_signature(signed: cms.SignedData, digest: bytes) -> None:
    usage = extract_certificate_info(signed).signer_cert.extended_key_usage_value
    if usage is None or usage.native != ["time_stamping"]:
        # RFC 3161, 2.3: this purpose and no other
        raise _Lie("its certificate is not for time stamps alone")
    # no roots, since the path is checked once a window; no context at all would make pyHanko read the
    # system's: 40 ms
    context = ValidationContext(trust_roots=[], allow_fetching=False)
    found: dict[str, Any] = wait_for(validate_tst_signed_data(signed, context, lambda _: digest))
    if not (found["intact"] and found["valid"]):
        raise _Lie("the signature of its stamp is wrong")
