"""Reports on what was verified, for whoever must rely on it: a clerk, an auditor, a court, another program.

`gather` makes one frozen `VerificationReport` of what `pipeline.checking` found, with pictures of first pages and of
pages that do not look as they were signed. `as_json` and `as_etsi` write it for machines. `sheet` puts it into
Vietnamese words and `trail` draws the chain; what they make is written by `as_html` and `as_pdf`, so that both say the
same. `page` has pages drawn, `plain` makes foreign text harmless. Nothing here judges, and nothing is fetched.
"""

from __future__ import annotations

from pipeline.reports.gather import FileReport, VerificationReport, gather

__all__ = ["FileReport", "VerificationReport", "gather"]
