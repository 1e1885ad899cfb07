"""One TOML file of settings: what it may say, who wins, and what is told of it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, Shell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import config_file
from pipeline.cli.settings import plain, toml_text
from pipeline.errors import Misconfigured
from pipeline.messages import catalogue, reason, say
from pipeline.settings import Settings, read_settings, shapes, variable

SECRET = "s3cr3t-in-the-file"


def written(folder: Path, text: str | bytes) -> dict[str, str]:
    """Write a file of settings; return the environment that names it."""
    path = folder / "sohoa.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return {config_file.VARIABLE: str(path)}


def refused(environment: dict[str, str]) -> tuple[str, str]:
    with pytest.raises(Misconfigured) as caught:
        read_settings(environment)
    return caught.value.code, reason(caught.value.code, caught.value.facts)


def test_a_file_says_what_variables_say(tmp_path: Path) -> None:
    text = 'var = "/srv/sohoa"\nworkers = 3\ntsa = ["http://a.vn", "http://b.vn"]\nsidecar = ["txt"]\n'
    text += 'store_lock = "governance"'
    assert read_settings(written(tmp_path, text)) == Settings(
        var=Path("/srv/sohoa"), workers=3, tsa=("http://a.vn", "http://b.vn"), sidecar=frozenset({"txt"}),
        store_lock="governance",
    )  # fmt: skip


def test_a_variable_wins_over_the_file_and_an_empty_one_does_not(tmp_path: Path) -> None:
    """An empty variable means "not set", as `docker run -e SOHOA_TRUST=` has it."""
    environment = written(tmp_path, 'workers = 3\nengine = "pytesseract"')
    found = read_settings(environment | {"SOHOA_WORKERS": "5", "SOHOA_ENGINE": ""})
    assert (found.workers, found.engine) == (5, "pytesseract")


def test_an_empty_file_and_empty_values_are_the_defaults(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "# nothing\n")) == Settings()
    assert read_settings(written(tmp_path, 'ledger = ""\ntsa = []\nstore_secret_file = ""')) == Settings()


def test_no_file_is_read_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "workers = 3")
    monkeypatch.chdir(tmp_path)
    assert read_settings({"SOHOA_CONFIG": ""}) == Settings()


@pytest.mark.parametrize("key", ["wrokers", "WORKERS", "sohoa_workers", "store_secret", "ledger_password", "config"])
def test_a_key_that_there_is_not_is_named_with_those_that_there_are(tmp_path: Path, key: str) -> None:
    """A secret written into the file under the name one would guess is refused, and not repeated."""
    code, said = refused(written(tmp_path, f'{key} = "{SECRET}"'))
    assert code == "config-unknown"
    assert key in said
    assert "ledger_password_file" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('workers = "3"', "integer"),
        ("workers = 3.0", "integer"),
        ("workers = true", "integer"),
        ('tsa = "http://a.vn"', "array of strings"),
        ("tsa = [1]", "array of strings"),
        ('tsa = ["http://a.vn,http://b.vn"]', "array of strings"),
        ("var = 1", "string"),
        ("[var]\nx = 1", "string"),
        ("ledger = 2026-11-21", "string"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_type_it_must_have(tmp_path: Path, text: str, kind: str) -> None:
    code, said = refused(written(tmp_path, text))
    assert code == "setting-invalid"
    assert kind in said
    assert "sohoa.toml" in said


def test_a_value_that_cannot_be_used_is_named_by_its_key_and_its_file(tmp_path: Path) -> None:
    code, said = refused(written(tmp_path, "workers = 999"))
    assert code == "setting-invalid"
    assert "workers (" in said
    assert "sohoa.toml" in said


def test_an_address_with_a_password_is_refused_in_a_file_too(tmp_path: Path) -> None:
    code, said = refused(written(tmp_path, f'ledger = "postgresql+psycopg://a:{SECRET}@b.vn/c"'))
    assert code == "setting-invalid"
    assert "SOHOA_LEDGER_PASSWORD_FILE" in said
    assert SECRET not in said


@pytest.mark.parametrize("text", [b"workers = ", b"\xff\xfe", b"a = 1\na = 2", b"#" * (300 << 10)])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: bytes) -> None:
    code, said = refused(written(tmp_path, text))
    assert code == "config-unreadable"
    assert "sohoa.toml" in said


@pytest.mark.parametrize("path", ["/nowhere/sohoa.toml", "/"])
def test_a_file_that_is_not_there_is_no_empty_file(path: str) -> None:
    """To run with defaults that nobody chose would keep records in a folder instead of the province's server."""
    code, said = refused({"SOHOA_CONFIG": path})
    assert code == "config-unreadable"
    assert path in said


