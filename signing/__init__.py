"""From a PDF to a sealed PDF, from bytes to a detached seal, and from these to a report.

It knows PDFs, keys and certificates; nothing of dossiers, of storage, or of how PDFs are made.
"""

from __future__ import annotations

from signing.appearance import Mark, mark_size
from signing.development import development_identity
from signing.errors import (
    DocumentUnsealable,
    IdentityUnusable,
    SealError,
    TimestampUnavailable,
    TrustUnreadable,
)
from signing.keys import Identity, check_identity, is_trial, pkcs12_identity
from signing.model import PdfReport, SignatureReport, Status
from signing.seal import Sealed, seal_bytes, seal_pdf
from signing.trust import Trust, load_trust
from signing.verify import has_signature, verify_bytes, verify_pdf

__all__ = [
    "DocumentUnsealable",
    "Identity",
    "IdentityUnusable",
    "Mark",
    "PdfReport",
    "SealError",
    "Sealed",
    "SignatureReport",
    "Status",
    "TimestampUnavailable",
    "Trust",
    "TrustUnreadable",
    "check_identity",
    "development_identity",
    "has_signature",
    "is_trial",
    "load_trust",
    "mark_size",
    "pkcs12_identity",
    "seal_bytes",
    "seal_pdf",
    "verify_bytes",
    "verify_pdf",
]
