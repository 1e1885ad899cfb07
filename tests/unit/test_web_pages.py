"""What people see: states, reasons and progress in Vietnamese, from catalogues, and pages that need nothing else."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from conftest import COMPLETE, DOSSIER, Bureau, a_page, a_ticket, complete_files
from web_client import WebClient

import web
from pipeline.errors import Interrupted
from pipeline.house import House
from pipeline.messages import catalogue, say, why
from pipeline.settings import Settings
from storage import DepositRow, Ledger, LedgerAway, MemoryStore, PageRow, digest_of
from web.app import make_app
from web.board import Kept
from web.words import moment, size_text

NOW = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)
PAGES = Path(web.__file__).parent / "pages"
GOING = "H15.50.05.13-261121-0005"


def client_of(ledger: Ledger, store: Any = None) -> WebClient:
    house = House(Settings(), store or MemoryStore(), ledger)
    return WebClient(make_app(house, None, fresh=0), headers={"Accept": "text/html"})


@pytest.fixture
def ledger() -> Ledger:
    return Ledger("sqlite://", clock=lambda: NOW)


class Text(HTMLParser):
    """The words of a page, and what it would fetch or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.inline: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "action"}:
                self.fetched.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(name)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in {"script", "style"} and data.strip():
            self.inline.append(data)
        self.words.append(data)

    @property
    def all(self) -> str:
        return " ".join(" ".join(self.words).split())


def reading(ledger: Ledger) -> None:
    deposit = digest_of(b"going")
    ledger.receive_item(GOING, deposit=deposit, source="/srv", station="TP-01", priority=0)
    states = ("read", "read", "failed", "waiting")
    ledger.put_pages(
        GOING, [PageRow(GOING, deposit, at, state, None, NOW, at + 1) for at, state in enumerate(states)]
    )  # fmt: skip
    ledger.move_item(GOING, "reading", was=["received"])


def test_the_board_tells_how_far_the_pages_of_a_dossier_are(ledger: Ledger) -> None:
    reading(ledger)
    page = client_of(ledger).get("/").text
    said = Text(page).all
    assert GOING in said
    assert say("web.pages-of", done=3, pages=4) in said  # one that could not be read is through, too
    assert '<progress max="4" value="3"' in page
    assert say("web.soon") in said
    assert say("item-state.reading") in said


def test_the_board_tells_what_waits_for_people_and_why(ledger: Ledger) -> None:
    deposit = digest_of(b"low")
    ledger.receive_item(GOING, deposit=deposit, source="/srv", station="TP-01", priority=1)
    ledger.put_deposit(DepositRow(deposit, GOING, GOING, "rejected", "dpi-too-low", "Quét lại trang 3.", NOW, NOW))
    ledger.move_item(GOING, "review", was=["received"], reason="dpi-too-low")
    unknown = digest_of(b"?")
    ledger.put_deposit(DepositRow(unknown, "ho-so-1", None, "rejected", "ticket-missing", "Không có phiếu.", NOW, NOW))
    said = Text(client_of(ledger).get("/").text).all
    assert "Quét lại trang 3. dpi-too-low" in said
    assert "ho-so-1" in said
    assert "Không có phiếu. ticket-missing" in said


def test_a_dossier_that_waits_for_a_service_says_so_while_it_is_under_way(ledger: Ledger) -> None:
    reading(ledger)
    ledger.move_item(GOING, "reading", was=["reading"], reason="tools-differ")
    assert "tools-differ" in Text(client_of(ledger).get("/").text).all
    told = client_of(ledger).get(f"/api/v1/dossiers/{GOING}").json()
    assert (told["way"]["state"], told["way"]["pages_done"], told["way"]["pages"]) == ("reading", 3, 4)
    assert told["way"]["reason"] == {"code": "tools-differ", "text": why("tools-differ")}
    assert told["versions"] == []


def test_names_that_come_from_outside_are_only_text(ledger: Ledger) -> None:
    bad = "<script>alert(1)</script>"
    ledger.put_deposit(DepositRow(digest_of(b"?"), bad, None, "rejected", "ticket-missing", bad, NOW, NOW))
    page = client_of(ledger).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in client_of(ledger).get(f"/ho-so/{bad}").text


SEALED: list[Bureau] = []


@pytest.fixture
def sealed(request: pytest.FixtureRequest) -> WebClient:
    """Pages over one sealed dossier, made once: nothing here changes it."""
    if not SEALED:
        bureau: Bureau = request.getfixturevalue("bureau")
        files = complete_files() | {"2_jpg": a_page(9, dpi=100)}  # too coarse: rejected
        bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **files))
        SEALED.append(bureau)
    return client_of(SEALED[0].ledger, SEALED[0].store)


def test_the_page_of_a_dossier_shows_components_files_and_what_is_missing(sealed: WebClient) -> None:
    page = Text(sealed.get(f"/ho-so/{DOSSIER}").text)
    assert f"/api/v1/dossiers/{DOSSIER}/versions/1/files/TP01-01.pdf" in page.fetched
    assert f"/api/v1/dossiers/{DOSSIER}/versions/1/files/manifest.json.p7s" in page.fetched
    assert say("web.rejections") in page.all
    assert "dpi-too-low" in page.all
    assert say("web.trial") in page.all
    assert say("state.rejected") in page.all


