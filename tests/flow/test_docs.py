"""The commands in the documents work as they stand."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import COMMAND, ROOT, _environment

from pipeline.settings import Settings

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(document: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a checkout after `make run`."""
    home = tmp_path_factory.mktemp("checkout")
    for name in ("samples", "Makefile", "requirements", "tests", "pyproject.toml"):
        (home / name).symlink_to(ROOT / name)
    (home / ".venv").symlink_to(COMMAND.parents[1])
    return home


def test_the_commands_of_the_documents_work_from_top_to_bottom(checkout):
    ran = 0
    for document in DOCUMENTS:
        for block in commands(document):
            script = re.sub(r"^make ", "make -n ", block, flags=re.MULTILINE)
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", script], cwd=checkout, env=_environment(),
                capture_output=True, text=True, timeout=200, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{document.name}:\n{block}\n{done.stdout}\n{done.stderr}"
            ran += 1
    assert ran >= 5


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in Settings.__dataclass_fields__:
        assert f"`SOHOA_{name.upper()}`" in readme


def test_every_link_of_the_documents_leads_somewhere():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_make_target_of_the_contract_exists():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "lint", "bench", "clean"):
        assert f"make {target}" in said
