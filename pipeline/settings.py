"""The environment, read once at the door into one frozen value. Nothing else reads it.

Secrets are never given here, only the file that holds them (`SOHOA_SIGNING_P12_PASSWORD_FILE`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import Misconfigured
from pipeline.filed import SIDECARS

_PREFIX = "SOHOA_"
#: What `SOHOA_ENGINE` may say; `pipeline.engines` makes them.
ENGINES = ("tesserocr", "pytesseract")
#: What `SOHOA_SEAL_LEVEL` may say (PAdES, EN 319 142-1).
SEAL_LEVELS = ("B-B", "B-T", "B-LTA")
_MOST_WORKERS = 256
_CHOICES = {"engine": ENGINES, "seal_level": SEAL_LEVELS}
_LISTS = ("tsa", "fetch_allow")
_WORDS = ("signing_token", "signing_csc", "signing_client", "signing_key")


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is the variable ``SOHOA_<FIELD>``."""

    #: Folder of everything we keep: store, ledger, development identity.
    var: Path = Path("var")
    #: Pages read side by side; 0 means one for each processor we may use.
    workers: int = 0
    #: Which OCR engine: ``tesserocr`` (in the process, faster) or ``pytesseract`` (calls the program).
    engine: str = "tesserocr"
    #: The agency's key and certificate (PKCS#12); None means the development identity, for trial only.
    signing_p12: Path | None = None
    #: File whose first line is the password of `signing_p12`.
    signing_p12_password_file: Path | None = None
    #: The maker's PKCS#11 library of a token or HSM that holds the agency's key, and the label of the token.
    signing_pkcs11: Path | None = None
    signing_token: str = ""
    #: A remote signing service (Cloud Signature Consortium API, version 2), our name there, and the file of our secret.
    signing_csc: str = ""
    signing_client: str = ""
    signing_client_secret_file: Path | None = None
    #: Label of the key in the token (not needed where there is one), or name of the credential at the service.
    signing_key: str = ""
    #: File whose first line is the PIN of the token or of the credential.
    signing_pin_file: Path | None = None
    #: What a seal proves: B-B, B-T or B-LTA. Empty: B-LTA, and without an authority for stamps nothing is sealed.
    seal_level: str = ""
    #: Addresses of time-stamping authorities, asked in this order.
    tsa: tuple[str, ...] = ()
    #: Hosts, with a port where it is not the usual one, that stamps, revocation lists and answers may be had from.
    fetch_allow: tuple[str, ...] = ()
    #: PEM file of roots and revocation lists that our own seals are verified with; None: the development root.
    trust: Path | None = None
    #: What to write beside each PDF: kinds of `pipeline.filed.SIDECARS`, in ``SOHOA_SIDECAR`` with commas between.
    sidecar: frozenset[str] = frozenset()

    @property
    def worker_count(self) -> int:
        """How many pages are read side by side."""
        return self.workers or len(os.sched_getaffinity(0))


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that *environment* asks for.

    Raises:
        Misconfigured: ``setting-unknown`` for a ``SOHOA_`` variable that is none of ours (most often a misspelling),
            ``setting-invalid`` for a value that cannot be used.
    """
    known = {f"{_PREFIX}{field.name.upper()}": field.name for field in fields(Settings)}
    given = {name: text for name, text in environment.items() if name.startswith(_PREFIX)}
    for name in given:
        if name not in known:
            raise Misconfigured("setting-unknown", name=name, known=", ".join(known))
    values: dict[str, Any] = {known[name]: _value(name, known[name], text) for name, text in given.items() if text}
    return Settings(**values)


def sidecar_kinds(text: str) -> tuple[frozenset[str], list[str]]:
    """Return the kinds of sidecars that ``txt,alto`` names, and what in it is no such kind."""
    named = [each.strip().lower() for each in text.split(",") if each.strip()]
    return frozenset(named) & frozenset(SIDECARS), [each for each in named if each not in SIDECARS]


def _value(name: str, field: str, text: str) -> Path | int | str | frozenset[str] | tuple[str, ...]:
    if field == "workers":
        if not text.isdecimal() or int(text) > _MOST_WORKERS:
            raise Misconfigured("setting-invalid", name=name, problem=f"0…{_MOST_WORKERS}")
        return int(text)
    if choices := _CHOICES.get(field):
        if text not in choices:
            raise Misconfigured("setting-invalid", name=name, problem=" | ".join(choices))
        return text
    if field in _LISTS:
        return tuple(each.strip() for each in text.split(",") if each.strip())
    if field in _WORDS:
        return text
    if field == "sidecar":
        kinds, unknown = sidecar_kinds(text)
        if unknown:
            raise Misconfigured("setting-invalid", name=name, problem=f"{unknown[0]} ({' | '.join(SIDECARS)})")
        return kinds
    return Path(text)
