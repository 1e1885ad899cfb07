"""One notice on its way to a real HTTP server: what counts as taken, and what cannot lead us astray or hold us up."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from authority import issue
from cryptography.hazmat.primitives import serialization
from one_stop import CUT, FLOOD, HANG, SECRET, SECRET_TEXT, TRICKLE, OneStop, one_stop_software

from pipeline.errors import Interrupted, Misconfigured
from pipeline.messages import reason
from pipeline.notices import Notice
from pipeline.settings import Settings
from workers.receiver import DEADLINE_S, Receiver, receiver_of, require_address

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
BODY = Notice("review", START, "0" * 64, "H15.50.05.13-261120-0975", code="deposit-empty").body()


def receiver(one_stop: OneStop, deadline_s: float = DEADLINE_S) -> Receiver:
    return Receiver(one_stop.url, SECRET, clock=lambda: START, deadline_s=deadline_s)


def refusal_of(send: Receiver) -> Interrupted:
    with pytest.raises(Interrupted) as caught:
        send(BODY)
    assert "127.0.0.1" not in reason(caught.value.code, caught.value.facts)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_notice_is_posted_as_it_was_written_down_and_signed(status: int) -> None:
    with one_stop_software(status) as one_stop:
        receiver(one_stop)(BODY)
    (asked,) = one_stop.asked
    assert asked.path == "/thong-bao"
    assert asked.body.decode() == BODY
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["webhook-timestamp"] == str(int(START.timestamp()))
    assert asked.is_signed()
    assert not asked.is_signed(b"another secret of some length")


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_any_other_answer_is_a_refusal_that_is_told_by_its_status(status: int) -> None:
    with one_stop_software(status) as one_stop:
        error = refusal_of(receiver(one_stop))
    assert (error.code, error.facts) == ("notice-refused", {"status": status})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_refusal_and_is_not_followed(status: int) -> None:
    """It would carry what is signed to a host that nobody wrote down."""
    with one_stop_software() as elsewhere, one_stop_software((status, elsewhere.url)) as one_stop:
        error = refusal_of(receiver(one_stop))
    assert (error.code, error.facts) == ("notice-refused", {"status": status})
    assert elsewhere.asked == []


@pytest.mark.parametrize("answer", [HANG, TRICKLE])
def test_whoever_does_not_answer_in_time_is_left(answer: str) -> None:
    """Also one that sends an octet now and then, which no timeout of a socket ends."""
    with one_stop_software(answer) as one_stop:
        started = time.monotonic()
        error = refusal_of(receiver(one_stop, deadline_s=0.5))
        assert time.monotonic() - started < 3
    assert error.code == "notice-unreachable"


def test_an_answer_without_an_end_is_not_read() -> None:
    with one_stop_software(FLOOD) as one_stop:
        started = time.monotonic()
        receiver(one_stop, deadline_s=5.0)(BODY)
        assert time.monotonic() - started < 3


def test_a_line_that_is_cut_is_no_answer() -> None:
    with one_stop_software(CUT) as one_stop:
        assert refusal_of(receiver(one_stop)).code == "notice-unreachable"


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with one_stop_software() as one_stop:
        pass
    error = refusal_of(receiver(one_stop))
    assert error.code == "notice-unreachable"
    assert error.retry


def test_nothing_that_it_sends_along_is_kept_for_the_next_notice() -> None:
    with one_stop_software() as one_stop:
        send = receiver(one_stop)
        send(BODY)
        send(BODY)
    assert len(one_stop.asked) == 2
    assert all("cookie" not in asked.headers for asked in one_stop.asked)


def test_no_proxy_of_the_environment_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with one_stop_software() as proxy, one_stop_software() as one_stop:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        receiver(one_stop)(BODY)
    assert (len(proxy.asked), len(one_stop.asked)) == (0, 1)


def test_a_certificate_that_the_system_does_not_know_is_not_believed(tmp_path: Path) -> None:
    holder = issue("127.0.0.1", None, start=datetime(2026, 1, 1, tzinfo=UTC), ca=True)
    key = holder.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "server.pem").write_bytes(key + holder.certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with one_stop_software(tls=context) as one_stop:
        assert one_stop.url.startswith("https://")
        error = refusal_of(receiver(one_stop))
    assert error.code == "notice-unreachable"
    assert "Certificate" in str(error.facts["problem"])
    assert one_stop.asked == []


# --- where it may go ---------------------------------------------------------------------------------------------


def settings_of(tmp_path: Path, url: str, *allow: str, secret: str | None = SECRET_TEXT) -> Settings:
    path = tmp_path / "secret"
    path.write_text(f"{secret}\n")
    return Settings(notify_url=url, notify_secret_file=path if secret is not None else None, fetch_allow=allow)


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://mot-cua.example.vn/x", ()),
        ("http://127.0.0.1:8000/x", ()),
        ("http://[::1]/x", ()),
        ("http://localhost/x", ()),
        ("http://10.1.2.3/x", ("10.1.2.3",)),
        ("http://mot-cua:8080/x", ("mot-cua:8080",)),
    ],
)
def test_notices_go_out_encrypted_or_stay_on_the_inner_network(tmp_path: Path, url: str, allow: tuple[str]) -> None:
    require_address(settings_of(tmp_path, url, *allow))


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://mot-cua.example.vn/x", ()),
        ("http://10.1.2.3/x", ()),
        ("http://mot-cua:8080/x", ("mot-cua",)),
        ("http://203.113.131.1/x", ("203.113.131.1",)),
        ("http://localhost.example.vn/x", ()),
    ],
)
def test_notices_in_the_clear_over_the_open_network_are_refused(tmp_path: Path, url: str, allow: tuple[str]) -> None:
    with pytest.raises(Misconfigured) as caught:
        require_address(settings_of(tmp_path, url, *allow))
    assert caught.value.facts["name"] == "SOHOA_NOTIFY_URL"


def test_a_secret_is_needed_with_the_address(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        receiver_of(settings_of(tmp_path, "https://mot-cua.example.vn/x", secret=None))
    assert (caught.value.code, caught.value.facts["name"]) == ("setting-needed", "SOHOA_NOTIFY_SECRET_FILE")


@pytest.mark.parametrize("secret", ["", "mat-khau-yeu", "whsec_YWJj"])
def test_a_file_without_a_good_secret_is_named_and_not_quoted(tmp_path: Path, secret: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        receiver_of(settings_of(tmp_path, "https://mot-cua.example.vn/x", secret=secret))
    said = reason(caught.value.code, caught.value.facts)
    assert "SOHOA_NOTIFY_SECRET_FILE" in said
    assert not secret or secret not in said


def test_the_secret_of_the_file_signs(tmp_path: Path) -> None:
    with one_stop_software() as one_stop:
        receiver_of(settings_of(tmp_path, one_stop.url))(BODY)
    assert one_stop.asked[0].is_signed()
    assert abs(int(one_stop.asked[0].headers["webhook-timestamp"]) - time.time()) < 60


def test_a_name_that_cannot_be_found_is_unreachable() -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", unknown)
        error = refusal_of(Receiver("http://mot-cua.invalid/", SECRET, clock=lambda: START))
    assert error.code == "notice-unreachable"
