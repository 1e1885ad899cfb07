"""A small office with authorities of its own, whose every date and flag a test may choose; for seals to attack.

What it seals is sealed by the product. Where the product refuses to seal badly (an expired certificate, a signature by
somebody else), the pieces here are put together by hand.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import crl as asn1_crl
from asn1crypto import keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfTimeStamper, SimpleSigner
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import Identity, Mark, Trust, seal_bytes, seal_pdf
from signing.blocking import wait_for
from signing.identity.keys import HeldKeySigner, to_asn1
from signing.identity.timestamp import HeldKeyTimestamper

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MANIFEST = b'{"format":1,"files":[]}'

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """A key and the certificate for it."""

    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def new_key(bits: int = 0) -> Key:
    """An EC key, or an RSA key of so many bits."""
    if bits:
        return rsa.generate_private_key(65537, bits)
    return ec.generate_private_key(ec.SECP256R1())


def issue(
    name: str,
    by: Pair | None,
    *,
    kind: str = "agency",
    key: Key | None = None,
    start: datetime = WHEN - YEAR,
    end: datetime = WHEN + YEAR,
    usage: str = "content_commitment",
    digest: hashes.HashAlgorithm | None = None,
    answered: bool = False,
) -> Pair:
    """Return a certificate for a "root", "authority", "agency", "stamps" or "answers"; *answered*: it names an OCSP."""
    key = key or new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key = key if by is None else by.key
    is_authority = kind in {"root", "authority"}
    flags = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    for flag in ("key_cert_sign", "crl_sign") if is_authority else (usage,):
        flags[flag] = True
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**flags), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if kind == "stamps":
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    if answered:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://x/"))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    if kind == "answers":
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        builder = builder.add_extension(usages, critical=False).add_extension(x509.OCSPNoCheck(), critical=False)
    return Pair(key, builder.sign(issuer_key, digest or hashes.SHA256()))


def crl(
    by: Pair,
    *revoked: tuple[Pair, datetime],
    made: datetime = WHEN - HOUR,
    until: datetime | None = None,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Return a list of *by* (DER) with certificates and the moments they were revoked."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(made)
        .next_update(until or made + 30 * DAY)
    )
    for pair, date in revoked:
        entry = x509.RevokedCertificateBuilder(pair.certificate.serial_number, date).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(by.key, digest or hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class Office:
    """Root, agency and stamps; what is not given is made and sound."""

    root: Pair = field(
        default_factory=lambda: issue("Root", None, kind="root", start=WHEN - 5 * YEAR, end=WHEN + 40 * YEAR)
    )
    between: Pair | None = None
    agency_options: dict[str, Any] = field(default_factory=dict)
    stamps_options: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> Pair:
        return self.between or self.root

    @cached_property
    def agency(self) -> Pair:
        return issue("UBND phường Tuy Phước", self.issuer, **self.agency_options)

    @cached_property
    def stamps(self) -> Pair:
        options = {"end": WHEN + 5 * YEAR, "usage": "digital_signature", **self.stamps_options}
        return issue("Stamps", self.root, kind="stamps", **options)

    def lists(self, *revoked: tuple[Pair, datetime], made: datetime = WHEN - HOUR) -> tuple[bytes, ...]:
        """Current lists of every authority."""
        if self.between is None:
            return (crl(self.root, *revoked, made=made),)
        return (crl(self.root, made=made), crl(self.between, *revoked, made=made))

    def trust(self, *revoked: tuple[Pair, datetime], made: datetime = WHEN - HOUR) -> Trust:
        return Trust((to_asn1(self.root.certificate),), self.lists(*revoked, made=made))

    def stamper(self, at: datetime = WHEN, who: Pair | None = None) -> HeldKeyTimestamper:
        who = who or self.stamps
        return HeldKeyTimestamper(HeldKeySigner(who.key, to_asn1(who.certificate), ()), lambda: at)

    def identity(self, *, at: datetime = WHEN, stamped: bool = True) -> Identity:
        above = () if self.between is None else (to_asn1(self.between.certificate),)
        certificate = to_asn1(self.agency.certificate)
        return Identity(
            HeldKeySigner(self.agency.key, certificate, above),
            certificate,
            (*above, to_asn1(self.root.certificate)),
            self.lists(made=at - HOUR),
            self.stamper(at) if stamped else None,
        )

    def seal(self, level: str = "B-T", *, at: datetime = WHEN, pdf: bytes | None = None) -> bytes:
        """Return a PDF sealed by the product."""
        who = self.identity(at=at, stamped=level != "B-B")
        mark = Mark(("BẢN SAO SỐ HÓA",), None, FONT)
        words = {"name": None, "reason": None, "location": None}
        sealed = seal_pdf(pdf or paper(), identity=who, mark=mark, when=at, level=f"PAdES-{level}", **words)
        return sealed.pdf

    def seal_bytes(self, data: bytes = MANIFEST, *, stamped: bool = True) -> bytes:
        return seal_bytes(data, identity=self.identity(stamped=stamped), when=WHEN)


def paper(pages: int = 1, text: str = "Ho so so 1") -> bytes:
    """Return an unsigned PDF with a line of text on each page."""
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        for number in range(pages):
            page = pdf.add_blank_page(page_size=(595, 842))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
            page.Contents = pdf.make_stream(f"BT /F1 12 Tf 72 700 Td ({text}, trang {number + 1}) Tj ET".encode())
        pdf.docinfo["/Title"] = "Giay chung nhan"
        pdf.save(file, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return file.getvalue()


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Return *pdf* with one more revision, in which *change* was made."""
    writer = quiet(pdf)
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def embedded(
    pdf: bytes,
    structure_over: Callable[[bytes], bytes],
    *,
    field: str = "Seal",
    box: tuple[int, int, int, int] | None = None,
    certify: bool = True,
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    digest: str = "sha256",
    at: datetime = WHEN,
) -> bytes:
    """Return *pdf* with whatever *structure_over* makes of the digest as its signature, in a roomy place."""
    steps = PdfCMSEmbedder(SigFieldSpec(field, on_page=0, box=box)).write_cms(field, quiet(pdf))
    next(steps)
    placeholder = SignatureObject(at, subfilter, None, None, None, bytes_reserved=16000)
    rules = SigMDPSetup(digest, certify=True, docmdp_perms=MDPPerm.NO_CHANGES) if certify else None
    steps.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=rules))
    prepared, output = steps.send(SigIOSetup(digest, in_place=True))
    steps.send(structure_over(prepared.document_digest))
    return bytes(output.getvalue())


