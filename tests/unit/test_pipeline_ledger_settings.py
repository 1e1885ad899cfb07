"""Which ledger: named without its secret, and told as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from postgres import a_ledger_url

from pipeline import doctor
from pipeline.errors import Interrupted, Misconfigured, SohoaError
from pipeline.house import open_house
from pipeline.messages import reason
from pipeline.settings import Settings, read_settings
from pipeline.wiring import SHIPPED_CATALOGUE, actor, import_file
from storage.ledger.events import _ACTOR

SERVER = "postgresql+psycopg://sohoa@db.example.vn:5432/ledger"
SECRET = "s3cret"


def test_a_server_is_named_by_its_address_and_the_file_of_its_password() -> None:
    found = read_settings({"SOHOA_LEDGER": SERVER, "SOHOA_LEDGER_PASSWORD_FILE": "/run/secrets/ledger"})

    assert (found.ledger, found.ledger_password_file) == (SERVER, Path("/run/secrets/ledger"))


def test_a_server_of_this_machine_may_be_named_by_its_sockets() -> None:
    """Without a network and without a password, as Debian sets it up."""
    address = "postgresql+psycopg:///ledger?host=/run/postgresql"

    assert read_settings({"SOHOA_LEDGER": address}).ledger == address


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://sohoa:{SECRET}@db.example.vn/ledger",
        f"postgresql+psycopg://sohoa@db.example.vn/ledger?password={SECRET}",
        "postgresql+psycopg://sohoa@db.example.vn",
        "postgresql://sohoa@db.example.vn/ledger",
        "sqlite:///ledger.db",
        "ledger.db",
    ],
)
def test_an_address_with_a_password_or_of_another_kind_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({"SOHOA_LEDGER": address})
    said = reason(caught.value.code, caught.value.facts)
    assert "SOHOA_LEDGER" in said
    assert SECRET not in said + str(caught.value)


def test_without_a_server_the_ledger_is_a_file_below_var(tmp_path: Path) -> None:
    house = open_house(Settings(var=tmp_path), make=True)

    with house.ledger as ledger:
        assert ledger.kind.startswith("sqlite")
    assert (tmp_path / "ledger.sqlite").is_file()


def test_with_a_server_there_is_no_file_and_the_doctor_names_the_server(tmp_path: Path) -> None:
    with a_ledger_url("postgresql", tmp_path) as url:
        settings = Settings(var=tmp_path / "var", ledger=url)
        with open_house(settings, make=False).ledger as ledger:
            ledger.event(actor(), "opened", "D-1")
        state, said = doctor._ledger(settings)

    assert state == "works"
    assert url in said
    assert "postgresql 1" in said
    assert "r0004" in said
    assert not (tmp_path / "var" / "ledger.sqlite").exists()


def test_a_server_that_does_not_answer_is_said_so_without_its_password(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{SECRET}\n")
    settings = Settings(var=tmp_path, ledger="postgresql+psycopg://a@127.0.0.1:1/b", ledger_password_file=password)

    with pytest.raises(Interrupted) as caught:
        open_house(settings, make=True)
    assert caught.value.code == "ledger-away"
    assert SECRET not in str(caught.value) + reason(caught.value.code, caught.value.facts)


def test_whoever_changes_the_catalogue_is_in_the_log(tmp_path: Path) -> None:
    """Dossiers are judged by it."""
    house = open_house(Settings(var=tmp_path), make=True)
    with house.ledger as ledger:
        for _ in range(2):
            import_file(house, SHIPPED_CATALOGUE / "1.001193.json")
        (event,) = ledger.events()

    assert (event.actor, event.action, event.subject) == (actor(), "procedure-imported", "1.001193")


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_password_file_is_named(tmp_path: Path, text: str) -> None:
    password = tmp_path / "password"
    password.write_text(text)

    with pytest.raises(SohoaError) as caught:
        open_house(Settings(var=tmp_path, ledger=SERVER, ledger_password_file=password), make=True)
    assert caught.value.facts["name"] == "SOHOA_LEDGER_PASSWORD_FILE"


@pytest.mark.parametrize("user", ["root", "Nguyễn Thị Mẫu", "DOMAIN\\user", "x" * 300, "-"])
def test_whatever_an_account_is_called_it_can_stand_in_the_log(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.wiring._user", lambda: user)

    assert _ACTOR.fullmatch(actor())
