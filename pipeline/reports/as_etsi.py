"""A verification report for other validators: XML as in ETSI TS 119 102-2 (namespace v1.2.1).

One SignatureValidationReport for each signature, with the certificates, revocation answers and the file as validation
objects, told by their SHA-256. One thing that the standard has room for is not in it, because the findings do not hold
it: the objects themselves. Hashes and folders have no place in the standard; `as_json` has them. It is not signed.
"""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

from pipeline.reports.gather import FileReport, VerificationReport
from pipeline.reports.objects import Objects, digest, put
from pipeline.reports.plain import plain, stamp
from signing import SignatureReport

ETSI = "http://uri.etsi.org/19102/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
_URN = "urn:etsi:019102"
#: EN 319 102-1, 5.1.3. What is not in it is a word of ours and gets a name of ours.
SUB_INDICATIONS = frozenset(
    {
        "FORMAT_FAILURE",
        "HASH_FAILURE",
        "SIG_CRYPTO_FAILURE",
        "REVOKED",
        "EXPIRED",
        "NOT_YET_VALID",
        "SIG_CONSTRAINTS_FAILURE",
        "CHAIN_CONSTRAINTS_FAILURE",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "CRYPTO_CONSTRAINTS_FAILURE",
        "POLICY_PROCESSING_ERROR",
        "SIGNATURE_POLICY_NOT_AVAILABLE",
        "TIMESTAMP_ORDER_FAILURE",
        "NO_SIGNING_CERTIFICATE_FOUND",
        "NO_CERTIFICATE_CHAIN_FOUND",
        "REVOKED_NO_POE",
        "REVOKED_CA_NO_POE",
        "OUT_OF_BOUNDS_NO_POE",
        "OUT_OF_BOUNDS_NOT_REVOKED",
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "NO_POE",
        "TRY_LATER",
        "SIGNED_DATA_NOT_FOUND",
    }
)
for _prefix, _uri in (("", ETSI), ("ds", DS), ("xades", XADES)):
    ET.register_namespace(_prefix, _uri)


def as_etsi(report: VerificationReport) -> bytes:
    """Return *report* as XML, UTF-8; a file without a signature gets one report that says so."""
    root = ET.Element(f"{{{ETSI}}}ValidationReport")
    objects = Objects(report.made_at)
    for number, file in enumerate(report.files, 1):
        if not any(each.what == "signature" for each in file.findings):
            continue
        document = objects.document(file.sha256) if file.sha256 else None
        for index, signature in enumerate(file.signatures, 1):
            _signature(root, file, signature, objects, at=report.made_at, name=f"S-{number}-{index}", document=document)
        if not file.signatures:
            _unsigned(root, file, name=f"S-{number}-0")
    if not len(root):
        _status(put(root, "SignatureValidationReport"), "INDETERMINATE", "SIGNED_DATA_NOT_FOUND")
    objects.write(root)
    ET.indent(root)
    written: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def _signature(
    root: ET.Element,
    file: FileReport,
    report: SignatureReport,
    objects: Objects,
    *,
    at: datetime,
    name: str,
    document: str | None,
) -> None:
    here = put(root, "SignatureValidationReport")
    _identifier(here, file, name, report.signed_attrs_sha256)
    _policy(here, file)
    _times(here, report, at)
    if document is not None and file.sha256 is not None:
        signed = put(here, "SignersDocument")
        digest(put(signed, "DigestAlgAndValue"), file.sha256)
        put(signed, "SignersDocumentRepresentation", VOReference=document)
    _attributes(here, report)
    _signer(here, report, objects)
    process = put(here, "SignatureValidationProcess")
    put(process, "SignatureValidationProcessID", f"{_URN}:validationprocess:{_process(report)}")
    _evidence(_status(here, report.status, report.code), report, objects)


def _unsigned(root: ET.Element, file: FileReport, *, name: str) -> None:
    here = put(root, "SignatureValidationReport")
    _identifier(here, file, name)
    finding = next(each for each in file.findings if each.what == "signature")
    main = {"passed": "TOTAL-PASSED", "failed": "TOTAL-FAILED", "indeterminate": "INDETERMINATE"}[finding.result]
    _status(here, main, finding.code)


