"""Those who vouch for us over the network: time stamps, and answers on revocation.

Nothing here decides whether a seal may be made (`signing.identity.keys`, `signing.sealing.seal`); nothing verifies a
finished one, which must work without a network.
"""

from __future__ import annotations

from signing.authorities.evidence import Evidence
from signing.authorities.http import Fetcher
from signing.authorities.revocation import KnownLists, OnlineRevocation, Revocation
from signing.authorities.tsa import AuthorityTimestamper

__all__ = ["AuthorityTimestamper", "Evidence", "Fetcher", "KnownLists", "OnlineRevocation", "Revocation"]
