"""Who is let in at the door for people and programs, and what every answer carries."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from web_client import WebClient

from pipeline.errors import Misconfigured, Usage
from pipeline.house import House
from pipeline.settings import Settings
from storage import Ledger, MemoryStore
from web.app import make_app
from web.failures import MOST, SECONDS, Failures
from web.tokens import TokenFile, holder_of, holders_in, line_of, new_token, offered

ADDRESSES = (
    "/", "/ho-so/H15.50.05.13-261120-0001", "/ho-so?ma=x", "/ready", "/metrics", "/static/style.css", "/nothing",
    "/api/v1/openapi.json", "/api/v1/dossiers/H15.50.05.13-261120-0001",
    "/api/v1/dossiers/H15.50.05.13-261120-0001/versions/1/files/TP01-01.pdf",
)  # fmt: skip


def house() -> House:
    return House(Settings(), MemoryStore(), Ledger("sqlite://"))


class Door:
    """A door with a file of tokens."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "tokens"
        self.tokens = {role: new_token() for role in ("reader", "board")}
        self.write(*(line_of(f"a-{role}", role, token) for role, token in self.tokens.items()))
        self.client = WebClient(make_app(house(), TokenFile(self.file), fresh=0), peer="203.0.113.7")

    def write(self, *lines: str) -> None:
        self.file.write_text("# name role sha256\n" + "\n".join(lines) + "\n", encoding="utf-8")

    def status(self, path: str, token: str = "", **headers: str) -> int:
        given = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        return int(self.client.get(path, headers=given).status_code)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def here(*, peer: str = "127.0.0.1", host: str = "localhost:8351") -> WebClient:
    return WebClient(make_app(house(), None, fresh=0), peer=peer, headers={"Host": host})


