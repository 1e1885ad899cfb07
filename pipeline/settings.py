"""The environment and the file of settings, read once at the door into one frozen value. Nothing else reads them.

Secrets are never given here, only the file that holds them (`SOHOA_SIGNING_P12_PASSWORD_FILE`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from pipeline import addresses, config_file
from pipeline.errors import Misconfigured
from pipeline.filed import SIDECARS

_PREFIX = "SOHOA_"
#: What `SOHOA_ENGINE` may say; `pipeline.engines` makes them.
ENGINES = ("tesserocr", "pytesseract")
#: What `SOHOA_SEAL_LEVEL` may say (PAdES, EN 319 142-1).
SEAL_LEVELS = ("B-B", "B-T", "B-LTA")
#: What `SOHOA_SEAL_PROFILE` may say: the agency's seal alone, or an officer's signature before it.
BOTH_SIGN = "officer-agency"
SEAL_PROFILES = ("agency", BOTH_SIGN)
_MOST_WORKERS = 256
#: What `SOHOA_STORE_LOCK` may say (S3 Object Lock), and the most days of `SOHOA_STORE_RETENTION`: up to the year 2106
#: all servers count right.
STORE_LOCKS = ("compliance", "governance")
_MOST_RETENTION = 28_000
_CHOICES = {"engine": ENGINES, "seal_level": SEAL_LEVELS, "seal_profile": SEAL_PROFILES, "store_lock": STORE_LOCKS}
_LISTS = ("tsa", "fetch_allow", "trust", "inbox", "same_day")
_WORDS = tuple(f"{signer}_{what}" for signer in ("signing", "officer") for what in ("token", "csc", "client", "key"))
_WORDS += ("store_key", "store_region", "queue")
#: Most seconds that a deposit may be waited for: a day.
_MOST_QUIET = 86_400
#: Most MiB of `SOHOA_MEMORY`: 16 TiB, more than a machine has.
_MOST_MEMORY = 1 << 24


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is the variable ``SOHOA_<FIELD>``."""

    #: Folder of everything we keep: store, ledger, development identity.
    var: Path = Path("var")
    #: Address of a ledger on a PostgreSQL server, without a password; empty: a file of SQLite below `var`.
    ledger: str = ""
    #: File whose first line is the password of `ledger`.
    ledger_password_file: Path | None = None
    #: Address of an object server (S3), ``https://`` or ``http://`` and host; empty: a folder below `var`.
    store_url: str = ""
    #: The server's name for where it stands; most do not look at it.
    store_region: str = "us-east-1"
    #: PEM file of those who may have issued the server's certificate; None: the public ones.
    store_ca: Path | None = None
    #: Id of our key there, and the file whose first line is its secret.
    store_key: str = ""
    store_secret_file: Path | None = None
    #: What the names of our buckets begin with.
    store_prefix: str = "sohoa-"
    #: Who may remove what is locked: nobody (``compliance``), or who has the right to bypass (``governance``).
    store_lock: str = "compliance"
    #: Days for which evidence is locked from when it is stored: ten years (retention code 06, TT 05/2025).
    store_retention: int = 3653
    #: Encryption to ask for: ``s3`` (the server's key) or ``kms:<name of a key>``; empty: as the server does.
    store_encryption: str = ""
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
    #: Who signs: ``agency``, or ``officer-agency`` (an officer first).
    seal_profile: str = "agency"
    #: The officer's key: as the settings of the agency's, one for one.
    officer_p12: Path | None = None
    officer_p12_password_file: Path | None = None
    officer_pkcs11: Path | None = None
    officer_token: str = ""
    officer_csc: str = ""
    officer_client: str = ""
    officer_client_secret_file: Path | None = None
    officer_key: str = ""
    officer_pin_file: Path | None = None
    #: Address of a page that tells of a filed paper, to stand on it as a QR code; ``{dossier}`` and ``{sha256}`` (of
    #: the PDF before it is sealed) are filled in. Empty: no QR code.
    mark_link: str = ""
    #: What a seal proves: B-B, B-T or B-LTA. Empty: B-LTA, and without an authority for stamps nothing is sealed.
    seal_level: str = ""
    #: Addresses of time-stamping authorities, asked in this order.
    tsa: tuple[str, ...] = ()
    #: Hosts, with a port where it is not the usual one, that stamps, revocation lists and answers may be had from.
    fetch_allow: tuple[str, ...] = ()
    #: Trust sets by name (`pipeline.trust_sets`) and files of roots and revocation lists that seals are verified with;
    #: nothing: the development root.
    trust: tuple[str, ...] = ()
    #: Address of the queue, without a password: ``amqp://user@host:port/vhost`` or ``redis://host:port/number``; empty:
    #: everything in one process tree on this machine.
    queue: str = ""
    #: File whose first line is its password.
    queue_password_file: Path | None = None
    #: Where stations put their scans, as ``<station>/<dossier>/<file>``: folders, and ``s3://bucket/prefix`` on the
    #: server of `store_url`.
    inbox: tuple[str, ...] = ()
    #: Seconds for which a deposit must stand still to be taken: without a ticket, and with all files of its ticket.
    inbox_quiet: int = 60
    inbox_steady: int = 5
    #: Codes of procedures that are settled on the same day: their dossiers go first.
    same_day: tuple[str, ...] = ()
    #: Host and port where ``sohoa serve`` answers for health and numbers.
    health: str = "127.0.0.1:8350"
    #: Host and port of the pages and the interface for other software.
    web: str = "127.0.0.1:8351"
    #: File of those who may ask there (``sohoa web token``); none: this machine alone is answered.
    web_tokens_file: Path | None = None
    #: Where an OpenTelemetry collector takes traces (OTLP over HTTP), without a password; without a path,
    #: ``/v1/traces`` is meant. Empty: nobody is told.
    traces: str = ""
    #: MiB that all pages at work on this machine may be expected to take (`workers.admission`); 0: half of what the
    #: machine has, or the control group that we run in.
    memory: int = 0
    #: Where the one-stop software is told what became of dossiers: ``https://``, or ``http://`` on this machine and on
    #: hosts of the inner network that `fetch_allow` names; empty: nobody is told.
    notify_url: str = ""
    #: File whose first line is the secret that notices are signed with: ``whsec_`` and base64 of 24 to 64 bytes.
    notify_secret_file: Path | None = None
    #: What to write beside each PDF: kinds of `pipeline.filed.SIDECARS`, in ``SOHOA_SIDECAR`` with commas between.
    sidecar: frozenset[str] = frozenset()

    @property
    def worker_count(self) -> int:
        """How many pages are read side by side."""
        return self.workers or len(os.sched_getaffinity(0))


