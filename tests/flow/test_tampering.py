"""One flipped byte, wherever it is, is found, and the file is named."""

from __future__ import annotations

import random

import pytest
from conftest import DOSSIER


def flip(path, where=None):
    data = bytearray(path.read_bytes())
    at = random.Random(path.name).randrange(len(data)) if where is None else where
    data[at] ^= 1 << random.Random(str(path)).randrange(8)
    path.chmod(0o644)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("where", [0, 5_000, -1, None])
@pytest.mark.parametrize(
    "name", ["TP01-01.pdf", "TP01-01.txt", "TP02-01.alto.xml", "manifest.json", "manifest.json.p7s"]
)
def test_verify_finds_a_flipped_byte_and_names_the_file(copy_of_digitised, name, where):
    path = copy_of_digitised.home / "out" / DOSSIER / name
    flip(path, None if where is not None and where >= path.stat().st_size else where)

    told = copy_of_digitised("verify", path.parent)
    # A spoilt seal may leave it unknown who made it (3); it never passes.
    assert told.returncode in {3, 4}
    assert name.removesuffix(".p7s") in told.stdout.splitlines()[-1] + told.stdout


def test_verify_finds_a_flipped_byte_in_a_pdf_alone(copy_of_digitised):
    path = copy_of_digitised.home / "out" / DOSSIER / "TP01-01.pdf"
    flip(path)
    told = copy_of_digitised.json("verify", path)
    assert told["exit"] in {3, 4}
    assert {each["path"] for each in told["checks"] if each["result"] != "passed"} == {str(path)}


@pytest.mark.parametrize("area", ["originals", "work", "sealed"])
def test_audit_finds_a_flipped_byte_in_a_stored_object_and_names_it(copy_of_digitised, area):
    objects = sorted((copy_of_digitised.home / "var" / "store" / area).rglob("?" * 64))
    path = objects[len(objects) // 2]
    flip(path)

    told = copy_of_digitised.json("audit")
    assert told["exit"] == 4
    assert f"{area}/{path.name}" in {each["object"] for each in told["troubles"]}


def test_audit_finds_a_lost_object(copy_of_digitised):
    path = sorted((copy_of_digitised.home / "var" / "store" / "originals").rglob("?" * 64))[0]
    path.unlink()

    told = copy_of_digitised.json("audit")
    assert {(each["object"], each["problem"]) for each in told["troubles"]} == {(f"originals/{path.name}", "missing")}


@pytest.mark.parametrize("name", ["TP01-01.pdf", "TP01-01.txt"])
def test_audit_says_which_dossier_a_spoilt_file_belongs_to(copy_of_digitised, name):
    told = copy_of_digitised.json("status", DOSSIER)
    file = next(each for each in told["files"] if each["name"] == name)
    digest = file["digest"]
    flip(copy_of_digitised.home / "var" / "store" / "sealed" / digest[:2] / digest[2:4] / digest)

    troubles = copy_of_digitised.json("audit")["troubles"]
    assert any(f"{DOSSIER}/{name}" in each["belongs"] for each in troubles)


def test_audit_finds_a_manifest_put_in_place_of_another(copy_of_digitised):
    """Somebody with access to the disk points a dossier at the manifest of another one."""
    records = copy_of_digitised.home / "var" / "store" / "records" / "dossiers"
    one, other = sorted(records.iterdir())[:2]
    (one / "000001").write_bytes((other / "000001").read_bytes().replace(other.name.encode(), one.name.encode()))

    assert copy_of_digitised.json("audit")["exit"] == 4


def test_a_file_too_many_or_too_few_or_swapped_is_found(copy_of_digitised):
    folder = copy_of_digitised.home / "out" / DOSSIER
    one, two = folder / "TP01-01.pdf", folder / "TP02-01.pdf"
    first, second = one.read_bytes(), two.read_bytes()

    one.write_bytes(second)
    two.write_bytes(first)
    told = {(each["path"], each["code"]) for each in copy_of_digitised.json("verify", folder)["checks"]}
    assert {(str(one), "hash-differs"), (str(two), "hash-differs")} <= told

    one.unlink()
    (folder / "TP09-01.pdf").write_bytes(first)
    told = {(each["path"], each["code"]) for each in copy_of_digitised.json("verify", folder)["checks"]}
    assert {(str(one), "file-missing"), (str(folder / "TP09-01.pdf"), "file-extra")} <= told
