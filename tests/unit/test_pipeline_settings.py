"""The environment is read once, and what is wrong in it is named."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.errors import Misconfigured
from pipeline.messages import reason
from pipeline.settings import Settings, read_settings
from pipeline.stages.seal import link_of, mark_font
from signing import Mark, mark_size


def test_an_empty_environment_gives_the_embedded_default() -> None:
    # The issue: no server, no setting, everything below var/, the development identity.
    assert read_settings({}) == Settings(
        var=Path("var"), workers=0, engine="tesserocr", signing_p12=None, signing_p12_password_file=None, trust=()
    )


def test_variables_of_others_are_none_of_our_business() -> None:
    assert read_settings({"PATH": "/bin", "sohoa_var": "x", "XSOHOA_VAR": "y"}) == Settings()


def test_every_setting_is_taken_from_its_variable() -> None:
    environment = {
        "SOHOA_VAR": "/srv/sohoa",
        "SOHOA_LEDGER": "postgresql+psycopg://sohoa@db.example.vn:5432/ledger",
        "SOHOA_LEDGER_PASSWORD_FILE": "/etc/ledger.password",
        "SOHOA_STORE_URL": "https://s3.example.vn:9000",
        "SOHOA_STORE_KEY": "worker-1",
        "SOHOA_STORE_SECRET_FILE": "/etc/store-secret",
        "SOHOA_STORE_CA": "/etc/store-ca.pem",
        "SOHOA_STORE_REGION": "hn-1",
        "SOHOA_STORE_PREFIX": "tinh-",
        "SOHOA_STORE_LOCK": "governance",
        "SOHOA_STORE_RETENTION": "7300",
        "SOHOA_STORE_ENCRYPTION": "kms:evidence",
        "SOHOA_WORKERS": "3",
        "SOHOA_ENGINE": "pytesseract",
        "SOHOA_SIGNING_P12": "/etc/agency.p12",
        "SOHOA_SIGNING_P12_PASSWORD_FILE": "/etc/agency.password",
        "SOHOA_SIGNING_PKCS11": "/usr/lib/token.so",
        "SOHOA_SIGNING_TOKEN": "UBND Mẫu",
        "SOHOA_SIGNING_CSC": "https://ky.example.vn/csc/v2",
        "SOHOA_SIGNING_CLIENT": "sohoa",
        "SOHOA_SIGNING_CLIENT_SECRET_FILE": "/etc/client",
        "SOHOA_SIGNING_KEY": "seal",
        "SOHOA_SIGNING_PIN_FILE": "/etc/pin",
        "SOHOA_NOTIFY_URL": "https://mot-cua.example.vn/thong-bao",
        "SOHOA_NOTIFY_SECRET_FILE": "/etc/notify-secret",
        "SOHOA_SEAL_PROFILE": "officer-agency",
        "SOHOA_OFFICER_P12": "/etc/officer.p12",
        "SOHOA_OFFICER_P12_PASSWORD_FILE": "/etc/officer-password",
        "SOHOA_OFFICER_PKCS11": "/usr/lib/officer.so",
        "SOHOA_OFFICER_TOKEN": "officer",
        "SOHOA_OFFICER_CSC": "https://csc.example.vn/officers",
        "SOHOA_OFFICER_CLIENT": "sohoa-officer",
        "SOHOA_OFFICER_CLIENT_SECRET_FILE": "/etc/officer-secret",
        "SOHOA_OFFICER_KEY": "officer-2",
        "SOHOA_OFFICER_PIN_FILE": "/etc/officer-pin",
        "SOHOA_MARK_LINK": "https://sohoa.example.vn/{dossier}/{sha256}",
        "SOHOA_SEAL_LEVEL": "B-T",
        "SOHOA_TSA": "http://tsa.example.vn, http://tsa2.example.vn",
        "SOHOA_FETCH_ALLOW": "tsa.example.vn,ca.example.vn:8080",
        "SOHOA_TRUST": "neac, /etc/trust.pem",
        "SOHOA_SIDECAR": "alto, TXT",
        "SOHOA_QUEUE": "amqps://sohoa@queue.example.vn/scans",
        "SOHOA_QUEUE_PASSWORD_FILE": "/etc/queue-password",
        "SOHOA_INBOX": "/srv/quay, s3://sohoa-deposits",
        "SOHOA_INBOX_QUIET": "90",
        "SOHOA_INBOX_STEADY": "3",
        "SOHOA_SAME_DAY": "1.001193, 2.000815",
        "SOHOA_HEALTH": "0.0.0.0:8350",
        "SOHOA_WEB": "[::]:8351",
        "SOHOA_WEB_TOKENS_FILE": "/etc/web-tokens",
        "SOHOA_TRACES": "https://collector.example.vn/v1/traces",
        "SOHOA_MEMORY": "3000",
    }
    assert read_settings(environment) == Settings(
        var=Path("/srv/sohoa"),
        ledger="postgresql+psycopg://sohoa@db.example.vn:5432/ledger",
        ledger_password_file=Path("/etc/ledger.password"),
        store_url="https://s3.example.vn:9000",
        store_key="worker-1",
        store_secret_file=Path("/etc/store-secret"),
        store_ca=Path("/etc/store-ca.pem"),
        store_region="hn-1",
        store_prefix="tinh-",
        store_lock="governance",
        store_retention=7300,
        store_encryption="kms:evidence",
        workers=3,
        engine="pytesseract",
        signing_p12=Path("/etc/agency.p12"),
        signing_p12_password_file=Path("/etc/agency.password"),
        signing_pkcs11=Path("/usr/lib/token.so"),
        signing_token="UBND Mẫu",
        signing_csc="https://ky.example.vn/csc/v2",
        signing_client="sohoa",
        signing_client_secret_file=Path("/etc/client"),
        signing_key="seal",
        signing_pin_file=Path("/etc/pin"),
        notify_url="https://mot-cua.example.vn/thong-bao",
        notify_secret_file=Path("/etc/notify-secret"),
        seal_profile="officer-agency",
        officer_p12=Path("/etc/officer.p12"),
        officer_p12_password_file=Path("/etc/officer-password"),
        officer_pkcs11=Path("/usr/lib/officer.so"),
        officer_token="officer",
        officer_csc="https://csc.example.vn/officers",
        officer_client="sohoa-officer",
        officer_client_secret_file=Path("/etc/officer-secret"),
        officer_key="officer-2",
        officer_pin_file=Path("/etc/officer-pin"),
        mark_link="https://sohoa.example.vn/{dossier}/{sha256}",
        seal_level="B-T",
        tsa=("http://tsa.example.vn", "http://tsa2.example.vn"),
        fetch_allow=("tsa.example.vn", "ca.example.vn:8080"),
        trust=("neac", "/etc/trust.pem"),
        sidecar=frozenset({"txt", "alto"}),
        queue="amqps://sohoa@queue.example.vn/scans",
        queue_password_file=Path("/etc/queue-password"),
        inbox=("/srv/quay", "s3://sohoa-deposits"),
        inbox_quiet=90,
        inbox_steady=3,
        same_day=("1.001193", "2.000815"),
        health="0.0.0.0:8350",
        web="[::]:8351",
        web_tokens_file=Path("/etc/web-tokens"),
        traces="https://collector.example.vn/v1/traces",
        memory=3000,
    )
    assert {f"SOHOA_{each.name.upper()}" for each in fields(Settings)} == set(environment)


def test_a_misspelt_variable_is_named_with_those_that_there_are() -> None:
    # House rule 5: silently ignoring SOHOA_WORKRES would run with a default that nobody chose.
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_WORKRES": "2"})
    assert caught.value.code == "setting-unknown"
    sentence = reason(caught.value.code, caught.value.facts)
    assert "SOHOA_WORKRES" in sentence
    assert "SOHOA_WORKERS" in sentence


@pytest.mark.parametrize("text", ["-1", "two", "1.5", "257", "1 000", "٣x"])
def test_a_number_of_workers_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_WORKERS": text})
    assert caught.value.code == "setting-invalid"
    assert "SOHOA_WORKERS" in reason(caught.value.code, caught.value.facts)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SOHOA_INBOX_QUIET", "a minute"), ("SOHOA_INBOX_STEADY", "-1"), ("SOHOA_INBOX_QUIET", "86401"),
        ("SOHOA_HEALTH", "8350"), ("SOHOA_HEALTH", ":8350"), ("SOHOA_HEALTH", "localhost:99999"),
    ],
)  # fmt: skip
def test_what_the_watcher_cannot_wait_for_or_answer_on_is_refused(name: str, text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({name: text})
    assert caught.value.code == "setting-invalid"
    assert name in reason(caught.value.code, caught.value.facts)


def test_an_engine_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_ENGINE": "easyocr"})
    sentence = reason(caught.value.code, caught.value.facts)
    assert "tesserocr" in sentence
    assert "pytesseract" in sentence


def test_an_empty_variable_is_as_good_as_none() -> None:
    # `docker run -e SOHOA_TRUST=` and unfilled lines of an env file mean "not set".
    assert read_settings({"SOHOA_TRUST": "", "SOHOA_WORKERS": ""}) == Settings()


def test_no_number_of_workers_means_one_for_each_processor_we_may_use() -> None:
    assert Settings().worker_count == len(os.sched_getaffinity(0))


def test_a_number_of_workers_is_taken_as_it_is() -> None:
    assert Settings(workers=7).worker_count == 7


@pytest.mark.parametrize("text", ["docx", "txt,docx", "txt;alto", "txt alto"])
def test_a_kind_of_sidecar_that_there_is_not_is_named(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_SIDECAR": text})
    sentence = reason(caught.value.code, caught.value.facts)
    assert caught.value.code == "setting-invalid"
    assert text.rsplit(",", maxsplit=1)[-1] in sentence
    assert "txt | alto" in sentence  # what there is


@pytest.mark.parametrize(
    "text",
    [
        "http://sohoa.example.vn/{sha256}",
        "ftp://sohoa.example.vn/{sha256}",
        "https:///{sha256}",
        "https://{dossier}.example.vn/{sha256}",
        "https://user@example.vn/{sha256}",
        "https://sohoa.example.vn/",
        "https://sohoa.example.vn/{name}/{sha256}",
        "https://sohoa.example.vn/{dossier!r}",
        "https://sohoa.example.vn/{sha256",
        "https://sohoa.example.vn/{}/{sha256}",
        "https://sohoa.example.vn/a b/{sha256}",
        "https://sohoa.example.vn/hồ-sơ/{sha256}",
        "https://sohoa.example.vn/" + 80 * "x" + "/{dossier}/{sha256}",
        "https://sohoa.example.vn/{sha256}/{sha256}/{sha256}",
    ],
)
def test_a_link_that_a_telephone_should_not_open_or_a_code_not_hold_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_MARK_LINK": text})
    assert caught.value.code == "setting-invalid"
    assert "SOHOA_MARK_LINK" in reason(caught.value.code, caught.value.facts)


@pytest.mark.parametrize("where", ["/", "/tra-cuu?ma=", "/" + 60 * "x" + "/"])
def test_every_link_that_is_taken_can_be_drawn_for_the_longest_code_of_a_dossier(where: str) -> None:
    settings = read_settings({"SOHOA_MARK_LINK": "https://a.vn" + where + "{dossier}/{sha256}"})
    link = link_of(settings.mark_link, "H15.123.123.123-261120-1234567", "f" * 64)
    assert link is not None
    assert mark_size(Mark(("SAO Y",), None, mark_font(), link=link))[0] > 0


def test_no_link_no_code() -> None:
    assert link_of(Settings().mark_link, "H15.50.05.13-261120-0001") is None


def test_a_profile_that_there_is_not_is_refused_with_those_that_are() -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_SEAL_PROFILE": "agency-officer"})
    assert "agency | officer-agency" in reason(caught.value.code, caught.value.facts)
