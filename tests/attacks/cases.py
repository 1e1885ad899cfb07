"""How attacks and legitimate variants are written down: a maker of bytes, and the verdict that reason demands.

The verdict stands beside the maker and was stated before anything was run. Where two sub-indications are equally right
(a broken structure is found by whoever looks first), both are named; a pass never is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from attacks.office import WHEN, Office
from attacks.seeds import lasting_root

from signing import PdfReport, Trust, verify_pdf


@dataclass(frozen=True)
class Case:
    """A file, and what it is verified with."""

    pdf: bytes
    trust: Trust
    now: datetime = WHEN

    def report(self) -> PdfReport:
        return verify_pdf(self.pdf, trust=self.trust, now=self.now)


@dataclass(frozen=True)
class Attack:
    name: str
    make: Callable[[], Case]
    status: str
    codes: frozenset[str]


@cache
def office() -> Office:
    return Office(root=lasting_root())


@cache
def sealed(level: str = "B-T") -> bytes:
    return office().seal(level)


def on(pdf: bytes) -> Case:
    """Verify *pdf* with the office's own root and lists."""
    return Case(pdf, office().trust())


ATTACKS: list[Attack] = []


def attack(status: str, *codes: str) -> Callable[[Callable[[], Case | bytes]], Callable[[], Case | bytes]]:
    """Register a maker whose file must get *status* with one of *codes*."""

    def register(make: Callable[[], Case | bytes]) -> Callable[[], Case | bytes]:
        add(make.__name__, make, status, *codes)
        return make

    return register


def add(name: str, make: Callable[[], Case | bytes], status: str, *codes: str) -> None:
    def case() -> Case:
        made = make()
        return on(made) if isinstance(made, bytes) else made

    ATTACKS.append(Attack(name, case, status, frozenset(codes)))