@pytest.mark.parametrize("path", ADDRESSES)
def test_nobody_without_a_token_gets_anything(door: Door, path: str) -> None:
    answer = door.client.get(path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "token-needed"
    assert "Basic" in answer.headers["www-authenticate"]


def test_whether_it_lives_may_be_asked_by_everybody(door: Door) -> None:
    assert door.client.get("/live").json() == {}


@pytest.mark.parametrize("path", ["/", "/ready", "/metrics", "/static/style.css", "/api/v1/openapi.json"])
def test_both_roles_see_how_things_stand(door: Door, path: str) -> None:
    assert {door.status(path, token) for token in door.tokens.values()} == {200}


def test_a_browser_gives_the_token_as_a_password(door: Door) -> None:
    basic = base64.b64encode(f"anybody:{door.tokens['board']}".encode()).decode()
    assert door.status("/", Authorization=f"Basic {basic}") == 200


@pytest.mark.parametrize("kind", ["files/TP01-01.pdf", "manifest"])
def test_who_may_only_look_takes_no_files(door: Door, kind: str) -> None:
    path = f"/api/v1/dossiers/H15.50.05.13-261120-0001/versions/1/{kind}"
    assert door.status(path, door.tokens["board"]) == 403
    assert door.status(path, door.tokens["reader"]) == 404  # let through to what is not there


def test_a_line_that_is_taken_out_shuts_out_at_once(door: Door) -> None:
    assert door.status("/", door.tokens["reader"]) == 200
    door.write(line_of("other", "reader", new_token()))
    assert door.status("/", door.tokens["reader"]) == 401


def test_a_file_of_tokens_that_cannot_be_read_lets_nobody_in(door: Door) -> None:
    door.write("one-cua reader not-a-hash")
    assert door.status("/", door.tokens["reader"]) == 500
    door.file.unlink()
    assert door.status("/", door.tokens["reader"]) == 500
    assert door.status("/live") == 200


def test_who_guesses_is_told_to_wait_and_keeps_nobody_out(door: Door) -> None:
    statuses = [door.status("/", "guess") for _ in range(MOST + 1)]
    assert statuses == [401] * MOST + [429]
    answer = door.client.get("/", headers={"Authorization": "Bearer guess"})
    assert 0 < int(answer.headers["retry-after"]) <= SECONDS
    assert door.status("/", door.tokens["reader"]) == 200  # behind a proxy all come from one address


def test_guesses_are_forgotten_after_a_while_and_addresses_too() -> None:
    now = [0.0]
    failures = Failures(lambda: now[0])
    assert [failures.add("a") for _ in range(MOST + 1)][-1] == SECONDS
    now[0] = SECONDS + 1
    assert failures.add("a") == 0
    for number in range(5000):
        failures.add(str(number))
    assert len(failures._by_peer) <= 1000  # a guesser with a whole network takes no memory


# --- without tokens ----------------------------------------------------------------------------------------------


def test_without_tokens_this_machine_is_answered_and_no_other() -> None:
    assert here().get("/").status_code == 200
    assert here(peer="::1", host="[::1]:8351").get("/").status_code == 200
    for peer in ("192.168.1.20", "203.0.113.7", "testclient", ""):
        answer = here(peer=peer).get("/")
        assert (answer.status_code, answer.json()["code"]) == (403, "this-machine-only")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_without_tokens_a_header_makes_nobody_local_and_a_proxy_is_not_this_machine(header: str) -> None:
    assert here(peer="203.0.113.7").get("/", headers={header: "127.0.0.1"}).status_code == 403
    assert here().get("/", headers={header: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8351", "localhost.evil.example", "127.0.0.1.nip.io", ""]
)
def test_without_tokens_a_foreign_page_in_a_local_browser_is_not_answered(host: str) -> None:
    """DNS rebinding: the line comes from this machine, the name it was asked by does not."""
    assert here(host=host).get("/").status_code == 403


# --- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/live", *ADDRESSES])
@pytest.mark.parametrize("token", ["", "reader"])
def test_every_answer_forbids_what_it_does_not_need(door: Door, path: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {door.tokens[token]}"} if token else {}
    answer = door.client.get(path, headers=headers)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(door: Door, method: str) -> None:
    for path in ("/", "/ho-so/H15.50.05.13-261120-0001", "/api/v1/dossiers/H15.50.05.13-261120-0001", "/live"):
        answer = door.client.request(method, path, headers={"Authorization": f"Bearer {door.tokens['reader']}"})
        assert (answer.status_code, answer.json()["code"]) == (405, "method-unknown")


# --- tokens ------------------------------------------------------------------------------------------------------


def test_a_token_stands_in_the_file_as_a_hash_only() -> None:
    token = new_token()
    line = line_of("mot-cua", "reader", token)
    assert line == f"mot-cua reader {hashlib.sha256(token.encode()).hexdigest()}"
    assert len(token) >= 43  # 256 bits
    assert len({new_token() for _ in range(100)}) == 100


@pytest.mark.parametrize(("name", "role"), [("mot cua", "reader"), ("", "reader"), ("a#b", "board"), ("a", "root")])
def test_a_line_that_could_not_be_read_back_is_not_made(name: str, role: str) -> None:
    with pytest.raises(Usage, match="token-"):
        line_of(name, role, "x")


@pytest.mark.parametrize("line", ["a reader", f"a root {'0' * 64}", f"a reader {'0' * 63}", f"a b reader {'0' * 64}"])
def test_a_broken_line_is_told_by_its_number_and_not_repeated(line: str) -> None:
    with pytest.raises(Misconfigured, match="tokens-broken") as caught:
        holders_in(f"# first\n{line}\n", Path("tokens"))
    assert caught.value.facts["line"] == 2
    assert "000" not in str(caught.value)


@given(st.text(max_size=80))
@hypothesis_settings(max_examples=200, deadline=None)
def test_whatever_stands_in_the_header_nobody_gets_in_by_it(header: str) -> None:
    holders = holders_in(line_of("a", "reader", "the only one"), Path("tokens"))
    for scheme in ("", "Bearer ", "Basic ", "basic "):
        assert holder_of(offered(scheme + header), holders) is None
