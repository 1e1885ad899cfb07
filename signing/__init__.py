"""From a PDF to a sealed PDF, from bytes to a detached seal, and from these to a report.

It knows PDFs, keys and certificates; nothing of dossiers, of storage, or of how PDFs are made.
"""

from __future__ import annotations

from signing.authorities import AuthorityTimestamper, Evidence, Fetcher, KnownLists, OnlineRevocation
from signing.errors import (
    DocumentUnsealable,
    IdentityUnusable,
    KeyUnavailable,
    RevocationUnavailable,
    SealError,
    TimestampUnavailable,
    TrustUnreadable,
)
from signing.identity.development import development_identity
from signing.identity.keys import Identity, SealLevel, check_identity, is_trial, pkcs12_identity
from signing.identity.remote import csc_identity
from signing.identity.tokens import pkcs11_identity
from signing.model import PdfReport, SignatureReport, Status
from signing.sealing.appearance import Mark, mark_size
from signing.sealing.renew import needs_renewal, renew_pdf
from signing.sealing.seal import Seal, Sealed, seal_bytes, seal_file, seal_pdf
from signing.seeing.seen import compare_seen
from signing.seeing.seen_model import Limits, SeenReport
from signing.seeing.seen_picture import picture_of
from signing.trust import Trust, load_trust
from signing.verifying.verify import has_signature, verify_bytes, verify_pdf

__all__ = [
    "AuthorityTimestamper",
    "DocumentUnsealable",
    "Evidence",
    "Fetcher",
    "Identity",
    "IdentityUnusable",
    "KeyUnavailable",
    "KnownLists",
    "Limits",
    "Mark",
    "OnlineRevocation",
    "PdfReport",
    "RevocationUnavailable",
    "Seal",
    "SealError",
    "SealLevel",
    "Sealed",
    "SeenReport",
    "SignatureReport",
    "Status",
    "TimestampUnavailable",
    "Trust",
    "TrustUnreadable",
    "check_identity",
    "compare_seen",
    "csc_identity",
    "development_identity",
    "has_signature",
    "is_trial",
    "load_trust",
    "mark_size",
    "needs_renewal",
    "picture_of",
    "pkcs11_identity",
    "pkcs12_identity",
    "renew_pdf",
    "seal_bytes",
    "seal_file",
    "seal_pdf",
    "verify_bytes",
    "verify_pdf",
]