def _identifier(here: ET.Element, file: FileReport, name: str, signed: str | None = None) -> None:
    """Name a signature: by the digest of what its signer *signed*, and by its file and number there."""
    identifier = put(here, "SignatureIdentifier", id=name)
    if signed is not None:
        digest(put(identifier, "DigestAlgAndValue"), signed)
    put(identifier, "HashOnly", "false")
    put(identifier, "DocHashOnly", "false")
    put(identifier, "DAIdentifier", f"{plain(file.path.name)}#{name.rsplit('-', 1)[1]}")


def _policy(here: ET.Element, file: FileReport) -> None:
    judged = next((each for each in file.findings if each.policy and each.policy_sha256), None)
    if judged is None or judged.policy_sha256 is None:
        return
    policy = put(put(here, "ValidationConstraintsEvaluationReport"), "SignatureValidationPolicy")
    known = put(put(policy, "SignaturePolicyIdentifier"), "SignaturePolicyId", space=XADES)
    put(put(known, "SigPolicyId", space=XADES), "Identifier", f"urn:sohoa:policy:{judged.policy_sha256}", space=XADES)
    digest(put(known, "SigPolicyHash", space=XADES), judged.policy_sha256)
    put(policy, "PolicyName", plain(judged.policy))


def _times(here: ET.Element, report: SignatureReport, at: datetime) -> None:
    """Tell when it was validated, and since when it is proved to exist: by a stamp, else by being seen now."""
    times = put(here, "ValidationTimeInfo")
    put(times, "ValidationTime", stamp(at))
    proved = report.best_time or report.timestamp_time
    best = put(times, "BestSignatureTime")
    put(best, "POETime", stamp(proved or at))
    put(best, "TypeOfProof", f"{_URN}:poetype:validation")


def _attributes(here: ET.Element, report: SignatureReport) -> None:
    if report.signing_time is None and not report.timestamps:
        return
    attributes = put(here, "SignatureAttributes")
    if report.signing_time is not None:
        put(put(attributes, "SigningTime", Signed="true"), "Time", stamp(report.signing_time))
    for kind, name in (("signature", "SignatureTimeStamp"), ("document", "DocTimeStamp")):
        for seen in report.timestamps:
            if seen.kind == kind:
                put(put(attributes, name), "TimeStampValue", stamp(seen.time))


def _signer(here: ET.Element, report: SignatureReport, objects: Objects) -> None:
    if report.fingerprint is None:
        return
    signer = put(here, "SignerInformation", Pseudonym="false")
    put(signer, "SignerCertificate", VOReference=objects.certificate(report.fingerprint))
    if report.signer:
        put(signer, "Signer", plain(report.signer))


def _status(here: ET.Element, main: str, code: str) -> ET.Element:
    status = put(here, "SignatureValidationStatus")
    put(status, "MainIndication", f"{_URN}:mainindication:{main.lower()}")
    if code != "OK":
        known = code in SUB_INDICATIONS
        put(status, "SubIndication", f"{_URN if known else 'urn:sohoa:019102'}:subindication:{plain(code)}")
    return status


def _evidence(status: ET.Element, report: SignatureReport, objects: Objects) -> None:
    related = objects.related(report)
    if not report.chain and not related:
        return
    data = put(status, "AssociatedValidationReportData")
    if report.chain:
        links = [objects.certificate(link.fingerprint) for link in report.chain]
        put(data, "TrustAnchor", VOReference=links[-1])
        chain = put(data, "CertificateChain")
        put(chain, "SigningCertificate", VOReference=links[0])
        for link in links[1:-1]:
            put(chain, "IntermediateCertificate", VOReference=link)
        put(chain, "TrustAnchor", VOReference=links[-1])
    for name in related:
        put(data, "RelatedValidationObject", VOReference=name)


def _process(report: SignatureReport) -> str:
    """Return which process of EN 319 102-1 the answer is of: basic, with time and long-term data, or archived."""
    if report.best_time_proof == "document-timestamp":
        return "LTA"
    return "LTVM" if report.best_time or report.timestamp_time else "Basic"
