"""What a notice says, and how it is signed: without any network."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from one_stop import SECRET, SECRET_TEXT

from pipeline.errors import Misconfigured
from pipeline.house import open_house
from pipeline.messages import reason
from pipeline.notices import Notice, id_of, nobody, secret_from, signed
from pipeline.schemas import mismatch
from pipeline.settings import Settings, read_settings

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DOCUMENT = (ROOT / "docs" / "notices.md").read_text(encoding="utf-8")
DOSSIER = "H15.50.05.13-261120-0975"
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds
CODES = st.sampled_from(["deposit-empty", "ticket-invalid", "storage-failed"])
REFUSED = st.builds(
    Notice, st.sampled_from(["review", "failed"]), MOMENTS, SHA256, st.just(DOSSIER) | st.none(), code=CODES
)
FILED = st.builds(
    Notice,
    st.just("filed"), MOMENTS, SHA256, st.just(DOSSIER), st.integers(1, 10**6), SHA256,
    st.sampled_from(["complete", "incomplete", "rejected"]), CODES | st.none(),
)  # fmt: skip
NOTICES = REFUSED | FILED


@given(NOTICES)
def test_every_notice_is_as_its_schema_has_it_and_in_canonical_form(notice: Notice) -> None:
    body = notice.body()
    said = json.loads(body)
    assert mismatch("notice-1", said) is None
    assert body == json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert said["id"] == notice.id == id_of(body)


@given(NOTICES, NOTICES)
def test_an_id_is_that_of_what_is_said_and_of_nothing_else(one: Notice, other: Notice) -> None:
    assert one.id == dataclasses.replace(one).id
    assert (one.id == other.id) == (one == other)
    assert one.id != dataclasses.replace(one, at=one.at + timedelta(microseconds=1)).id


def test_the_moment_is_told_in_utc_wherever_it_was_taken() -> None:
    hanoi = START.astimezone(timezone(timedelta(hours=7)))
    there, here = (Notice("review", at, "0" * 64, None, code="deposit-empty") for at in (hanoi, START))
    assert there.body() == here.body()
    assert json.loads(there.body())["at"] == "2026-11-20T03:00:00.000000+00:00"


@given(NOTICES, st.binary(min_size=24, max_size=64), MOMENTS)
def test_a_receiver_that_computes_it_by_the_specification_finds_the_same_signature(
    notice: Notice, secret: bytes, at: datetime
) -> None:
    body = notice.body()
    headers = signed(body, secret=secret, at=at)
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body.encode()])
    wanted = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-id"] == notice.id
    assert "." not in headers["webhook-id"]
    assert 0 <= at.timestamp() - int(headers["webhook-timestamp"]) < 1


def test_the_signature_is_the_one_that_openssl_computes() -> None:
    """printf '%s' "$id.1795143600.$body" | openssl dgst -sha256 -hmac "$secret" -binary | base64."""
    body = Notice("review", START, "0" * 64, DOSSIER, code="deposit-empty").body()
    assert signed(body, secret=SECRET, at=START) == {
        "webhook-id": "msg_8ec7fce00bccc28ba3766d0095eaeff1",
        "webhook-timestamp": "1795143600",
        "webhook-signature": "v1,yTCD6w55RGp1AXRgNWMRLeySrUSzG6MRHd+1Tj/6cJE=",
    }


def test_a_repeated_notice_has_the_same_id_and_a_newer_time() -> None:
    body = Notice("review", START, "0" * 64, DOSSIER, code="deposit-empty").body()
    first, second = (signed(body, secret=SECRET, at=START + timedelta(minutes=each)) for each in (0, 7))
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 420
    assert first["webhook-signature"] != second["webhook-signature"]


def test_what_names_nothing_is_told_in_the_order_of_its_deposit() -> None:
    """The folder of a deposit may bear a person's name: its digest stands for it."""
    assert Notice("review", START, "a" * 64, None, code="ticket-missing").subject == "a" * 64
    assert Notice("review", START, "a" * 64, DOSSIER, code="ticket-invalid").subject == DOSSIER


def test_a_secret_is_read_as_the_specification_writes_it() -> None:
    assert secret_from(SECRET_TEXT) == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "hunter2", base64.b64encode(SECRET).decode(), "whsec_", "whsec_!!!!",
        f"whsec_{base64.b64encode(b'x' * 23).decode()}", f"whsec_{base64.b64encode(b'x' * 65).decode()}",
    ],
)  # fmt: skip
def test_what_is_no_secret_or_too_short_a_one_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="24…64") as caught:
        secret_from(text)
    assert len(text) < 7 or text not in str(caught.value)


