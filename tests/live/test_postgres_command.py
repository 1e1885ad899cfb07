"""The command with its ledger on a server, as people run it."""

from __future__ import annotations

from pathlib import Path

from conftest import DOSSIER, SAMPLES, Shell
from postgres import a_ledger_url

from storage import Ledger


def test_a_dossier_is_digitised_with_the_ledger_on_a_server(sohoa: Shell, tmp_path: Path) -> None:
    with a_ledger_url("postgresql", tmp_path, tables=False) as url:
        sohoa.environment["SOHOA_LEDGER"] = url
        for _ in range(2):
            done = sohoa("run", SAMPLES / "dossiers" / DOSSIER)
            assert done.returncode == 0, done.stderr
        (row,) = sohoa.json("status")["dossiers"]
        ledger = next(each for each in sohoa.json("doctor")["findings"] if each["what"] == "ledger")
        audit = sohoa.json("audit")
        with Ledger(url) as opened:
            events = [event.action for event in opened.events(DOSSIER)]
            assert opened.broken_event() is None

    assert (row["dossier"], row["verdict"]) == (DOSSIER, "complete")
    assert (ledger["state"], url in ledger["detail"]) == ("works", True)
    assert (audit["exit"], audit["manifests"]) == (0, 1)
    assert events == ["received", "filed", "handed-out"]
    assert not (sohoa.home / "var" / "ledger.sqlite").exists()
