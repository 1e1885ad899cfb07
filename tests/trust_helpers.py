"""Bundles, revocation lists and trusted lists (ETSI TS 119 612) made and signed here, and sources that give them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import cms
from asn1crypto import x509 as asn1
from authority import DAY, START, Holder, issue
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.xades import XAdESSigner

from signing.trusting.model import Refused

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
TSL = "http://uri.etsi.org/02231/v2#"
_TYPES = "http://uri.etsi.org/TrstSvc/Svctype"
CA_QC, QTST = f"{_TYPES}/CA/QC", f"{_TYPES}/TSA/QTST"
_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus"
GRANTED, WITHDRAWN = f"{_STATUS}/granted", f"{_STATUS}/withdrawn"
_INFO = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt"


def sha256(holder: Holder) -> str:
    return holder.certificate.fingerprint(hashes.SHA256()).hex()


def pem(*holders: Holder) -> bytes:
    return b"".join(holder.certificate.public_bytes(PEM) for holder in holders)


def p7b(*holders: Holder, crls: tuple[bytes, ...] = ()) -> bytes:
    """PKCS#7 with certificates and lists and no signature, as authorities hand it out."""
    from asn1crypto import crl

    inside = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data"},
            "certificates": [asn1.Certificate.load(holder.der) for holder in holders],
            "crls": [crl.CertificateList.load(der) for der in crls],
            "signer_infos": [],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": inside}).dump()


def crl(issuer: Holder, *, made: datetime = START, life: timedelta = DAY, number: int | None = None) -> bytes:
    """Return a revocation list, DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(made)
        .next_update(made + life)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(DER)


@dataclass(frozen=True)
class Service:
    """One service of a trusted list."""

    certificate: Holder
    type: str = CA_QC
    status: str = GRANTED
    #: Kinds of certificates it is narrowed to: ForeSignatures, ForeSeals, ForWebSiteAuthentication.
    kinds: tuple[str, ...] = ()
    #: Status it had before.
    before: str | None = None


def _service(service: Service) -> str:
    kinds = "".join(
        f'<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">{_INFO}/{kind}</URI>'
        "</AdditionalServiceInformation></Extension>"
        for kind in service.kinds
    )

    def described(status: str, start: str) -> str:
        extensions = f"<ServiceInformationExtensions>{kinds}</ServiceInformationExtensions>" if kinds else ""
        return (
            f"<ServiceTypeIdentifier>{service.type}</ServiceTypeIdentifier>"
            '<ServiceName><Name xml:lang="en">Service</Name></ServiceName><ServiceDigitalIdentity><DigitalId>'
            f"<X509Certificate>{b64encode(service.certificate.der).decode()}</X509Certificate></DigitalId>"
            f"</ServiceDigitalIdentity><ServiceStatus>{status}</ServiceStatus>"
            f"<StatusStartingTime>{start}</StatusStartingTime>{extensions}"
        )

    history = ""
    if service.before:
        past = described(service.before, "2020-01-01T00:00:00Z")
        history = f"<ServiceHistory><ServiceHistoryInstance>{past}</ServiceHistoryInstance></ServiceHistory>"
    now = described(service.status, "2024-01-01T00:00:00Z")
    return f"<TSPService><ServiceInformation>{now}</ServiceInformation>{history}</TSPService>"


def list_xml(
    *services: Service, sequence: int = 7, issued: datetime = START, life: timedelta | None = 180 * DAY
) -> str:
    """Return a trusted list without a signature."""

    def time(moment: datetime) -> str:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    due = f"<dateTime>{time(issued + life)}</dateTime>" if life is not None else ""
    return (
        f'<TrustServiceStatusList xmlns="{TSL}" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag">'
        "<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier>"
        f"<TSLSequenceNumber>{sequence}</TSLSequenceNumber><SchemeTerritory>ZZ</SchemeTerritory>"
        f"<ListIssueDateTime>{time(issued)}</ListIssueDateTime><NextUpdate>{due}</NextUpdate></SchemeInformation>"
        "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>"
        '<Name xml:lang="en">Provider</Name></TSPName></TSPInformation><TSPServices>'
        + "".join(map(_service, services))
        + "</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"
    )


def sign_list(xml: str, signer: Holder) -> bytes:
    """Return the list *xml* with the enveloped XAdES signature that the standard asks for (annex B)."""
    tool = XAdESSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, digest_algorithm=DigestAlgorithm.SHA256)
    signed = tool.sign(
        etree.fromstring(xml),
        key=signer.key,
        cert=[signer.certificate],
        always_add_key_value=False,
    )
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def trusted_list(signer: Holder, *services: Service, **more: object) -> bytes:
    return sign_list(list_xml(*services, **more), signer)  # type: ignore[arg-type]


def list_signer(name: str = "Scheme operator") -> Holder:
    return issue(name, None)


@dataclass
class Shelf:
    """Sources by their names; what is not on it cannot be had."""

    holds: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, source: str) -> bytes:
        if source not in self.holds:
            raise Refused("source-unreachable", source, "not on the shelf")
        return self.holds[source]

    def put(self, more: Mapping[str, bytes]) -> None:
        self.holds.update(more)
