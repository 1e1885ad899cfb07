"""What an ETSI report speaks of (certificates, revocation answers, files): each once, told by its SHA-256."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from xml.etree import ElementTree as ET

from pipeline.reports.plain import stamp
from signing import SignatureReport

_ETSI = "http://uri.etsi.org/19102/v1.2.1#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_URN = "urn:etsi:019102"


def put(parent: ET.Element, name: str, text: str | None = None, *, space: str = _ETSI, **attributes: str) -> ET.Element:
    """Add an element, its text already plain, and return it."""
    element = ET.SubElement(parent, f"{{{space}}}{name}", attributes)
    element.text = text
    return element


def digest(element: ET.Element, sha256: str) -> None:
    """Write a SHA-256, hexadecimal, into an element of type DigestAlgAndValueType; no hash at all stays empty."""
    put(element, "DigestMethod", space=_DS, Algorithm=_SHA256)
    try:
        raw = bytes.fromhex(sha256)
    except ValueError:
        raw = b""
    put(element, "DigestValue", b64encode(raw).decode(), space=_DS)


class Objects:
    """The validation objects of one report, in the order in which they are first spoken of."""

    def __init__(self, made_at: datetime) -> None:
        self._made_at = made_at
        self._seen: dict[tuple[str, str], str] = {}

    def document(self, sha256: str) -> str:
        """Return the name of a file that was judged."""
        return self._name("D", "signedData", sha256)

    def certificate(self, sha256: str) -> str:
        """Return the name of a certificate."""
        return self._name("C", "certificate", sha256)

    def related(self, report: SignatureReport) -> list[str]:
        """Return the names of the revocation answers, and of the certificates of time-stamping authorities."""
        kinds = {"crl": "CRL", "ocsp": "OCSPResponse"}
        answers = [self._name("R", kinds[used.kind], used.sha256) for used in report.revocation]
        return list(dict.fromkeys([*answers, *(self.certificate(seen.fingerprint) for seen in report.timestamps)]))

    def write(self, root: ET.Element) -> None:
        """Add the list of all objects."""
        if not self._seen:
            return
        listed = put(root, "SignatureValidationObjects")
        for (kind, sha256), name in self._seen.items():
            entry = put(listed, "ValidationObject", id=name)
            put(entry, "ObjectType", f"{_URN}:validationObject:{kind}")
            digest(put(put(entry, "ValidationObjectRepresentation"), "DigestAlgAndValue"), sha256)
            proof = put(entry, "POE")
            put(proof, "POETime", stamp(self._made_at))
            put(proof, "TypeOfProof", f"{_URN}:poetype:validation")

    def _name(self, letter: str, kind: str, sha256: str) -> str:
        return self._seen.setdefault((kind, sha256), f"{letter}-{len(self._seen) + 1}")
