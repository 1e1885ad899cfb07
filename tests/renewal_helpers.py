"""An office whose dossiers outlive its certificates: a service in memory, a clock that moves, keys that roll over."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from authority import DAY, Authority
from conftest import DOSSIER, Bureau, a_ticket, complete_files

from pipeline.audit import Audit, audit
from pipeline.checking import Check, check
from pipeline.driver import Outcome
from pipeline.handout import hand_out
from pipeline.renewal import Renewal
from pipeline.stages.file import latest
from pipeline.versions import Verdict, verdict_of
from signing import RENEW_BEFORE, Identity, KnownLists, Trust, development_identity

YEAR = 365.25 * DAY


@dataclass
class Office:
    """A bureau whose identity may be replaced."""

    bureau: Bureau
    identity: Identity
    trust: Trust  # what an auditor has, with the lists of the day

    def run(self, *names: str, dossier: str = DOSSIER, scope: str = "part", **more: bytes) -> Outcome:
        """Digitise the components *names* of a dossier, or those that are in the deposit by now."""
        files = {key: data for key, data in complete_files().items() if f"TP0{key[0]}" in names}
        told = [(name, [f"{name[-1]}.jpg"]) for name in names]
        ticket = {**a_ticket(*told), "dossier": dossier, "scope": scope}
        return self.bureau.driver.run(self.bureau.deposit(dossier=dossier, ticket=ticket, **files, **more))

    def use(self, identity: Identity) -> None:
        self.identity = identity
        self.bureau.driver = dataclasses.replace(self.bureau.driver, identity_of=lambda _: self.identity)

    def renewal(self, *, window: timedelta = RENEW_BEFORE, store: Any = None, ledger: Any = None) -> Renewal:
        bureau = self.bureau
        store, ledger = store or bureau.store, ledger or bureau.ledger
        return Renewal(store, ledger, bureau.clock, lambda _: self.identity, bureau.driver.shop, window, "cli:test")

    def newest(self, dossier: str = DOSSIER) -> Verdict:
        version = latest(self.bureau.store, dossier)
        assert version is not None
        return verdict_of(self.bureau.store, version)

    def files(self, dossier: str = DOSSIER) -> dict[str, Any]:
        parts = self.newest(dossier).manifest["components"]
        return {file["name"]: file for part in parts for file in part["files"]}

    def audit(self) -> Audit:
        return audit(self.bureau.store, self.bureau.ledger, self.trust, self.bureau.clock(), lambda: None)

    def verify(self, out: Path, dossier: str = DOSSIER) -> list[Check]:
        """Hand the newest version out and check the folder."""
        folder = hand_out(self.bureau.store, self.newest(dossier), out)
        return check(folder, self.trust, self.bureau.clock(), lambda: None)


class TrialOffice(Office):
    """Seals with the development identity at B-LTA."""

    def __init__(self, bureau: Bureau, folder: Path) -> None:
        super().__init__(bureau, self._held(bureau, folder), Trust(()))
        self.folder = folder
        self._take()

    def _held(self, bureau: Bureau, folder: Path) -> Identity:
        held = development_identity(folder, agency="UBND phường Tuy Phước", clock=bureau.clock)
        return dataclasses.replace(held, revocation=KnownLists(held.crls))

    def _take(self) -> None:
        self.use(self._held(self.bureau, self.folder))
        self.trust = Trust(self.identity.chain, self.identity.crls)

    def roll(self, *names: str, **by: float) -> None:
        """Move the clock, and let the authority for stamps (``tsa``) or the agency have a new certificate."""
        self.bureau.clock.move(**by)
        for name in names:
            for path in self.folder.glob(f"{name}*.pem"):
                path.unlink()
        self._take()


class AgencyOffice(Office):
    """Seals with a certificate of two years, stamped by an authority over HTTP whose certificates last four."""

    def __init__(self, bureau: Bureau, authority: Authority) -> None:
        self.authority = authority
        super().__init__(bureau, authority.identity(authority.fetcher(timeout_s=5)), Trust(()))
        self.move_to(bureau.clock())

    def move_to(self, now: datetime) -> None:
        """Move the clock; the agency and its authority have new certificates by then."""
        self.move_clock(now)
        self.authority.stampers["tsa/1"] = self.authority.stamper(f"TSA {now:%Y-%m}", start=now - DAY, life=4 * YEAR)
        self.use(self.authority.identity(self.authority.fetcher(timeout_s=5), start=now - DAY, life=2 * YEAR))

    def move_clock(self, now: datetime) -> None:
        self.bureau.clock.now = self.authority.now = now
        lists = tuple(self.authority.answer(f"crl/{name}", b"")[1] for name in ("root", "middle"))
        self.trust = dataclasses.replace(self.authority.trust, crls=lists)


def results(checks: Iterable[Check]) -> set[str]:
    return {each.result for each in checks}
