"""From a PDF to a sealed PDF, from bytes to a detached seal, and from these to a report.

It knows PDFs, keys and certificates; nothing of dossiers, of storage, or of how PDFs are made.
"""

from __future__ import annotations

from pyhanko.sign.timestamps import TimeStamper

from signing.authorities import AuthorityTimestamper, Evidence, Fetcher, KnownLists, OnlineRevocation
from signing.batches.batch import MOST_EVIDENCE, Batch, evidence_end, inclusion, seal_batch, verify_inclusion
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
from signing.sealing.lasting import check_seal, next_end, seal_end, trust_of
from signing.sealing.layout import Mark, mark_shapes, mark_size
from signing.sealing.renew import RENEW_BEFORE, renew_pdf, stamp_end
from signing.sealing.seal import Approval, Seal, Sealed, seal_bytes, seal_file, seal_pdf
from signing.seeing.seen import compare_seen
from signing.seeing.seen_model import Limits, SeenReport
from signing.seeing.seen_picture import first_page_of, picture_of
from signing.trust import Trust, load_trust
from signing.verifying.verify import has_signature, verify_bytes, verify_pdf

__all__ = [
    "MOST_EVIDENCE",
    "RENEW_BEFORE",
    "Approval",
    "AuthorityTimestamper",
    "Batch",
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
    "TimeStamper",
    "TimestampUnavailable",
    "Trust",
    "TrustUnreadable",
    "check_identity",
    "check_seal",
    "compare_seen",
    "csc_identity",
    "development_identity",
    "evidence_end",
    "first_page_of",
    "has_signature",
    "inclusion",
    "is_trial",
    "load_trust",
    "mark_shapes",
    "mark_size",
    "next_end",
    "picture_of",
    "pkcs11_identity",
    "pkcs12_identity",
    "renew_pdf",
    "seal_batch",
    "seal_bytes",
    "seal_end",
    "seal_file",
    "seal_pdf",
    "stamp_end",
    "trust_of",
    "verify_bytes",
    "verify_inclusion",
    "verify_pdf",
]