def test_a_file_from_notepad_is_read(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, b"\xef\xbb\xbfworkers = 3\r\n")).workers == 3


def test_a_misspelt_variable_is_told_of_the_variable_of_the_file_too() -> None:
    assert "SOHOA_CONFIG" in refused({"SOHOA_CONFGI": "/etc/sohoa.toml"})[1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    workers=st.integers(0, 256),
    retention=st.integers(1, 28_000),
    words=st.lists(st.text("abcxyz.-/:", min_size=1, max_size=20), max_size=4),
    var=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30),
)
def test_whatever_settings_say_a_file_says_as_well(
    tmp_path: Path, workers: int, retention: int, words: list[str], var: str
) -> None:
    """Law: settings written to a file as `sohoa settings --toml` writes them are read as the same settings."""
    meant = Settings(workers=workers, store_retention=retention, trust=tuple(words), var=Path(var))
    lines = [f"{key} = {json.dumps(plain(getattr(meant, key)), ensure_ascii=False)}" for key in shapes()]
    text = "\n".join(lines).replace("\x7f", "\\u007f")
    assert read_settings(written(tmp_path, text)) == meant


def test_the_file_that_is_shown_says_every_default(tmp_path: Path) -> None:
    """Switched on line by line, nothing in it changes anything."""
    shown = toml_text()
    assert tomllib.loads(shown) == {}
    switched_on = re.sub(r"^#(\w+ = )", r"\1", shown, flags=re.MULTILINE)
    assert set(tomllib.loads(switched_on)) == set(shapes())
    assert read_settings(written(tmp_path, switched_on)) == Settings()


def test_every_setting_is_told_of_in_vietnamese_and_nothing_else_is() -> None:
    told = {key.removeprefix("setting.") for key in catalogue() if key.startswith("setting.")}
    assert told == set(shapes())
    assert all(say(f"setting.{key}").endswith(".") for key in told)


def test_the_command_shows_what_is_in_force_and_where_it_was_set(sohoa: Shell, tmp_path: Path) -> None:
    environment = written(tmp_path, 'workers = 3\nengine = "pytesseract"')
    shell = Shell(sohoa.home, sohoa.environment | environment | {"SOHOA_ENGINE": "tesserocr"})
    shown = {each["key"]: (each["value"], each["from"]) for each in shell.json("settings")["settings"]}
    assert set(shown) == set(shapes())
    assert shown["workers"] == (3, "file")
    assert shown["engine"] == ("tesserocr", "environment")
    assert shown["store_lock"] == ("compliance", "default")
    assert "SOHOA_ENGINE" in shell("settings").stdout


def test_the_readme_tells_every_default_as_the_code_has_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = {}
    for line in readme.splitlines():
        if line.startswith("| `SOHOA_"):
            names, defaults = (re.split(", (?=`)", cell.strip()) for cell in line.split("|")[1:3])
            table |= dict(zip((name.strip("`") for name in names), defaults * len(names), strict=False))
    assert set(table) == {variable(key) for key in shapes()} | {config_file.VARIABLE}
    for key in shapes():
        default = plain(getattr(Settings(), key))
        # Nothing said has a meaning of its own here: the highest level.
        meant = "`B-LTA`; trial `B-T`" if key == "seal_level" else f"`{default}`" if default not in ("", []) else ""
        assert table[variable(key)] == meant, key
