"""The Dockerfiles, checked as far as they can be without an engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from conftest import ROOT

FILES = {ROOT / "Dockerfile": ROOT, ROOT / "deploy" / "s3" / "Dockerfile": ROOT / "deploy" / "s3"}
SOHOA = ROOT / "Dockerfile"


def instructions(file: Path) -> list[tuple[str, str]]:
    """Return instruction and words, with continued lines joined and comments left out."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def stages(file: Path) -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, words in instructions(file):
        if name == "FROM":
            found.append([])
        found[-1].append((name, words))
    return found


def of(stage: list[tuple[str, str]], name: str) -> list[str]:
    return [words for each, words in stage if each == name]


def sent() -> list[str]:
    """Return what .dockerignore lets through."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    return [line[1:] for line in lines if line.startswith("!")]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_base_is_an_exact_tag_and_the_same(file: Path) -> None:
    outside = [words.split()[0] for stage in stages(file) for words in of(stage, "FROM")]
    named = {words.split()[2] for stage in stages(file) for words in of(stage, "FROM") if " AS " in words}
    bases = set(outside) - named
    assert len(bases) == 1
    assert re.fullmatch(r"debian:bookworm-\d{8}-slim", bases.pop())


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_file_that_is_copied_is_there(file: Path) -> None:
    for stage in stages(file):
        for words in of(stage, "COPY"):
            if words.startswith("--from="):
                continue
            *sources, _target = words.split()
            assert all((FILES[file] / source).exists() for source in sources), words


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_last_stage_is_nobody_in_particular_and_says_whether_it_lives(file: Path) -> None:
    last = stages(file)[-1]
    (user,) = of(last, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert of(last, "HEALTHCHECK")
    assert of(last, "LABEL")
    assert len(of(last, "VOLUME")) == 1
    assert of(last, "STOPSIGNAL") == ["SIGTERM"]


def test_what_is_installed_is_locked_with_hashes_and_by_the_scripts_that_make_run_uses() -> None:
    text = " ".join(words for _, words in instructions(SOHOA))
    assert "requirements/make-venv.sh requirements/run.lock" in text
    assert "debian-packages.sh run" in text
    script = (ROOT / "requirements" / "make-venv.sh").read_text(encoding="utf-8")
    assert "--require-hashes" in script
    assert "--only-binary :all:" in script
    assert (ROOT / "requirements" / "run.lock").read_text(encoding="utf-8").count("--hash=sha256:") > 100


def test_nothing_that_builds_is_shipped() -> None:
    shipped = " ".join(words for _, words in stages(SOHOA)[-1])
    assert not re.search(r"build-essential|gcc|python3-dev|pip install|apt-get (-\w+ )*install", shipped)
    assert "purge -y -q --auto-remove python3-venv" in shipped
    built = " ".join(words for _, words in stages(SOHOA)[1])
    assert "pip uninstall" in built


def test_every_package_of_ours_is_in_the_image() -> None:
    """Or an import fails in the container and nowhere else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    compiled = " ".join(words for _, words in stages(SOHOA)[1])
    assert packages <= set(sent())
    assert all(f" {package}" in compiled for package in packages)


def test_no_secret_no_record_and_no_test_is_sent_to_the_builder() -> None:
    let_in = sent()
    assert all((ROOT / each).exists() for each in let_in)
    for kept_out in (
        "deploy/secrets/ledger_password",
        "var/ledger.sqlite",
        "out/x.pdf",
        "tests/conftest.py",
        ".git/config",
    ):
        assert not any(kept_out == each or fnmatch(kept_out, f"{each}/*") for each in let_in)


def test_the_user_of_the_image_is_the_one_that_owns_its_folder() -> None:
    last = " ".join(words for _, words in stages(SOHOA)[-1])
    assert "install -d -o 10350 -g 10350 -m 0750 /var/lib/sohoa" in last
    assert "SOHOA_VAR=/var/lib/sohoa" in last


def test_what_is_sent_to_the_builder_is_all_that_it_needs(tmp_path: Path) -> None:
    """Ours from a copy of that alone, without what only builds: everything an installation needs is tried."""
    image, home = tmp_path / "opt", tmp_path / "home"
    home.mkdir()
    for each in sent():
        source = ROOT / each
        copy = shutil.copytree if source.is_dir() else shutil.copy
        (image / each).parent.mkdir(parents=True, exist_ok=True)
        copy(source, image / each)
    blocked = ("pip", "setuptools", "pkg_resources", "hatchling", "editables", "trove_classifiers")
    (image / "sitecustomize.py").write_text(f"import sys\nsys.modules |= dict.fromkeys({blocked!r})\n")
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SOHOA_")}
    tried = subprocess.run(
        [sys.executable, "-m", "workers.cli", "doctor", "--json"], cwd=home,
        env=environment | {"PYTHONPATH": str(image)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert tried.returncode == 0, tried.stdout
