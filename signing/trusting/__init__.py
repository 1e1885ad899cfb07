"""Named sets of what a verifier trusts: kept on disk, begun by a person, renewed by command, undone when need be.

A set begins with a fingerprint that a person confirms, and no renewal can widen what that person meant. Nothing here
judges a signature (`signing.verifying`), and no certificate of anybody comes with these sources.
"""

from __future__ import annotations

from signing.trusting.changing import (
    FETCH_TIMEOUT_S,
    Change,
    Obtain,
    Order,
    differs,
    first_state,
    is_address,
    next_state,
    obtain_with,
    offered,
)
from signing.trusting.content import Content
from signing.trusting.model import (
    CertificateFacts,
    Listed,
    ListFacts,
    Member,
    Refused,
    SetTrouble,
    TrustSet,
    facts_of,
    fingerprint_in,
    is_name,
    list_facts,
)
from signing.trusting.sets import NoSuchSet, TrustSets

__all__ = [
    "FETCH_TIMEOUT_S",
    "CertificateFacts",
    "Change",
    "Content",
    "ListFacts",
    "Listed",
    "Member",
    "NoSuchSet",
    "Obtain",
    "Order",
    "Refused",
    "SetTrouble",
    "TrustSet",
    "TrustSets",
    "differs",
    "facts_of",
    "fingerprint_in",
    "first_state",
    "is_address",
    "is_name",
    "list_facts",
    "next_state",
    "obtain_with",
    "offered",
]
