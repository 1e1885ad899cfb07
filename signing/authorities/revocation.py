"""Whether the certificates of a path are revoked: asked over the network, or looked up in lists.

An answer counts only when it is signed by whom it must be, is about this certificate, and is of its
time; then it is kept until its end. What to do when there is none is for the caller: nothing is
sealed then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from asn1crypto import algos, crl, ocsp, x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import (
    CRLValidationError,
    OCSPValidationError,
    PathError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from signing.authorities.http import Fetcher, Unreachable
from signing.blocking import in_turn, wait_for
from signing.bundle import UNREADABLE

#: Longest that an answer is used, however long its maker would let us.
WINDOW = timedelta(hours=1)
#: How far the clocks of others may be ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: Largest answer about one certificate, octets; usual are 2,000.
MAX_OCSP_OCTETS = 256 * 1024


class Revoked(Exception):
    """A certificate of the path is revoked, says somebody who may say so."""


class NoAnswer(Exception):
    """Nobody said anything that can be relied on; the message says who was asked and what they said."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was answered about a path: none of its certificates is revoked."""

    #: Answers about one certificate each, DER.
    ocsps: tuple[bytes, ...]
    #: Lists of revoked certificates, DER.
    crls: tuple[bytes, ...]
    #: When the first of them is to be asked for again.
    until: datetime


class Revocation(Protocol):
    """Who knows whether certificates are revoked."""

    def standing(self, path: Sequence[x509.Certificate], when: datetime) -> Standing:
        """Return why none of *path* (the leaf first, the root last) is revoked at *when* (aware).

        Raises:
            Revoked: one is.
            NoAnswer: it cannot be found out.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about one certificate that was found to hold."""

    kind: str
    der: bytes
    until: datetime


class KnownLists:
    """Lists that are at hand: those of the trial identity, or what an administrator downloaded."""

    def __init__(self, crls: Sequence[bytes]) -> None:
        self._crls = tuple(crls)

    def standing(self, path: Sequence[x509.Certificate], when: datetime) -> Standing:
        """Look every certificate up; see `Revocation`."""
        return _together([self.answer(path[place:], when) for place in range(len(path) - 1)], when)

    def answer(self, path: Sequence[x509.Certificate], when: datetime) -> Answer:
        """Look the first certificate of *path* up.

        Raises:
            Revoked: it is on the list.
            NoAnswer: no list of its issuer is at hand, or none of its time.
        """
        for der in self._crls:
            try:
                return _checked_crl(der, path, when)
            except NoAnswer:
                continue
        raise NoAnswer(f"no current revocation list of the issuer of {_name(path[0])} is at hand")


class OnlineRevocation:
    """Asks the addresses that the certificates themselves name: OCSP first, then lists.

    Args:
        fetcher: goes to listed hosts only.
        lists: lists (DER) to look into where nobody answers.
        window: longest that an answer is used.
    """

    def __init__(self, fetcher: Fetcher, *, lists: Sequence[bytes] = (), window: timedelta = WINDOW) -> None:
        self._fetcher = fetcher
        self._lists = KnownLists(lists)
        self._window = window
        self._kept: dict[bytes, Answer] = {}

    def standing(self, path: Sequence[x509.Certificate], when: datetime) -> Standing:
        """Ask about every certificate whose last answer is over; see `Revocation`."""
        return _together([self._answer(path[place:], when) for place in range(len(path) - 1)], when)

    def _answer(self, path: Sequence[x509.Certificate], when: datetime) -> Answer:
        key = _der(path[0])
        kept = self._kept.get(key)
        if kept is not None and when < kept.until:
            return kept
        fresh = self._asked(path, when)
        fresh = Answer(fresh.kind, fresh.der, min(fresh.until, when + self._window))
        self._kept[key] = fresh
        return fresh

    def _asked(self, path: Sequence[x509.Certificate], when: datetime) -> Answer:
        said: list[str] = []
        for kind, url in _addresses(path[0]):
            try:
                return self._ask(kind, url, path, when)
            except (Unreachable, NoAnswer) as error:
                said.append(str(error))
        try:
            return self._lists.answer(path, when)
        except NoAnswer as error:
            asked = "; ".join(said) or "it names nobody to ask over http"
            raise NoAnswer(f"whether {_name(path[0])} is revoked is unknown: {asked}; {error}") from error

    def _ask(self, kind: str, url: str, path: Sequence[x509.Certificate], when: datetime) -> Answer:
        if kind == "crl":
            return _checked_crl(self._fetcher.fetch(url, send=None, accept="*/*"), path, when)
        question = ("application/ocsp-request", _question(path[0], path[1]))
        answer = self._fetcher.fetch(url, send=question, accept="application/ocsp-response", limit=MAX_OCSP_OCTETS)
        return _checked_ocsp(answer, path, when)