def signed_by(
    signer: Pair,
    *issuers: Pair,
    pdf: bytes | None = None,
    stamper: HeldKeyTimestamper | None = None,
    digest: str = "sha256",
    pss: bool = False,
    **place: Any,
) -> bytes:
    """Return a file signed with a key and certificate that our own sealing may refuse, or does not know (PSS)."""
    der = signer.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register_multiple([to_asn1(issuer.certificate) for issuer in issuers])
    simple = SimpleSigner(
        signing_cert=to_asn1(signer.certificate),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=store,
        embed_roots=False,
        prefer_pss=pss,
    )

    def structure_over(hashed: bytes) -> bytes:
        work = simple.async_sign(hashed, digest, use_pades=True, timestamper=stamper)
        return bytes(wait_for(work).dump())

    return embedded(pdf or paper(), structure_over, digest=digest, **place)


def quiet(pdf: bytes) -> IncrementalPdfFileWriter:
    """Return a writer that leaves /Info alone."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer._update_meta = lambda: None  # type: ignore[method-assign]
    return writer


def with_store(
    pdf: bytes, certificates: Sequence[Pair] = (), crls: Sequence[bytes] = (), ocsps: Sequence[Any] = ()
) -> bytes:
    """Return *pdf* with validation data added in a revision of its own."""
    contents = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[-1].pkcs7_content
    output = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(
        output,
        contents.hex().upper().encode(),
        certs=[to_asn1(pair.certificate) for pair in certificates],
        crls=[asn1_crl.CertificateList.load(data) for data in crls],
        ocsps=list(ocsps),
    )
    return output.getvalue()


def with_stamp(pdf: bytes, stamper: HeldKeyTimestamper) -> bytes:
    """Return *pdf* with a time stamp over all of it."""
    return bytes(PdfTimeStamper(stamper).timestamp_pdf(quiet(pdf), "sha256").read())
