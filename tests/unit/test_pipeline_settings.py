"""The environment is read once, and what is wrong in it is named."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.errors import Misconfigured
from pipeline.messages import reason
from pipeline.settings import Settings, read_settings


def test_an_empty_environment_gives_the_embedded_default() -> None:
    # The issue: no server, no setting, everything below var/, the development identity.
    assert read_settings({}) == Settings(
        var=Path("var"), workers=0, engine="tesserocr", signing_p12=None, signing_p12_password_file=None, trust=None
    )


def test_variables_of_others_are_none_of_our_business() -> None:
    assert read_settings({"PATH": "/bin", "sohoa_var": "x", "XSOHOA_VAR": "y"}) == Settings()


def test_every_setting_is_taken_from_its_variable() -> None:
    environment = {
        "SOHOA_VAR": "/srv/sohoa",
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
        "SOHOA_SEAL_LEVEL": "B-T",
        "SOHOA_TSA": "http://tsa.example.vn, http://tsa2.example.vn",
        "SOHOA_FETCH_ALLOW": "tsa.example.vn,ca.example.vn:8080",
        "SOHOA_TRUST": "/etc/trust.pem",
        "SOHOA_SIDECAR": "alto, TXT",
    }
    assert read_settings(environment) == Settings(
        var=Path("/srv/sohoa"),
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
        seal_level="B-T",
        tsa=("http://tsa.example.vn", "http://tsa2.example.vn"),
        fetch_allow=("tsa.example.vn", "ca.example.vn:8080"),
        trust=Path("/etc/trust.pem"),
        sidecar=frozenset({"txt", "alto"}),
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
