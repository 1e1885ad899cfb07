"""Checks on the form of a seal: nothing may stand in it that neither is signed nor was checked.

pyHanko judges the cryptography and the certificates, and tolerates much in between: another version
number, a certificate nobody needs, letters of another case, attributes it does not know. Each of
these is a byte that could be altered unseen. What is refused here is reported INDETERMINATE, since
a stranger's seal may be sound and merely loose in its form.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from asn1crypto import cms, x509

from signing.verifying import der

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
TIMESTAMP_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")
#: RFC 5652, 5.1 and 5.3: both follow from the content, with certificates named by their issuer.
VERSION_1 = bytes.fromhex("020101")
VERSION_3 = bytes.fromhex("020103")
NULL = bytes.fromhex("0500")
#: RSASSA-PSS alone has parameters that matter; they take part in the check of the signature.
RSASSA_PSS = bytes.fromhex("06092a864886f70d01010a")

_UPPER = frozenset(b"0123456789ABCDEF")
_LOWER = frozenset(b"0123456789abcdef")


class FormFault(ValueError):
    """Something in the form of a seal is not vouched for; the message says what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a seal stands in a PDF."""

    #: The CMS structure, without its padding.
    cms: bytes
    #: End of the signed part, octets from the start of the file.
    end: int


def place_of(data: bytes, byte_range: Collection[object], contents: bytes) -> Place:
    """Return where the seal with *byte_range* stands in the PDF *data*.

    Args:
        data: the whole file.
        byte_range: the value of /ByteRange as read.
        contents: the value of /Contents as read, padding included.

    Raises:
        FormFault: /ByteRange leaves out anything else than the string /Contents, or the string is
            not plain hexadecimal digits of one case with zeros behind the structure.
    """
    numbers = [int(value) for value in byte_range if isinstance(value, int)]
    if len(numbers) != len(byte_range) or len(numbers) != 4:  # noqa: PLR2004 - two pairs
        raise FormFault("/ByteRange is not four numbers")
    zero, first, second, length = numbers
    if zero != 0 or not 0 < first < second or length < 0 or second + length > len(data):
        raise FormFault("/ByteRange does not describe two parts of the file")
    gap = data[first:second]
    if gap[:1] != b"<" or gap[-1:] != b">":
        raise FormFault("/ByteRange leaves out more, or less, than the string /Contents")
    digits = gap[1:-1]
    if not (_UPPER.issuperset(digits) or _LOWER.issuperset(digits)) or len(digits) % 2:
        raise FormFault("/Contents is not written in hexadecimal digits of one case")
    octets = bytes.fromhex(digits.decode())
    if octets != contents:
        raise FormFault("/Contents is not the string that /ByteRange leaves out")
    try:
        node, padding = der.read(octets)
    except der.NotDer as error:
        raise FormFault(f"/Contents holds no CMS structure: {error}") from error
    if padding.strip(b"\0"):
        raise FormFault("something stands in the padding of /Contents")
    return Place(node.raw, second + length)


def check_form(seal: bytes, *, vouched: Collection[bytes], token_vouched: Collection[bytes]) -> None:
    """Check that the CMS structure *seal* holds nothing that was not checked.

    Args:
        seal: ContentInfo, DER.
        vouched: certificates (DER) on the signer's path that was validated, root included.
        token_vouched: the same for the time stamp.

    Raises:
        FormFault: the first thing that is not vouched for.
    """
    try:
        token = _check_signed_data(seal, DATA, VERSION_1, vouched)
        if token is not None:
            check_token(token, vouched=token_vouched)
    except der.NotDer as error:
        raise FormFault(f"the seal is not in the one form DER allows: {error}") from error


def check_token(token: bytes, *, vouched: Collection[bytes]) -> None:
    """Check the same for a time-stamp token."""
    try:
        if _check_signed_data(token, TST_INFO, VERSION_3, vouched) is not None:
            raise FormFault("the time stamp is itself stamped")
    except der.NotDer as error:
        raise FormFault(f"the time stamp is not in the one form DER allows: {error}") from error


def _check_signed_data(seal: bytes, content_type: bytes, version: bytes, vouched: Collection[bytes]) -> bytes | None:
    """Check one SignedData (RFC 5652, 5.1); return the time-stamp token in it, if there is one."""
    kind, wrapper = _exactly(der.read_only(seal).expect(der.SEQUENCE), 2)
    (body,) = _exactly(wrapper.expect(0xA0), 1)
    if kind.raw != SIGNED_DATA:
        raise FormFault("the seal is of another kind than signed data")
    # five, no more: a sixth would hold revocation data, which belongs into the PDF, not here
    number, digests, content, certificates, signers = _exactly(body.expect(der.SEQUENCE), 5)
    if number.raw != version:
        raise FormFault("the seal has the wrong version number")
    _check_content(content, content_type)
    (signer,) = _exactly(signers.expect(der.SET), 1)
    fields = signer.expect(der.SEQUENCE).children()
    if len(fields) not in {6, 7}:
        raise FormFault("the signer's part has too many or too few fields")
    signer_version, name, digest, attributes, algorithm, signature = fields[:6]
    (digest_again,) = _exactly(digests.expect(der.SET), 1)
    if signer_version.raw != VERSION_1 or digest_again.raw != digest.raw:
        raise FormFault("the signer's part contradicts what stands around it")
    _check_algorithm(digest)
    _check_algorithm(algorithm)
    attributes.expect(0xA0)
    signature.expect(der.OCTET_STRING)
    held = [child.raw for child in certificates.expect(0xA0).children()]
    _check_certificates(held, name.raw, vouched)
    return _token_in(fields[6]) if len(fields) == 7 else None  # noqa: PLR2004 - the seventh field


def _check_content(content: der.Node, content_type: bytes) -> None:
    parts = content.expect(der.SEQUENCE).children()
    if parts[0].raw != content_type:
        raise FormFault("the seal is over another kind of content")
    if content_type == DATA:
        if len(parts) != 1:
            raise FormFault("the seal brings its own content along")
        return
    (inner,) = _exactly(_exactly(content, 2)[1].expect(0xA0), 1)
    inner.expect(der.OCTET_STRING)


def _check_algorithm(algorithm: der.Node) -> None:
    name, *parameters = algorithm.expect(der.SEQUENCE).children()
    if name.raw != RSASSA_PSS and [part.raw for part in parameters] not in ([], [NULL]):
        raise FormFault("an algorithm has parameters it does not take")


def _check_certificates(held: list[bytes], name: bytes, vouched: Collection[bytes]) -> None:
    if len(set(held)) != len(held):
        raise FormFault("a certificate stands in the seal twice")
    names = set()
    for raw in held:
        if raw not in vouched:
            raise FormFault("a certificate stands in the seal that no checked path needs")
        certificate = x509.Certificate.load(raw)
        _check_certificate(certificate)
        names.add(_name_of(certificate))
    if name not in names:
        # names are compared without regard to case when a path is built
        raise FormFault("the signer is not named as in its certificate")


def _check_certificate(certificate: x509.Certificate) -> None:
    """Check what the issuer's signature does not cover (RFC 5280, 4.1.1.2: the two must agree)."""
    _, outer, value = _exactly(der.read_only(certificate.dump()), 3)
    inner = certificate["tbs_certificate"]["signature"].dump()
    if outer.raw != inner or value.content[:1] != b"\0":
        raise FormFault("a certificate in the seal is not in the form its issuer gave it")


def _name_of(certificate: x509.Certificate) -> bytes:
    name: bytes = cms.IssuerAndSerialNumber(
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    ).dump()
    return name


def _token_in(unsigned: der.Node) -> bytes:
    """Return the one time-stamp token, the only unsigned attribute that can be checked."""
    (attribute,) = _exactly(unsigned.expect(0xA1), 1)
    kind, values = _exactly(attribute.expect(der.SEQUENCE), 2)
    if kind.raw != TIMESTAMP_TOKEN:
        raise FormFault("an attribute stands in the seal that nothing covers")
    (token,) = _exactly(values.expect(der.SET), 1)
    return token.raw


def _exactly(node: der.Node, count: int) -> list[der.Node]:
    children = node.children()
    if len(children) != count:
        raise FormFault(f"the seal has {len(children)} parts where {count} must stand")
    return children
