"""Fetching from others: only where we may, only what was asked for, and never for longer than allowed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from authority import Authority

from signing.authorities.http import Fetcher, Unreachable


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


def refusal(fetcher: Fetcher, url: str, **more: object) -> str:
    with pytest.raises(Unreachable) as caught:
        fetcher.fetch(url, send=None, **{"accept": "*/*", **more})  # type: ignore[arg-type]
    return str(caught.value)


def test_a_listed_host_is_asked(authority: Authority) -> None:
    assert authority.fetcher().fetch(f"{authority.url}/crl/root", send=None, accept="*/*")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/crl",
        "http://127.0.0.1/crl",  # the port belongs to the host
        "https://127.0.0.1:1/crl",
        "http://127.0.0.1:1@example.com/",
        "http://user:secret@127.0.0.1:1/",
        "http://127.0.0.1:1.example.com/",
        "ftp://127.0.0.1:1/crl",
        "file:///etc/passwd",
        "ldap://127.0.0.1:1/cn=crl",
        "http:///crl",
        "http://[::1/crl",
        "",
    ],
)
def test_what_is_not_listed_is_never_asked(url: str) -> None:
    fetcher = Fetcher(["127.0.0.1:2"])
    assert not fetcher.allows(url)
    assert "not on the list" in (said := refusal(fetcher, url)) or "URL" in said


@pytest.mark.parametrize("url", ["http://ca.vn/a", "https://CA.vn/a", "http://ca.vn:80/a", "https://ca.vn:443/a"])
def test_a_name_without_a_port_means_the_usual_one(url: str) -> None:
    assert Fetcher(["ca.vn"]).allows(url)
    assert not Fetcher(["ca.vn"]).allows("http://ca.vn:8080/a")


def test_a_redirect_is_not_followed(authority: Authority) -> None:
    authority.moods["crl/root"] = "redirect"
    assert "status 302" in refusal(authority.fetcher(), f"{authority.url}/crl/root")
    assert set(authority.asked) == {"crl/root"}, "the place it leads to was not asked"


def test_a_proxy_in_the_environment_is_not_used(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert authority.fetcher().fetch(f"{authority.url}/crl/root", send=None, accept="*/*")


def test_an_answer_larger_than_allowed_is_refused(authority: Authority) -> None:
    authority.moods["crl/root"] = "huge"
    assert "over 1000 octets" in refusal(authority.fetcher(timeout_s=5), f"{authority.url}/crl/root", limit=1000)


def test_an_answer_of_another_kind_is_refused(authority: Authority) -> None:
    authority.moods["tsa/1"] = "html"
    said = refusal(authority.fetcher(), f"{authority.url}/tsa/1", accept="application/timestamp-reply")
    assert "text/html" in said


@pytest.mark.parametrize("mood", ["slow", "trickle"])
def test_the_time_is_of_the_whole_exchange(authority: Authority, mood: str) -> None:
    # an octet every 0.1 s would keep a timeout of each read happy for minutes
    authority.moods["crl/root"] = mood
    begin = time.monotonic()
    assert "within 0.5 s" in refusal(authority.fetcher(timeout_s=0.5), f"{authority.url}/crl/root")
    assert time.monotonic() - begin < 1.2


def test_a_server_that_never_answers_a_tls_greeting_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        assert "within 0.3 s" in refusal(Fetcher([host], timeout_s=0.3), f"https://{host}/tsa")


def test_a_server_that_speaks_no_tls_is_not_talked_to_in_the_clear(authority: Authority) -> None:
    said = refusal(authority.fetcher(), f"https://{authority.host}/crl/root")
    assert authority.host in said
    assert not authority.asked


def test_nobody_listening_is_told(authority: Authority) -> None:
    authority.close()
    assert authority.host in refusal(authority.fetcher(), f"{authority.url}/crl/root")


def test_an_address_that_failed_is_left_alone_for_longer_each_time_and_then_asked_again(authority: Authority) -> None:
    seconds = [0.0]
    fetcher, url = authority.fetcher(clock=lambda: seconds[0]), f"{authority.url}/crl/root"
    authority.moods["crl/root"] = "down"
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        assert "503" in refusal(fetcher, url)
        seconds[0] += pause - 0.1
        assert "left alone" in refusal(fetcher, url)
        seconds[0] += 0.2
    assert authority.asked["crl/root"] == 8, "while it rests, it hears nothing from us"
    assert fetcher.fetch(f"{authority.url}/crl/middle", send=None, accept="*/*"), "others of its host are no worse"
    authority.moods.clear()
    assert fetcher.fetch(url, send=None, accept="*/*")
    assert fetcher.fetch(url, send=None, accept="*/*"), "one good answer makes up for all failures"
