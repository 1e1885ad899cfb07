"""A certification and time-stamping authority for the bench, in a process of its own so that it takes none of our time.

``python seal_authority.py FOLDER`` writes ``agency.p12``, ``agency.pem``, ``root.pem`` and ``trust.pem``, prints its
host and port in one line, and answers until its input ends.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from authority import Authority, Holder, issue

KEY_BITS = 3072
LIFE = timedelta(days=36_500)


def main(folder: Path) -> None:
    """Serve until the input ends."""
    authority = Authority()
    authority.now = datetime.now(UTC)
    authority.stampers = {name: authority.stamper(name, life=LIFE) for name in authority.stampers}
    agency = issue(
        "Agency",
        authority.middle,
        life=LIFE,
        ocsp_url=f"{authority.url}/ocsp",
        crl_url=f"{authority.url}/crl/middle",
        key=rsa.generate_private_key(65537, KEY_BITS),
    )
    write(folder, agency, authority)
    print(authority.host, flush=True)  # noqa: T201 - the one line that our parent waits for
    sys.stdin.read()
    authority.close()


def write(folder: Path, agency: Holder, authority: Authority) -> None:
    """Write what those who seal and verify are given; the key is made for this run and thrown away with *folder*."""
    assert isinstance(agency.key, rsa.RSAPrivateKey)
    chain = [authority.middle.certificate, authority.root.certificate]
    open_key = serialization.NoEncryption()
    data = pkcs12.serialize_key_and_certificates(b"agency", agency.key, agency.certificate, chain, open_key)
    (folder / "agency.p12").write_bytes(data)
    pem = serialization.Encoding.PEM
    key = agency.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, open_key)
    (folder / "agency.pem").write_bytes(key + agency.certificate.public_bytes(pem))
    root, middle = authority.root.certificate.public_bytes(pem), authority.middle.certificate.public_bytes(pem)
    (folder / "root.pem").write_bytes(root)
    (folder / "trust.pem").write_bytes(root + middle)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
