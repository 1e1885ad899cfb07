"""From a dossier that was really sealed and handed out to the reports that ``sohoa verify`` writes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import a_page, a_ticket
from jsonschema import Draft202012Validator
from seen_helpers import paper, redrawn, sign, updated

from pipeline.checking import check
from pipeline.cli import verify
from pipeline.cli.verify import REPORTS, verify_command
from pipeline.errors import Misconfigured, Usage
from pipeline.handout import hand_out
from pipeline.reports.as_json import report_schema
from pipeline.settings import Settings
from signing import Trust, development_identity, seal_bytes


@pytest.fixture
def folder(bureau, tmp_path):
    """Two components of a dossier, handed out."""
    ticket = a_ticket(("TP01", ["1.jpg"]), ("TP02", ["2.jpg"]))
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **{"1_jpg": a_page(20), "2_jpg": a_page(40)}))
    return hand_out(bureau.store, outcome.verdict, tmp_path / "out")


@pytest.fixture
def call(bureau, tmp_path, monkeypatch):
    """Call the command as the door does, at the time at which the bureau's certificates hold."""
    monkeypatch.setattr(verify, "now", bureau.clock)
    trust = [str(tmp_path / "identity" / "trust.pem")]

    def command(*paths, as_json=False, **more):
        return verify_command(Settings(var=tmp_path), paths, trust=trust, as_json=as_json, **more)

    return command


def test_every_kind_of_report_is_written_of_a_dossier(call, folder, tmp_path, capsys):
    there = tmp_path / "reports"
    assert call(folder, report="html,pdf,json,etsi", report_dir=there) == 0

    names = {path.name for path in there.iterdir()}
    assert names == {f"verification-report.{end}" for end, _ in REPORTS.values()}
    assert str(there) in capsys.readouterr().out
    html = (there / "verification-report.html").read_text(encoding="utf-8")
    assert html.count("data:image/png") == 2
    assert "UBND phường Tuy Phước" in html
    told = json.loads((there / "verification-report.json").read_bytes())
    Draft202012Validator(report_schema()).validate(told)
    assert [each["component"] for each in told["files"]] == [None, "TP01", "TP02"]
    root = ET.parse(there / "verification-report.etsi.xml").getroot()
    assert len(root.findall("{*}SignatureValidationReport")) == 3
    text = subprocess.run(
        ["pdftotext", there / "verification-report.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "TP02-01.pdf" in text


def test_machines_are_told_the_same_as_the_json_report(call, folder, tmp_path, capsys):
    call(folder, as_json=True, report="json", report_dir=tmp_path)
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "verification-report.json").read_bytes())


def test_two_files_that_were_swapped_are_told_by_their_right_names(bureau, folder):
    """Each bears a seal that holds, so only the manifest can tell."""
    one, two = folder / "TP01-01.pdf", folder / "TP02-01.pdf"
    beside = folder.parent / "beside"
    one.rename(beside)
    two.rename(one)
    beside.rename(two)

    told = {(each.path.name, each.code): each.other for each in checks_of(bureau, folder)}
    assert told["TP01-01.pdf", "file-misplaced"] == "TP02-01.pdf"
    assert told["TP02-01.pdf", "file-misplaced"] == "TP01-01.pdf"


def test_a_file_that_was_renamed_is_missing_and_told_where_it_lies(bureau, folder):
    (folder / "TP01-01.pdf").rename(folder / "TP09-01.pdf")
    told = {(each.path.name, each.code): each.other for each in checks_of(bureau, folder)}
    assert ("TP01-01.pdf", "file-missing") in told
    assert ("TP09-01.pdf", "file-extra") in told
    assert told["TP09-01.pdf", "file-misplaced"] == "TP01-01.pdf"


def test_a_spoilt_file_is_not_called_misplaced(bureau, folder):
    path = folder / "TP01-01.pdf"
    path.write_bytes(path.read_bytes() + b"%")
    codes = {each.code for each in checks_of(bureau, folder) if each.path == path}
    assert "hash-differs" in codes
    assert "file-misplaced" not in codes


def test_two_components_that_were_swapped_in_the_manifest_break_its_seal(call, bureau, folder):
    swap_components(folder)
    told = {(each.path.name, each.what): (each.result, each.code) for each in checks_of(bureau, folder)}
    assert told["manifest.json", "signature"] == ("failed", "HASH_FAILURE")
    assert call(folder) == 4


def test_a_manifest_that_a_stranger_sealed_anew_is_known_by_nobody(call, bureau, folder, tmp_path):
    """Every hash holds and the seal is whole; but nobody trusted says whose it is, so it never passes."""
    swap_components(folder)
    stranger = development_identity(tmp_path / "stranger", agency="UBND phường Tuy Phước", clock=bureau.clock)
    manifest = folder / "manifest.json"
    put(folder / "manifest.json.p7s", seal_bytes(manifest.read_bytes(), identity=stranger, when=bureau.clock()))

    told = {(each.path.name, each.what): (each.result, each.code) for each in checks_of(bureau, folder)}
    assert told["manifest.json", "signature"] == ("indeterminate", "NO_CERTIFICATE_CHAIN_FOUND")
    assert call(folder) == 3


