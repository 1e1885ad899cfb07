"""From original pictures and their readings to one PDF/A-2u file (ISO 19005-2, level U).

`pictures` puts each picture in as it was scanned, `text` lays the invisible words over it, `metadata` says what the
file is, `build` joins them, `conformance` checks the bytes that came out. Nothing here knows of dossiers, tickets or
seals.
"""

from __future__ import annotations

from pipeline.assembly.build import AssembledPage, assemble
from pipeline.assembly.conformance import NotConforming, check_pdfa_2u

__all__ = ["AssembledPage", "NotConforming", "assemble", "check_pdfa_2u"]
