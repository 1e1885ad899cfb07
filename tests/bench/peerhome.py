"""The virtual environment of the peer: made once from requirements/bench.txt, never mixed with the product's own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from rich.console import Console
from sides import PEER_VERSION


class PeerMissing(Exception):
    """The peer cannot be installed here; the message says what to do."""


def ready(home: Path, requirements: Path) -> Path:
    """Make *home* fit *requirements* unless it is; return the ``bin`` folder.

    Raises:
        PeerMissing: the packages cannot be had, or the peer is of another version than the figures are quoted for.
    """
    mark, programs = home / "requirements.sha256", home / "bin"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (mark.is_file() and mark.read_text(encoding="ascii") == wanted):
        Console(stderr=True).print(f"bench: installing the peer into {home}")
        venv.create(home, clear=True, with_pip=True)
        command = [programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements]
        if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
            raise PeerMissing(f"pip could not install {requirements}; run with --no-peer, or look at its message above")
        mark.write_text(wanted, encoding="ascii")
    told = subprocess.run(
        [programs / "ocrmypdf", "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not f"{told}.".startswith(f"{PEER_VERSION}."):
        raise PeerMissing(f"{requirements} brought OCRmyPDF {told}, not {PEER_VERSION}")
    return programs
