"""What people are shown of a dossier on its way: how far it is, and why it waits."""

from __future__ import annotations

import json

import pytest
from conftest import COMPLETE, DOSSIER, Bureau
from lane_helpers import a_whole_dossier, lanes_of, receive

from pipeline.cli.status import status_command
from pipeline.errors import Usage
from pipeline.messages import catalogue, reason, say, why
from pipeline.progress import under_way
from pipeline.settings import Settings
from storage.ledger import DocumentState, ItemState

PAGES = len(COMPLETE)
#: Columns of the narrowest terminal that a person is expected to have.
WIDTH = 80


def stands(bureau: Bureau) -> tuple[str, int, int]:
    (each,) = under_way(bureau.ledger, limit=10)
    return each.item.state, each.done, each.pages


def test_each_page_that_is_read_counts_and_what_is_sealed_is_under_way_no_more(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    assert stands(bureau) == ("received", 0, 0)
    for number in lanes.open(taken.id).unread:
        assert stands(bureau) == ("reading", number - 1, PAGES)
        lanes.page(taken.id, number)
    lanes.close(taken.id)
    assert stands(bureau) == ("closing", PAGES, PAGES)
    lanes.seal(taken.id)
    assert under_way(bureau.ledger, limit=10) == []


def test_documents_are_known_from_the_opening_and_stand_where_they_are(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)

    def documents() -> list[tuple[str, int, DocumentState]]:
        return [(row.component, row.pages, row.state) for row in bureau.ledger.documents(DOSSIER)]

    lanes.open(taken.id)
    components = sorted(name for name, _ in COMPLETE)
    assert documents() == [(name, 1, "opened") for name in components]
    lanes.close(taken.id)
    assert documents() == [(name, 1, "assembled") for name in components]
    lanes.seal(taken.id)
    assert documents() == [(name, 1, "sealed") for name in components]


def test_the_ledger_knows_every_step_that_has_a_record(bureau: Bureau) -> None:
    """Reports ask the ledger; the records are the truth, and there are no others."""
    assert bureau.driver.run(a_whole_dossier(bureau)).error is None
    steps = bureau.ledger.steps(DOSSIER)
    assert sorted(f"steps/{row.key[:2]}/{row.key}" for row in steps) == sorted(bureau.store.keys("steps/"))
    assert {row.stage for row in steps} == {"intake", "read", "describe", "assemble", "seal", "manifest"}
    assert {row.outcome for row in steps} == {"done"}


def test_whoever_waits_says_why_in_vietnamese(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    bureau.ledger.move_item(DOSSIER, "opening", was=["received"], reason="sealer-unknown", wait_seconds=60)
    (each,) = under_way(bureau.ledger, limit=10)
    assert each.reason == reason("sealer-unknown", {})
    lanes.set_aside(taken.id, "work-kills", {"times": 4})
    (each,) = under_way(bureau.ledger, limit=10)
    assert each.reason == reason("work-kills", {"times": 4})  # with the facts, which the deposit's row keeps


def test_every_reason_can_be_told_without_its_facts() -> None:
    for key in catalogue():
        if key.startswith("reason."):
            assert why(key.removeprefix("reason."))
    assert why("work-kills") == reason("work-kills", {"times": "…"})
    assert why("a-code-of-tomorrow") == "a-code-of-tomorrow"


def test_every_state_has_a_word() -> None:
    for state in ItemState.__args__:  # type: ignore[attr-defined]
        assert f"item-state.{state}" in catalogue()
    for state in DocumentState.__args__:  # type: ignore[attr-defined]
        assert f"document-state.{state}" in catalogue()


@pytest.fixture
def settings(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Let the command ask the bureau's ledger."""
    house = type("House", (), {"ledger": bureau.ledger})
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setattr("pipeline.cli.status.open_house", lambda _settings, make: house)
    return Settings()


def test_status_shows_a_dossier_that_is_not_through(
    bureau: Bureau, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    lanes.page(taken.id, lanes.open(taken.id).unread[0])
    lanes.set_aside(taken.id, "work-kills", {"times": 4})

    status_command(settings, None, as_json=False)
    shown = capsys.readouterr().out
    assert all(len(line) <= WIDTH for line in shown.splitlines())
    assert DOSSIER in shown
    assert say("item-state.failed") in shown
    assert f"1/{PAGES}" in shown
    status_command(settings, DOSSIER, as_json=False)
    assert f"sohoa retry {DOSSIER}" in " ".join(capsys.readouterr().out.split())
    status_command(settings, DOSSIER, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["dossier"], told["files"]) == (DOSSIER, [])
    assert told["under_way"]["code"] == "work-kills"
    assert (told["under_way"]["pages_done"], told["under_way"]["pages"]) == (1, PAGES)
    assert len(told["under_way"]["documents"]) == PAGES
    with pytest.raises(Usage, match="dossier-unknown"):
        status_command(settings, "H15.50.05.13-261008-9999", as_json=True)
