"""Does a signed PDF show what was signed? Its revisions drawn and compared, in processes that may be killed."""

from __future__ import annotations