def _together(answers: Sequence[Answer], when: datetime) -> Standing:
    return Standing(
        # one list may answer for several certificates
        tuple(dict.fromkeys(answer.der for answer in answers if answer.kind == "ocsp")),
        tuple(dict.fromkeys(answer.der for answer in answers if answer.kind == "crl")),
        min((answer.until for answer in answers), default=when + WINDOW),
    )


@in_turn
def _checked_ocsp(der: bytes, path: Sequence[x509.Certificate], when: datetime) -> Answer:
    try:
        answer = ocsp.OCSPResponse.load(der, strict=True)
        if answer["response_status"].native != "successful":
            raise NoAnswer(f"the OCSP responder refused ({answer['response_status'].native})")
        entries = answer.basic_ocsp_response["tbs_response_data"]["responses"]
        # no end means: ask again whenever you like (RFC 6960, 4.2.2.1)
        until = min(entry["next_update"].native or when + CLOCK_TOLERANCE for entry in entries)
        wait_for(verify_ocsp_response(path[0], _path(path), _context(path, when, ocsps=[answer])))
    except (OCSPValidationError, *UNREADABLE) as error:
        raise NoAnswer(f"the OCSP answer about {_name(path[0])} cannot be relied on: {_said(error)}") from error
    except RevokedError as error:
        raise Revoked(str(error)) from error
    except (ValidationError, PathError) as error:
        raise NoAnswer(f"the OCSP answer about {_name(path[0])} cannot be relied on: {_said(error)}") from error
    return _current("ocsp", der, until, when)


@in_turn
def _checked_crl(der: bytes, path: Sequence[x509.Certificate], when: datetime) -> Answer:
    try:
        answer = crl.CertificateList.load(der, strict=True)
        until = answer["tbs_cert_list"]["next_update"].native or when + CLOCK_TOLERANCE
        wait_for(verify_crl(path[0], _path(path), _context(path, when, crls=[answer])))
    except (CRLValidationError, *UNREADABLE) as error:
        raise NoAnswer(f"the revocation list for {_name(path[0])} cannot be relied on: {_said(error)}") from error
    except RevokedError as error:
        raise Revoked(str(error)) from error
    except (ValidationError, PathError) as error:
        raise NoAnswer(f"the revocation list for {_name(path[0])} cannot be relied on: {_said(error)}") from error
    return _current("crl", der, until, when)


def _current(kind: str, der: bytes, until: datetime, when: datetime) -> Answer:
    # the validator forgives a clock that is behind, and with it answers that have just ended
    if until <= when:
        raise NoAnswer("the answer has ended; a newer one was due")
    return Answer(kind, der, until)


def _path(path: Sequence[x509.Certificate]) -> ValidationPath:
    leaf, *between, root = path
    return ValidationPath(trust_anchor=CertTrustAnchor(root), interm=list(reversed(between)), leaf=leaf)


def _context(
    path: Sequence[x509.Certificate],
    when: datetime,
    *,
    ocsps: Sequence[ocsp.OCSPResponse] = (),
    crls: Sequence[crl.CertificateList] = (),
) -> ValidationContext:
    return ValidationContext(
        trust_roots=[path[-1]],
        other_certs=list(path[1:]),
        ocsps=list(ocsps),
        crls=list(crls),
        moment=when,
        time_tolerance=CLOCK_TOLERANCE,
        allow_fetching=False,
    )


@in_turn
def _question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return an OCSP request; SHA-1 only names the issuer here (RFC 5019, 2.1.1), and nothing rests on it."""
    name = ocsp.CertId(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha1"}),
            "issuer_name_hash": issuer.subject.sha1,
            "issuer_key_hash": issuer.public_key.sha1,
            "serial_number": certificate.serial_number,
        }
    )
    question: bytes = ocsp.OCSPRequest({"tbs_request": {"request_list": [{"req_cert": name}]}}).dump()
    return question


@in_turn
def _addresses(certificate: x509.Certificate) -> list[tuple[str, str]]:
    return list(_named(certificate))


def _named(certificate: x509.Certificate) -> Iterator[tuple[str, str]]:
    for url in certificate.ocsp_urls:
        yield "ocsp", url
    for point in certificate.crl_distribution_points:
        url = point.url
        if url is not None:
            yield "crl", url


@in_turn
def _der(certificate: x509.Certificate) -> bytes:
    der: bytes = certificate.dump()
    return der


@in_turn
def _name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.human_friendly)


def _said(error: Exception) -> str:
    """Return what *error* says without the objects that pyHanko puts beside its reasons."""
    reasons = [str(reason) for reason, _ in getattr(error, "failures", ())]
    return "; ".join(reasons) or str(error)