# --- settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["https://mot-cua.tinh.example.vn/thong-bao", "http://127.0.0.1:8000/x?kho=1", "https://[::1]:8443/"],
)
def test_an_address_to_tell_is_taken_as_it_is(text: str) -> None:
    assert read_settings({"SOHOA_NOTIFY_URL": text}).notify_url == text


@pytest.mark.parametrize(
    "text",
    [
        "mot-cua.example.vn", "ftp://mot-cua.example.vn/", "https://", "https://user:mat-khau@mot-cua.example.vn/",
        "https://user@mot-cua.example.vn/", "https://mot-cua.example.vn:0/", "https://mot-cua.example.vn:99999/",
        "https://mot-cua.example.vn/a b", "https://mot-cua.example.vn/#x", "https://một-cửa.example.vn/", "https://[::1/",
    ],
)  # fmt: skip
def test_an_address_that_nobody_should_be_told_at_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_NOTIFY_URL": text})
    assert caught.value.code == "setting-invalid"
    assert "mat-khau" not in reason(caught.value.code, caught.value.facts)


def a_house(tmp_path: Path, **more: Any) -> Any:
    return open_house(Settings(var=tmp_path / "var", **more), make=True)


def test_where_nobody_is_to_be_told_nothing_is_written_down(tmp_path: Path) -> None:
    with (house := a_house(tmp_path)).ledger:
        assert house.tell is nobody


def test_notices_that_nobody_could_sign_are_refused_before_one_is_written_down(tmp_path: Path) -> None:
    house = a_house(tmp_path, notify_url="https://mot-cua.example.vn/")
    with house.ledger, pytest.raises(Misconfigured) as caught:
        _ = house.tell
    assert caught.value.facts == {"name": "SOHOA_NOTIFY_SECRET_FILE", "why": "SOHOA_NOTIFY_URL"}


def test_a_notice_stands_in_the_outbox_under_its_dossier(tmp_path: Path) -> None:
    house = a_house(tmp_path, notify_url="https://mot-cua.example.vn/", notify_secret_file=Path("x"))
    notice = Notice("review", START, "a" * 64, DOSSIER, code="ticket-invalid")
    with house.ledger:
        house.tell(notice)
        (row,) = house.ledger.take_messages()
    assert (row.message.queue, row.message.subject, row.message.body) == ("notice", DOSSIER, notice.body())


# --- what the document tells receivers ---------------------------------------------------------------------------


def the_example() -> dict[str, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    return found


def test_the_ten_lines_of_the_document_know_our_notices_from_others() -> None:
    is_ours, now = the_example()["is_ours"], datetime.now(UTC)
    body = Notice("review", START, "0" * 64, DOSSIER, code="deposit-empty").body()
    headers = signed(body, secret=SECRET, at=now)
    rotated = {**headers, "webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}
    assert is_ours(headers, body.encode(), SECRET_TEXT)
    assert is_ours(rotated, body.encode(), SECRET_TEXT)
    assert not is_ours(headers, body.replace("review", "failed").encode(), SECRET_TEXT)
    assert not is_ours({**headers, "webhook-id": "msg_1"}, body.encode(), SECRET_TEXT)
    assert not is_ours(headers, body.encode(), f"whsec_{base64.b64encode(b'x' * 32).decode()}")
    assert not is_ours(signed(body, secret=SECRET, at=now - timedelta(hours=1)), body.encode(), SECRET_TEXT)


def test_the_headers_that_the_document_shows_are_those_of_its_example() -> None:
    shown = dict(re.findall(r"^(webhook-[a-z]+): (.+)$", DOCUMENT, re.MULTILINE))
    body = Notice("review", START, "0" * 64, DOSSIER, code="deposit-empty").body()
    assert shown == signed(body, secret=SECRET, at=START)


def test_the_document_tells_every_field() -> None:
    body = json.loads(Notice("review", START, "0" * 64, DOSSIER, code="deposit-empty").body())
    assert {name for name in body if f"`{name}`" not in DOCUMENT and f'"{name}"' not in DOCUMENT} == set()
