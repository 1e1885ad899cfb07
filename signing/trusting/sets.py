"""Trust sets on disk: one folder each, changed by moving a link, with the state before the last change kept.

    <folder>/<name>/current -> 4       what counts
    <folder>/<name>/former  -> 3       what `undo` returns to
    <folder>/<name>/4/set.json         where it came from, when, and whom a person confirmed
    <folder>/<name>/4/trust.pem        certificates and revocation lists, for other programs too
    <folder>/<name>/4/fetched          the octets of the source, as they came

A crash leaves a numbered folder that no link names, which the next change removes. Whoever may write here decides
whom we trust: the folder must belong to the service alone. SHA-256 in ``set.json`` finds damage, not malice.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import pem

from signing.bundle import UNREADABLE, pem_blocks
from signing.errors import TrustUnreadable
from signing.trusting.model import Listed, Member, TrustSet, facts_of, is_name, list_facts

FORMAT = 1
_SET, _PEM, _FETCHED = "set.json", "trust.pem", "fetched"
_CURRENT, _FORMER, _BESIDE = "current", "former", ".beside"


class NoSuchSet(Exception):
    """There is no set of this name, or no former state of it."""


class TrustSets:
    """The sets below one folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all sets, sorted."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(each.name for each in self._folder.iterdir() if (each / _CURRENT).is_symlink()))

    def read(self, name: str) -> TrustSet:
        """Return the set *name* as it counts now.

        Raises:
            NoSuchSet: there is none.
            TrustUnreadable: its files are damaged.
        """
        current = _target(self._place(name) / _CURRENT)
        if current is None:
            raise NoSuchSet(name)
        place = self._place(name) / current  # looked up once: it may be moved while we read
        try:
            told = json.loads((place / _SET).read_text(encoding="utf-8"))
            text = (place / _PEM).read_bytes()
            if sha256(text).hexdigest() != told["pem_sha256"]:
                raise TrustUnreadable(f"{place / _PEM} is not as it was written; run sohoa trust undo or add it again")
            return _set_from(told, text)
        except OSError as error:
            raise TrustUnreadable(f"cannot read {place}: {error.strerror}") from error
        except UNREADABLE as error:
            raise TrustUnreadable(f"{place} is damaged; run sohoa trust undo or add the set again") from error

    def write(self, trust_set: TrustSet, fetched: bytes | None) -> None:
        """Let *trust_set* count from now on, and keep what counted before.

        Args:
            trust_set: the next state.
            fetched: what its source gave; None to keep what is there.

        Raises:
            OSError: it cannot be written; then the state before still counts.
        """
        place = self._place(trust_set.name)
        with self._alone(place):
            before = _target(place / _CURRENT)
            number = max((int(each.name) for each in place.iterdir() if each.name.isdecimal()), default=0) + 1
            beside = place / str(number)
            beside.mkdir()
            if fetched is None and before is not None:
                fetched = (place / before / _FETCHED).read_bytes()
            _fill(beside, trust_set, fetched or b"")
            if before is not None:
                _point(place / _FORMER, before)
            _point(place / _CURRENT, beside.name)
            _tidy(place)

    def touch(self, trust_set: TrustSet) -> None:
        """Note that nothing but the time of the last look has changed; the former state stays what it is."""
        place = self._place(trust_set.name)
        with self._alone(place):
            told = place / _CURRENT / _SET
            _put(told, _json_of(trust_set, (place / _CURRENT / _PEM).read_bytes()))

    def undo(self, name: str) -> TrustSet:
        """Let the former state of *name* count again and return it; a second call takes that back.

        Raises:
            NoSuchSet: there is no such set, or it never changed.
        """
        place = self._place(name)
        if not (place / _FORMER).is_symlink():
            raise NoSuchSet(name)
        with self._alone(place):
            former, current = _target(place / _FORMER), _target(place / _CURRENT)
            if former is None or current is None or former == current:
                raise NoSuchSet(name)
            _point(place / _CURRENT, former)
            _point(place / _FORMER, current)
        return self.read(name)

    def remove(self, name: str) -> None:
        """Forget the set *name*, its former state too.

        Raises:
            NoSuchSet: there is none.
        """
        place = self._place(name)
        if not (place / _CURRENT).is_symlink():
            raise NoSuchSet(name)
        with self._alone(place):
            (place / _CURRENT).unlink()  # from here on it is gone, whatever happens to the rest
        shutil.rmtree(place)

    def _place(self, name: str) -> Path:
        if not is_name(name):
            raise NoSuchSet(name)
        return self._folder / name

    @contextmanager
    def _alone(self, place: Path) -> Iterator[None]:
        """Keep other processes from changing this set; a crash lets go of it."""
        place.mkdir(parents=True, exist_ok=True)
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _fill(beside: Path, trust_set: TrustSet, fetched: bytes) -> None:
    text = _pem_of(trust_set)
    _put(beside / _FETCHED, fetched)
    _put(beside / _PEM, text)
    _put(beside / _SET, _json_of(trust_set, text))