def variable(key: str) -> str:
    """Return the name of the variable of a setting."""
    return f"{_PREFIX}{key.upper()}"


def shapes() -> dict[str, type]:
    """Return every setting by its key, with what it is in a file: `int`, `bool`, `list` or `str`."""
    hints = {key: get_origin(hint) or hint for key, hint in get_type_hints(Settings).items()}
    lists = dict.fromkeys((tuple, frozenset), list)
    return {key: lists.get(hint, hint if hint in (int, bool) else str) for key, hint in hints.items()}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that *environment* and the file it names in ``SOHOA_CONFIG`` ask for; a variable wins.

    Raises:
        Misconfigured: ``setting-unknown`` for a ``SOHOA_`` variable that is none of ours (most often a misspelling),
            ``setting-invalid`` for a value that cannot be used, or as `pipeline.config_file.texts_in` raises.
    """
    known = {variable(field.name): field.name for field in fields(Settings)}
    given = {name: text for name, text in environment.items() if name.startswith(_PREFIX)}
    file = given.pop(config_file.VARIABLE, "")
    for name in given:
        if name not in known:
            raise Misconfigured("setting-unknown", name=name, known=", ".join((*known, config_file.VARIABLE)))
    filed = config_file.texts_in(Path(file), shapes()) if file else {}
    said = {key: (f"{key} ({file})", text) for key, text in filed.items()}
    said |= {known[name]: (name, text) for name, text in given.items() if text}
    values: dict[str, Any] = {key: _value(name, key, text) for key, (name, text) in said.items() if text}
    return Settings(**values)


def sidecar_kinds(text: str) -> tuple[frozenset[str], list[str]]:
    """Return the kinds of sidecars that ``txt,alto`` names, and what in it is no such kind."""
    named = [each.strip().lower() for each in text.split(",") if each.strip()]
    return frozenset(named) & frozenset(SIDECARS), [each for each in named if each not in SIDECARS]


def _value(name: str, field: str, text: str) -> Path | int | str | frozenset[str] | tuple[str, ...]:
    if reader := _READERS.get(field):
        return reader(name, text)
    if choices := _CHOICES.get(field):
        if text not in choices:
            raise Misconfigured("setting-invalid", name=name, problem=" | ".join(choices))
        return text
    if field in _LISTS:
        return tuple(each.strip() for each in text.split(",") if each.strip())
    return text if field in _WORDS else Path(text)


def _workers(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_WORKERS:
        raise Misconfigured("setting-invalid", name=name, problem=f"0…{_MOST_WORKERS}")
    return int(text)


def _seconds(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_QUIET:
        raise Misconfigured("setting-invalid", name=name, problem=f"0…{_MOST_QUIET}")
    return int(text)


def _memory(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_MEMORY:
        raise Misconfigured("setting-invalid", name=name, problem=f"0…{_MOST_MEMORY}")
    return int(text)


def _address(name: str, text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 -- the highest port
        raise Misconfigured("setting-invalid", name=name, problem="127.0.0.1:8350")
    return text


def _store_prefix(name: str, text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", text):
        raise Misconfigured("setting-invalid", name=name, problem="a-z 0-9 -")
    return text


def _store_retention(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_RETENTION:
        raise Misconfigured("setting-invalid", name=name, problem=f"1…{_MOST_RETENTION}")
    return int(text)


def _store_encryption(name: str, text: str) -> str:
    if not re.fullmatch(r"s3|kms:[\w./:-]{1,200}", text):
        raise Misconfigured("setting-invalid", name=name, problem="s3 | kms:<key>")
    return text


def _sidecar(name: str, text: str) -> frozenset[str]:
    kinds, unknown = sidecar_kinds(text)
    if unknown:
        raise Misconfigured("setting-invalid", name=name, problem=f"{unknown[0]} ({' | '.join(SIDECARS)})")
    return kinds


#: Settings that are read in a way of their own.
_READERS: Mapping[str, Callable[[str, str], Path | int | str | frozenset[str] | tuple[str, ...]]] = {
    "workers": _workers,
    "ledger": addresses.ledger,
    "inbox_quiet": _seconds,
    "inbox_steady": _seconds,
    "health": _address,
    "web": _address,
    "traces": addresses.collector,
    "memory": _memory,
    "sidecar": _sidecar,
    "mark_link": addresses.link,
    "notify_url": addresses.receiver,
    "store_url": addresses.store,
    "store_prefix": _store_prefix,
    "store_retention": _store_retention,
    "store_encryption": _store_encryption,
}
