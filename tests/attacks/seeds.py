"""The corpus: one small file for each kind of answer that fuzzing has met, kept beside this module, gzipped.

All are made by us, below a root whose key is written here for everybody to read, so that a seed of today is judged as
deeply by next year's run. `fuzz.py` adds to it and begins with it; `test_corpus.py` replays it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from attacks.office import MANIFEST, WHEN, YEAR, Pair, issue
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing import PdfReport, SignatureReport, Trust, verify_bytes, verify_pdf

CORPUS = Path(__file__).parent / "corpus"
_ROOT = CORPUS / "root.pem"
#: Octets: of one seed, unpacked, and of all of them, as they are kept.
MOST_SEED, MOST_CORPUS = 200_000, 2_000_000
#: Seeds of one status and code: parsers have hundreds of ways to say that a file is broken.
MOST_OF_A_CODE = 40
#: What differs between two details of one kind: names, numbers, what is quoted.
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|/[A-Za-z0-9_.]+|\b[0-9a-fA-F]{6,}\b|-?\d+|\[.*\]|\(.*\)")


@cache
def lasting_root() -> Pair:
    """Return the root that every run has; its key is no secret."""
    key = ec.derive_private_key(0x50484F41, ec.SECP256R1())
    if _ROOT.is_file():
        return Pair(key, x509.load_pem_x509_certificate(_ROOT.read_bytes()))
    made = issue("Root", None, kind="root", key=key, start=WHEN - 5 * YEAR, end=WHEN + 40 * YEAR)
    CORPUS.mkdir(exist_ok=True)
    _ROOT.write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))
    return made


@dataclass(frozen=True)
class Seed:
    """Bytes to judge: a PDF, or a detached seal over `MANIFEST`."""

    data: bytes
    seal: bool = False

    def judged(self, trust: Trust) -> PdfReport | SignatureReport:
        if self.seal:
            return verify_bytes(MANIFEST, self.data, trust=trust, now=WHEN)
        return verify_pdf(self.data, trust=trust, now=WHEN)


@dataclass(frozen=True)
class Kind:
    """A sort of answer."""

    status: str
    code: str
    #: The detail without what varies.
    said: str

    @property
    def name(self) -> str:
        """What a seed of this kind is called, without its digest."""
        return f"{self.status}-{self.code}"


def kind_of(report: PdfReport | SignatureReport) -> Kind:
    said = re.sub(r"\W+", " ", _VARYING.sub("", report.detail)).strip()[:100]
    return Kind(report.status, report.code, said)


def seeds() -> Iterator[tuple[Path, Seed]]:
    """Give what is kept."""
    for path in sorted(CORPUS.glob("*.gz")):
        yield path, Seed(gzip.decompress(path.read_bytes()), seal=path.name.endswith(".p7s.gz"))


def keep(kind: Kind, seed: Seed) -> bool:
    """Keep *seed* as the example of its *kind* if there is none, or a larger one, and room is left."""
    if len(seed.data) > MOST_SEED:
        return False
    end, packed = "p7s.gz" if seed.seal else "pdf.gz", gzip.compress(seed.data, 9, mtime=0)
    path = CORPUS / f"{kind.name}-{hashlib.sha256(kind.said.encode()).hexdigest()[:12]}.{end}"
    old = path.stat().st_size if path.is_file() else 0
    held = sum(each.stat().st_size for each in CORPUS.glob("*.gz"))
    if (old and old <= len(packed)) or held - old + len(packed) > MOST_CORPUS:
        return False
    if not old and len(list(CORPUS.glob(f"{kind.name}-*.{end}"))) >= MOST_OF_A_CODE:
        return False
    path.write_bytes(packed)
    return not old
