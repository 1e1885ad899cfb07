"""What lies in a signature's structure (CMS): its signer, its stamp, certificates; nothing is checked here."""

from __future__ import annotations

from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.sign.general import CMSExtractionError, extract_certificate_info, find_cms_attribute_iter


def token_in(signer: cms.SignerInfo) -> cms.SignedData | None:
    """Return the first time stamp over *signer*."""
    for token in find_cms_attribute_iter(signer["unsigned_attrs"], "signature_time_stamp_token"):
        return token["content"]
    return None


def stamp_time(token: cms.SignedData) -> datetime:
    """Return the time *token* claims; it proves nothing yet."""
    time: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return time


def signer_of(signed: cms.SignedData) -> x509.Certificate | None:
    """Return the certificate of the only signer of *signed*, if it lies inside."""
    try:
        certificate: x509.Certificate = extract_certificate_info(signed).signer_cert
    except CMSExtractionError:
        return None
    return certificate


def certificates_in(signed: cms.SignedData) -> list[x509.Certificate]:
    """Return the certificates in *signed* and in its time stamps."""
    # an absent field is a Void, which has no length
    choices = signed["certificates"] if signed["certificates"] else ()
    held = [choice.chosen for choice in choices if choice.name == "certificate"]
    for signer in signed["signer_infos"]:
        tokens = find_cms_attribute_iter(signer["unsigned_attrs"], "signature_time_stamp_token")
        for token in tokens:
            held += certificates_in(token["content"])
    return held