def test_a_dossier_is_found_by_its_code(sealed: WebClient) -> None:
    answer = sealed.get(f"/ho-so?ma=%20{DOSSIER}%20")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ho-so/{DOSSIER}")
    wrong = sealed.get("/ho-so?ma=//evil.example")
    assert wrong.status_code == 404
    assert "dossier-unknown" in wrong.text


def test_pages_fetch_nothing_from_elsewhere_and_run_nothing_inside(sealed: WebClient) -> None:
    for path in ("/", f"/ho-so/{DOSSIER}", "/nothing"):
        page = Text(sealed.get(path).text)
        assert all(each.startswith(("/", "#")) and not each.startswith("//") for each in page.fetched), page.fetched
        assert page.inline == []
    for file in (PAGES / "static").iterdir():
        text = file.read_text(encoding="utf-8")
        assert "@import" not in text
        assert "url(" not in text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
        assert sealed.get(f"/static/{file.name}").status_code == 200


def test_every_word_of_the_templates_comes_from_a_catalogue_in_nfc(sealed: WebClient) -> None:
    """A template has no text of its own, and asks for nothing that is not there."""
    for template in PAGES.glob("*.html"):
        source = template.read_text(encoding="utf-8")
        for key in re.findall(r'say\("([^"]+)"[,)]', source):
            assert key in catalogue(), f"{template.name}: {key}"
        bare = re.sub(r"\{[{%].*?[%}]\}", "", source, flags=re.DOTALL)
        words = re.sub(r"SHA-256", "", " ".join(Text(bare).words))
        assert not re.search(r"\w", words), f"{template.name}: {words.split()}"
    page = sealed.get("/").text
    assert unicodedata.normalize("NFC", page) == page


def test_every_sentence_of_this_door_is_used() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in Path(web.__file__).parent.rglob("*")
        if path.suffix in {".py", ".html"}
    ]
    cli = (Path(web.__file__).parents[1] / "workers" / "cli.py").read_text(encoding="utf-8")
    text = "\n".join([*sources, cli])
    assert [key for key in catalogue() if key.startswith("web.") and f'"{key}"' not in text] == []


def test_a_ledger_that_is_away_is_told_in_words_and_not_in_a_trace(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise LedgerAway("server 10.0.0.7 does not answer")

    monkeypatch.setattr(ledger, "waiting", away)
    answer = client_of(ledger).get("/")
    assert answer.status_code == Interrupted.http_status == 503
    assert "ledger-away" in answer.text
    assert "Traceback" not in answer.text


def test_what_is_a_fault_of_ours_is_told_without_its_words(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Trần Văn Mẫu")

    monkeypatch.setattr(ledger, "waiting", broken)
    answer = client_of(ledger).get("/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "Mẫu" not in answer.text


def test_it_is_ready_when_ledger_and_store_can_be_read_and_counts_what_it_answers(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ledger)
    assert client.get("/ready").json() == {}
    client.get("/nothing")

    def away(*_: object) -> None:
        raise LedgerAway("away")

    monkeypatch.setattr(ledger, "now", away)
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()) == (503, {"ledger": "ledger-away"})
    numbers = client.get("/metrics").text
    assert 'sohoa_web_answers_total{code="page-unknown",route="",status="404"} 1.0' in numbers
    assert 'sohoa_web_not_ready{check="ledger",code="ledger-away"} 1.0' in numbers


def test_a_server_that_is_away_is_waited_for_once_and_not_by_each_who_looks() -> None:
    tried: list[int] = []

    def away() -> None:
        tried.append(1)
        raise Interrupted("ledger-away", problem="-")

    kept = Kept(away, 60.0)
    for _ in range(3):
        with pytest.raises(Interrupted, match="ledger-away"):
            kept()
    assert len(tried) == 1


def test_a_board_is_made_once_for_all_who_look_at_the_same_moment() -> None:
    made: list[int] = []
    kept = Kept(lambda: made.append(1) or len(made), 60.0)
    assert (kept(), kept()) == (1, 1)
    anew = Kept(lambda: made.append(1) or len(made), 0.0)
    assert anew() < anew()


CODES = sorted(key.removeprefix("reason.") for key in catalogue() if key.startswith("reason."))


@pytest.mark.parametrize("code", CODES)
def test_a_reason_can_be_told_when_only_its_code_is_left(code: str) -> None:
    """With dots where a fact stood; braces that a sentence is meant to have stay."""
    said = why(code)
    facts = {name for _, name, _, _ in Formatter().parse(catalogue()[f"reason.{code}"]) if name}
    assert said.count("…") >= len(facts)
    assert not any(f"{{{name}" in said for name in facts)
    assert said != code


def test_times_and_sizes_are_written_as_people_here_write_them() -> None:
    assert moment(NOW) == "14:05 21/11/2026"
    assert [size_text(size) for size in (1, 708_437, 1_500_000)] == ["1 KB", "692 KB", "1,4 MB"]
