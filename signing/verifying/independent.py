"""A second opinion on a seal, small enough to be read in one sitting; not a judgement of certificates.

It shares nothing with pyHanko but asn1crypto, a parser: the place of the signature is found by
scanning the bytes, digests are `hashlib`'s and signatures `cryptography`'s. What it answers is only
whether these bytes were signed with the key of the certificate that the seal names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from asn1crypto import algos, cms, tsp, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signing.verifying import der

Answer = Literal["passed", "failed", "unknown"]
#: Bytes that are signed one after the other; parts of a large file are not copied.
Parts = tuple[bytes | memoryview, ...]

#: At most ten digits a number: PDF offsets beyond 10 GB do not exist, and `int` must not be fed megabytes.
_BYTE_RANGE = re.compile(
    rb"/ByteRange\s{0,64}\[\s{0,64}(\d{1,10})\s{1,64}(\d{1,10})\s{1,64}(\d{1,10})\s{1,64}(\d{1,10})\s{0,64}\]"
)
#: How far around the string /Contents its object is looked for, octets.
_AROUND = 65_536
_SHA1 = "sha1"


@dataclass(frozen=True, slots=True)
class Opinion:
    """The answer and the sentence that goes with it."""

    answer: Answer
    reason: str
    #: Sub-indication that goes with "failed".
    code: str = "GENERIC"


@dataclass(frozen=True, slots=True)
class Span:
    """The four numbers of one /ByteRange, octets from the start of the file, and where it is written."""

    numbers: tuple[int, int, int, int]
    written_at: int


class _Refused(Exception):
    """The seal is proved not to hold."""

    def __init__(self, reason: str, code: str = "FORMAT_FAILURE") -> None:
        super().__init__(reason)
        self.code = code


class _Unclear(Exception):
    """The seal uses something that this check does not know."""


def spans_in(pdf: bytes) -> tuple[Span, ...]:
    """Return every /ByteRange written plainly in *pdf*, wherever it stands."""
    return tuple(
        Span((int(m[1]), int(m[2]), int(m[3]), int(m[4])), m.start())  # a comprehension over m[1:] loses the length
        for m in _BYTE_RANGE.finditer(pdf)
    )


def opinion_at(pdf: bytes, spans: tuple[Span, ...], *, gap: tuple[int, int]) -> Opinion:
    """Check the signature whose string /Contents fills *gap* (start and end, octets).

    Args:
        pdf: the whole file.
        spans: what `spans_in` gave.
        gap: what the /ByteRange in question leaves out.
    """
    mine = [span for span in spans if span.numbers[1:3] == gap]
    if len(mine) != 1:
        return Opinion("unknown", f"{len(mine)} /ByteRange in the file leave out this place")

    def check() -> None:
        contents, covered, around = _placed(pdf, mine[0])
        if b"/ETSI.RFC3161" in around:
            _check_token(contents, covered)
        else:
            _check_seal(contents, covered, named=b"/ETSI.CAdES.detached" in around)

    return _opinion(check)


def opinion_on(data: bytes, p7s: bytes) -> Opinion:
    """Check the detached seal *p7s* (DER) over exactly *data*."""
    return _opinion(lambda: _check_seal(p7s, (data,), named=True))


def opinion_on_stamp(token: bytes, data: bytes) -> Opinion:
    """Check the time-stamp token *token* (DER) over exactly *data*."""
    return _opinion(lambda: _check_token(token, (data,)))


def _opinion(check: Callable[[], object]) -> Opinion:
    try:
        check()
    except _Refused as refused:
        return Opinion("failed", str(refused), refused.code)
    except Exception as error:  # noqa: BLE001 - asn1crypto raises what its parser stumbles on
        return Opinion("unknown", f"{type(error).__name__}: {error}")
    return Opinion("passed", "the bytes are those that were signed")


def _placed(pdf: bytes, span: Span) -> tuple[bytes, Parts, bytes]:
    """Return the CMS structure, the signed bytes, and the object around the structure."""
    zero, first, second, length = span.numbers
    end = second + length
    if zero != 0 or not 0 < first < second or end > len(pdf):
        raise _Refused("/ByteRange overlaps itself or leaves the file")
    if pdf[first : first + 1] != b"<" or pdf[second - 1 : second] != b">":
        raise _Refused("/ByteRange leaves out more, or less, than a string")
    if not pdf[max(0, first - 80) : first].rstrip(b"\0\t\n\f\r ").endswith(b"/Contents"):
        raise _Refused("/ByteRange leaves out something else than /Contents")
    start = pdf.rfind(b" obj", max(0, first - _AROUND), first)
    stop = pdf.find(b"endobj", second, second + _AROUND)
    if start < 0 or stop < 0 or not start < span.written_at < stop:
        raise _Refused("/ByteRange stands in another object than /Contents")
    try:
        octets = bytes.fromhex(pdf[first + 1 : second - 1].decode("ascii"))
        node, padding_ = der.read(octets)
    except (ValueError, UnicodeDecodeError) as error:
        raise _Refused("/Contents holds no structure in hexadecimal digits") from error
    if padding_.strip(b"\0"):
        raise _Refused("something stands behind the structure in /Contents")
    whole = memoryview(pdf)
    return node.raw, (whole[:first], whole[second:end]), pdf[start:first] + pdf[second:stop]


def _check_seal(seal: bytes, covered: Parts, *, named: bool) -> None:
    """Check a detached signature and every time stamp over it; *named* demands the name of the certificate."""
    signed = _signed_data(seal)
    if signed["encap_content_info"]["content_type"].native != "data" or signed["encap_content_info"]["content"]:
        raise _Refused("the seal brings its own content along")
    signer = _check_signer(signed, covered, named=named)
    for attribute in signer["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            for token in attribute["values"]:
                _check_token(token.dump(), (signer["signature"].native,))


def _check_token(token: bytes, covered: Parts) -> None:
    """Check a time-stamp token (RFC 3161) over *covered*."""
    signed = _signed_data(token)
    if signed["encap_content_info"]["content_type"].native != "tst_info":
        raise _Refused("the time stamp holds something else than a time")
    content = bytes(signed["encap_content_info"]["content"])
    imprint = tsp.TSTInfo.load(content, strict=True)["message_imprint"]
    if imprint["hashed_message"].native != _digest(imprint["hash_algorithm"]["algorithm"].native, covered):
        raise _Refused("the time stamp is over other bytes", "HASH_FAILURE")
    _check_signer(signed, (content,), named=True)


def _signed_data(seal: bytes) -> cms.SignedData:
    message = cms.ContentInfo.load(seal, strict=True)
    if message["content_type"].native != "signed_data":
        raise _Refused("the structure is no signed data")
    return message["content"]


def _check_signer(signed: cms.SignedData, content: Parts, *, named: bool) -> cms.SignerInfo:
    """Check the one signer of *signed* over *content*."""
    if len(signed["signer_infos"]) != 1:
        raise _Refused(f"{len(signed['signer_infos'])} signers stand where one must")
    signer = signed["signer_infos"][0]
    if not signer["signed_attrs"]:
        raise _Unclear("the signature has no signed attributes")
    # signed is the encoding as a SET (RFC 5652, 5.4), not with the tag it has inside; taken before anything looks into
    # it, since asn1crypto then encodes it anew: 10 ms a file, and no longer the very bytes
    message = b"\x31" + signer["signed_attrs"].dump()[1:]
    attributes = _attributes(signer)
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if attributes.get("content_type") != signed["encap_content_info"]["content_type"].native:
        raise _Refused("the signature is over another kind of content")
    if attributes.get("message_digest") != _digest(algorithm, content):
        raise _Refused("the bytes are not those that were signed", "HASH_FAILURE")
    certificate = _certificate_of(signed, signer)
    _check_name(attributes, certificate, named=named)
    _check_signature(certificate, signer, message)
    return signer


def _attributes(signer: cms.SignerInfo) -> dict[str, object]:
    """Return the signed attributes by name; each may stand once, with one value."""
    found: dict[str, object] = {}
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        if name in found or len(attribute["values"]) != 1:
            raise _Refused(f"the attribute {name} stands twice")
        value = attribute["values"][0]
        found[name] = value if name.startswith("signing_certificate") else value.native
    return found


def _certificate_of(signed: cms.SignedData, signer: cms.SignerInfo) -> x509.Certificate:
    sid = signer["sid"]
    for choice in signed["certificates"] or ():
        if choice.name != "certificate":
            continue
        certificate: x509.Certificate = choice.chosen
        if sid.name == "issuer_and_serial_number":
            same = (certificate.issuer, certificate.serial_number) == (
                sid.chosen["issuer"],
                sid.chosen["serial_number"].native,
            )
        else:
            same = certificate.key_identifier == sid.chosen.native
        if same:
            return certificate
    raise _Unclear("the signer's certificate does not lie in the seal")


def _check_name(attributes: dict[str, object], certificate: x509.Certificate, *, named: bool) -> None:
    """Check that the signed attributes name *certificate* (ESS, RFC 5035), or that they need not."""
    encoded = certificate.dump()
    current, old = attributes.get("signing_certificate_v2"), attributes.get("signing_certificate")
    if isinstance(current, tsp.SigningCertificateV2):
        first = current["certs"][0]
        digest = _digest(first["hash_algorithm"]["algorithm"].native, (encoded,))
    elif isinstance(old, tsp.SigningCertificate):
        first, digest = old["certs"][0], _digest(_SHA1, (encoded,))
    elif named:
        raise _Refused("no signed attribute names the signer's certificate")
    else:
        return
    if first["cert_hash"].native != digest:
        raise _Refused("the signed attributes name another certificate")


def _check_signature(certificate: x509.Certificate, signer: cms.SignerInfo, message: bytes) -> None:
    algorithm, signature = signer["signature_algorithm"], signer["signature"].native
    key = serialization.load_der_public_key(certificate.public_key.dump())
    try:
        name = algorithm.hash_algo
    except ValueError:  # "rsa" alone says no digest
        name = signer["digest_algorithm"]["algorithm"].native
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _padding(algorithm), _hash(name))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(_hash(name)))
        else:
            raise _Unclear(f"keys of the kind {certificate.public_key.algorithm} are not known here")
    except InvalidSignature as error:
        reason = "the signature was not made with the key of its certificate"
        raise _Refused(reason, "SIG_CRYPTO_FAILURE") from error
    except UnsupportedAlgorithm as error:
        raise _Unclear(str(error)) from error


def _padding(algorithm: algos.SignedDigestAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.signature_algo != "rsassa_pss":
        return padding.PKCS1v15()
    parameters = algorithm["parameters"]
    mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
    return padding.PSS(padding.MGF1(_hash(mask)), parameters["salt_length"].native)


_HASHES: dict[str, type[hashes.SHA1 | hashes.SHA224 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    _SHA1: hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def _hash(name: str) -> hashes.HashAlgorithm:
    if name not in _HASHES:
        raise _Unclear(f"the digest {name} is not known here")
    return _HASHES[name]()


def _digest(name: str, parts: Parts) -> bytes:
    if name not in _HASHES:
        raise _Unclear(f"the digest {name} is not known here")
    state = hashlib.new(name, usedforsecurity=name != _SHA1)
    for part in parts:
        state.update(part)
    return state.digest()
