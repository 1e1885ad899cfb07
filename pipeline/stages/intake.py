"""The gate: what is this file really, and can all of it be read? One step an original.

A PDF that arrives signed is not taken apart: its signatures are looked at and it goes on byte for byte (NĐ 23/2025;
re-writing it would break them). Whether its signers are trusted is not decided here, only whether the file still is
what they signed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf

from pipeline.errors import Misconfigured, Rejected
from pipeline.pdf_pages import examine_pdf
from pipeline.pictures import examine, media_of
from pipeline.rules import in_force
from pipeline.stage import Bench, Made, versions
from signing import Trust, has_signature, verify_pdf

VERSION = 2
AREA = "work"
#: Codes that say a signed file was changed, whoever signed it.
_ALTERED = frozenset({"HASH_FAILURE", "SIG_CRYPTO_FAILURE", "DOCUMENT_CHANGED"})


def tools(engine: str) -> tuple[str, ...]:  # noqa: ARG001 -- the gate does not read
    """See `Stage.tools`."""
    return (*versions("pillow", "pikepdf", "pyhanko"), poppler_version(), f"rule {in_force().id}")


def seconds(params: Mapping[str, Any]) -> float:  # noqa: ARG001 -- nothing is known of the file yet
    """See `Stage.seconds`: chosen, not measured; long enough for any file of one counter, short for a waiting clerk."""
    return 120.0


def run(inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:  # noqa: ARG001
    """See `Stage.run`; the facts say media, pages, and for a signed PDF what its signatures say."""
    (path,) = inputs
    media = media_of(path)
    if media == "application/pdf":
        data = path.read_bytes()
        # Forms with Adobe's usage rights look signed and carry no signature of anybody.
        if has_signature(data) and (said := _signatures(data)):
            facts = {"signatures": said, "page_count": _page_count(data)}
            return Made(facts={"media": media, "signed": True, "pages": [], **facts})
        pages = examine_pdf(path)
    else:
        pages = examine(path, media)
    return Made(facts={"media": media, "signed": False, "pages": [page.to_json() for page in pages]})


def _signatures(data: bytes) -> list[dict[str, Any]]:
    report = verify_pdf(data, trust=Trust(()), now=datetime.now(UTC))
    if any(each.code in _ALTERED for each in report.signatures):
        raise Rejected("signature-broken")
    return [
        {
            "status": each.status,
            "code": each.code,
            "level": each.level,
            "signer": each.signer,
            "fingerprint": each.fingerprint,
            "time": each.signing_time.isoformat() if each.signing_time else None,
        }
        for each in report.signatures
    ]


def _page_count(data: bytes) -> int:
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            return len(pdf.pages)
    except pikepdf.PikepdfError as error:
        raise Rejected("pdf-broken") from error


@cache
def poppler_version() -> str:
    """Return "poppler <version>" of the installed programs."""
    try:
        said = subprocess.run(["pdftoppm", "-v"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S607
    except (OSError, subprocess.SubprocessError) as error:
        raise Misconfigured("program-missing", what="poppler-utils") from error
    return f"poppler {said.stderr.split()[2]}"