def _put(path: Path, data: bytes) -> None:
    """Write beside, then move into place, on the disk before anything points to it."""
    beside = path.with_name(f".{path.name}")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _point(link: Path, target: str) -> None:
    beside = link.with_name(_BESIDE)
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)


def _target(link: Path) -> str | None:
    return link.readlink().name if link.is_symlink() else None


def _tidy(place: Path) -> None:
    named = {_target(place / _CURRENT), _target(place / _FORMER)}
    for each in place.iterdir():
        if each.name.isdecimal() and each.name not in named:
            shutil.rmtree(each)


def _pem_of(trust_set: TrustSet) -> bytes:
    """Write the certificates and lists as PEM, each under a line that says what it is."""
    blocks = [(f"{each.role}: {facts_of(each).subject!a}", "CERTIFICATE", each.der) for each in trust_set.members]
    blocks += [(f"list of {list_facts(der).issuer!a}", "X509 CRL", der) for der in trust_set.crls]
    return b"".join(f"# {said}\n".encode() + pem.armor(kind, der) for said, kind, der in blocks)


def _json_of(trust_set: TrustSet, text: bytes) -> bytes:
    listed = trust_set.listed
    told = {
        "format": FORMAT,
        "name": trust_set.name,
        "source": trust_set.source,
        "crl_sources": trust_set.crl_sources,
        "confirmed": trust_set.confirmed,
        "declined": trust_set.declined,
        "fetched_at": trust_set.fetched_at.isoformat(),
        "fetched_sha256": trust_set.fetched_sha256,
        "pem_sha256": sha256(text).hexdigest(),
        "roles": [{"sha256": member.sha256, "role": member.role} for member in trust_set.members],
        "trusted_list": listed
        and {
            "territory": listed.territory,
            "sequence": listed.sequence,
            "issued": listed.issued.isoformat(),
            "next_update": listed.next_update and listed.next_update.isoformat(),
        },
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def _set_from(told: dict[str, Any], text: bytes) -> TrustSet:
    blocks = pem_blocks(text)
    certificates = [der for kind, der in blocks if kind == "CERTIFICATE"]
    members = [Member(der, each["role"]) for der, each in zip(certificates, told["roles"], strict=True)]
    listed = told["trusted_list"]
    return TrustSet(
        told["name"],
        told["source"],
        tuple(told["crl_sources"]),
        tuple(told["confirmed"]),
        tuple(members),
        tuple(der for kind, der in blocks if kind == "X509 CRL"),
        datetime.fromisoformat(told["fetched_at"]),
        told["fetched_sha256"],
        listed
        and Listed(
            listed["territory"],
            listed["sequence"],
            datetime.fromisoformat(listed["issued"]),
            listed["next_update"] and datetime.fromisoformat(listed["next_update"]),
        ),
        tuple(told["declined"]),
    )
