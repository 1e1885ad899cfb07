"""Trusted lists (ETSI TS 119 612): is this one signed by whom a person named, and which services does it grant now?

One list at a time: no list of lists is followed, and nothing that a list names is fetched. Nothing is believed that
was not signed: what is read is what the signature's check gave back, not the file.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from lxml import etree  # type: ignore[import-untyped]
from pyhanko.sign.validation.qualified.eutl_parse import read_qualified_service_definitions
from pyhanko.sign.validation.qualified.tsp import CAServiceInformation, QcCertType, QualifiedServiceInformation
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from signing.bundle import UNREADABLE, whole_certificate
from signing.trusting.model import Listed, Member, Refused, Role, SetTrouble, facts_of, loaded

#: Largest list looked into, octets; chosen. One of 5 MB with 4,000 services takes 3.2 s and 180 MB (measured).
MAX_LIST = 16 * 1024 * 1024
_TSL = "http://uri.etsi.org/02231/v2#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_ROOT = f"{{{_TSL}}}TrustServiceStatusList"
#: Lists are in UTF-8; in any other coding a document type could hide from the next line.
_CODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", b"\x00")
#: What parsing and checking hostile XML raises: lxml, signxml, xsdata and pyHanko each have their own.
_ODD = (etree.LxmlError, SignXMLException, ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError)


@dataclass(frozen=True, slots=True)
class TrustedList:
    """A list whose signature holds, and what it grants now."""

    #: The certificate that it is signed with, DER.
    signer: bytes
    listed: Listed
    members: tuple[Member, ...]
    #: Certificates that nobody could use.
    troubles: tuple[SetTrouble, ...]


def trusted_list_in(data: bytes, name: str, *, signers: Collection[str] | None, now: datetime) -> TrustedList:
    """Check the list *data* and return what it grants.

    Args:
        data: the XML.
        name: says in errors whose it is.
        signers: SHA-256 of the certificates that may have signed it; None takes the one that the list itself brings,
            which proves nothing and is for showing it to a person.
        now: the present time (aware).

    Raises:
        Refused: ``source-unreadable``, ``signature-invalid`` or ``trusted-list-ended``.
    """
    _refuse_hostile(data, name)
    signer = _signer_in(data, name, signers)
    signed = _signed_in(data, name, signer, now)
    try:
        listed = _scheme_of(etree.fromstring(signed, parser=_parser()))
        members, troubles = _granted(signed)
    except _ODD as error:
        raise Refused("source-unreadable", name, f"the trusted list lacks something: {_said(error)}") from error
    if listed.next_update is not None and listed.next_update < now:
        raise Refused("trusted-list-ended", name, f"its successor was due at {listed.next_update.isoformat()}")
    return TrustedList(signer, listed, members, troubles)


def _refuse_hostile(data: bytes, name: str) -> None:
    if len(data) > MAX_LIST:
        raise Refused("source-unreadable", name, f"the trusted list has over {MAX_LIST} octets")
    if any(word in data for word in _FORBIDDEN):
        raise Refused("source-unreadable", name, "the trusted list has a document type or entities")
    coding = _CODING.match(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
    if coding is not None and coding[1].lower() not in {b"utf-8", b"utf8"}:
        raise Refused("source-unreadable", name, "the trusted list is not in UTF-8")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


def _signer_in(data: bytes, name: str, signers: Collection[str] | None) -> bytes:
    """Return the certificate of one of *signers* that the signature brings along; the key info is only a hint."""
    try:
        root = etree.fromstring(data, parser=_parser())
        if root.tag != _ROOT:
            raise Refused("source-unreadable", name, "it is XML, but no trusted list")
        place = f"{{{_DS}}}Signature/{{{_DS}}}KeyInfo/{{{_DS}}}X509Data/{{{_DS}}}X509Certificate"
        brought = [b64decode(each.text or "") for each in root.iterfind(place)]
    except _ODD as error:
        raise Refused("source-unreadable", name, _said(error)) from error
    for der in brought:
        if signers is None or sha256(der).hexdigest() in signers:
            return der
    found = ", ".join(sha256(der).hexdigest() for der in brought) or "nobody"
    raise Refused("signature-invalid", name, f"signed by {found}, which nobody confirmed")


def _signed_in(data: bytes, name: str, signer: bytes, now: datetime) -> bytes:
    """Return the list as it was signed: the octets that the signature covers."""
    # the signature of the list itself, right below its root; one deeper down might be anybody's list
    wanted = XAdESSignatureConfiguration(location="./", expect_references=True, verification_time=now)
    try:
        results = XAdESVerifier().verify(data, x509_cert=loaded(signer), expect_config=wanted)
    except _ODD as error:
        raise Refused("signature-invalid", name, _said(error)) from error
    whole = [each for each in results if each.signed_xml is not None and each.signed_xml.tag == _ROOT]
    if len(whole) != 1:
        raise Refused("signature-invalid", name, "the signature does not cover the list")
    return bytes(whole[0].signed_data)


def _scheme_of(root: etree._Element) -> Listed:
    scheme = f"{{{_TSL}}}SchemeInformation/{{{_TSL}}}"
    due = root.findtext(f"{scheme}NextUpdate/{{{_TSL}}}dateTime")
    return Listed(
        (root.findtext(f"{scheme}SchemeTerritory") or "").strip(),
        int(root.findtext(f"{scheme}TSLSequenceNumber") or ""),
        _time(root.findtext(f"{scheme}ListIssueDateTime") or ""),
        _time(due) if due else None,
    )


def _time(text: str) -> datetime:
    """Read an XML time; one without a zone is taken for UTC, which the standard has throughout."""
    time = datetime.fromisoformat(text.strip())
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _granted(signed: bytes) -> tuple[tuple[Member, ...], tuple[SetTrouble, ...]]:
    """Return the certificates of services of type CA/QC and TSA/QTST whose status is "granted" now."""
    members: dict[tuple[bytes, Role], Member] = {}
    troubles: list[SetTrouble] = []
    for service in _services(signed, troubles):
        role: Role = "root" if isinstance(service, CAServiceInformation) else "stamper"
        for certificate in service.base_info.provider_certs:
            der = certificate.dump()
            try:
                whole_certificate(der)
                facts_of(Member(der, role))
            except UNREADABLE as error:
                troubles.append(SetTrouble("certificate-unreadable", sha256(der).hexdigest(), _said(error)))
                continue
            members.setdefault((der, role), Member(der, role))
    return tuple(members.values()), tuple(troubles)


def _services(signed: bytes, troubles: list[SetTrouble]) -> Iterator[QualifiedServiceInformation]:
    """Yield the services that are granted now, and not for web sites alone; those not understood become *troubles*."""
    services = read_qualified_service_definitions(signed.decode("utf-8"))
    while True:
        try:
            service = next(services)
        except StopIteration as end:
            troubles += [SetTrouble("service-unreadable", _said(error), "") for error in end.value]
            return
        info = service.base_info
        if info.valid_until is None and info.additional_info_certificate_type != {QcCertType.QC_WEB}:
            yield service


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__).replace("\n", " ")