def test_the_manifest_of_another_dossier_does_not_vouch_for_these_files(call, bureau, folder, tmp_path):
    ticket = a_ticket(("TP01", ["1.jpg"]), ("TP02", ["2.jpg"]), dossier="H15.50.05.13-261120-0002")
    deposit = bureau.deposit(
        dossier="H15.50.05.13-261120-0002", ticket=ticket, **{"1_jpg": a_page(60), "2_jpg": a_page(80)}
    )
    other = hand_out(bureau.store, bureau.driver.run(deposit).verdict, tmp_path / "out")
    for name in ("manifest.json", "manifest.json.p7s"):
        put(folder / name, (other / name).read_bytes())

    told = {(each.path.name, each.what): each.code for each in checks_of(bureau, folder)}
    assert told["manifest.json", "signature"] == "OK"
    assert told["TP01-01.pdf", "hash"] == told["TP02-01.pdf", "hash"] == "hash-differs"
    assert call(folder) == 4


def test_pictures_of_pages_that_were_replaced_are_written_beside_the_report(call, bureau, tmp_path, capsys):
    path, there = tmp_path / "in" / "paper.pdf", tmp_path / "reports"
    path.parent.mkdir()
    identity = bureau.driver.identity_of("")
    path.write_bytes(updated(sign(identity, paper(), "Officer"), redrawn("Nguoi nhan: Tran Van Binh")))

    assert call(path, report_dir=there) == 4
    (picture,) = there.iterdir()
    assert picture.name == "verification-report.1.png"
    assert picture.stat().st_mode & 0o077 == 0, "pages show personal data"
    assert str(picture) in capsys.readouterr().out.replace("\n", "")


def test_without_differences_a_folder_for_reports_stays_as_it_is(call, folder, tmp_path):
    assert call(folder, report_dir=tmp_path / "reports") == 0
    assert not (tmp_path / "reports").exists()


def test_many_dossiers_are_told_in_their_order_and_what_is_none_is_told_too(call, folder, capsys):
    shutil.copytree(folder, folder.with_name("A"))
    (folder.parent / "Z.txt").write_bytes(b"?")
    assert call(folder.parent, as_json=True) == 4
    told = json.loads(capsys.readouterr().out)["checks"]
    paths = [each["path"] for each in told]
    assert paths == sorted(paths, key=lambda path: Path(path).relative_to(folder.parent).parts[0])
    assert [each["code"] for each in told if each["result"] != "passed"] == ["file-extra"]


def test_what_is_wrong_with_a_dossier_stands_in_its_report(call, folder, tmp_path):
    (folder / "TP01-01.pdf").unlink()
    shutil.copy(folder / "TP02-01.pdf", folder / "<b>&.pdf")
    assert call(folder, report="html", report_dir=tmp_path) == 4

    html = (tmp_path / "verification-report.html").read_text(encoding="utf-8")
    for words in ("KHÔNG HỢP LỆ", "trong thư mục không có", "tệp không có trong bản kê", "&lt;b&gt;&amp;.pdf"):
        assert words in html
    assert "<b>" not in html


def test_a_report_is_not_written_into_what_is_checked(call, folder):
    """Next time it would be a file that the manifest does not list."""
    for there in (folder, folder / "reports"):
        with pytest.raises(Usage) as caught:
            call(folder, report="html", report_dir=there)
        assert caught.value.code == "report-in-dossier"
    with pytest.raises(Usage):
        call(folder / "TP01-01.pdf", report="html", report_dir=folder)
    assert not list(folder.glob("verification-report*"))


def test_a_kind_of_report_that_there_is_not_is_named(call, folder, tmp_path):
    with pytest.raises(Usage) as caught:
        call(folder, report="html,docx", report_dir=tmp_path)
    assert caught.value.facts["kind"] == "docx"


def test_a_folder_that_cannot_be_written_is_named(call, folder, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Misconfigured) as caught:
        call(folder, report="json", report_dir=tmp_path / "file")
    assert caught.value.code == "output-failed"


def test_any_bytes_called_pdf_give_every_report(call, tmp_path):
    path = tmp_path / "in" / "odd.pdf"
    path.parent.mkdir()
    path.write_bytes(b"%PDF-1.7\n%%EOF")
    there = tmp_path / "reports"
    assert call(path, report="html,pdf,json,etsi", report_dir=there) == 4
    assert len(list(there.iterdir())) == 4


def swap_components(folder):
    """Say that the files of each of the first two components are of the other."""
    path = folder / "manifest.json"
    told = json.loads(path.read_bytes())
    one, two = told["components"][:2]
    one["code"], two["code"] = two["code"], one["code"]
    put(path, json.dumps(told, ensure_ascii=False).encode())


def put(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


def checks_of(bureau, folder):
    identity = bureau.driver.identity_of("")
    return check(folder, Trust(identity.chain, identity.crls), bureau.clock(), lambda: None)
