"""The command as people and machines run it, on the samples, and what other people's programs say of its output."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from xml.etree import ElementTree

import pikepdf
import pytest
from conftest import COMMAND, DOSSIER, SAMPLES

from ocr.metrics import character_error_rate
from pipeline.assembly import check_pdfa_2u
from pipeline.errors import REJECTIONS
from pipeline.schemas import mismatch
from storage import FolderStore, Ledger, digest_of

GOOD = sorted(folder.name for folder in (SAMPLES / "dossiers").iterdir())
BROKEN = "H15.50.05.13-261120-0009"
INCOMPLETE = "H15.50.05.13-261120-0010"


def manifest_of(shell, dossier):
    return json.loads((shell.home / "out" / dossier / "manifest.json").read_text(encoding="utf-8"))


def pdfs_of(shell):
    return [path for dossier in GOOD for path in sorted((shell.home / "out" / dossier).glob("*.pdf"))]


def said(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def outcomes(shell):
    run = json.loads((shell.home / "run.json").read_text(encoding="utf-8"))
    return {each["deposit"]: each for each in run["dossiers"]}


def test_the_sample_dossiers_are_complete(digitised):
    assert {name: outcomes(digitised)[name]["exit"] for name in GOOD} == dict.fromkeys(GOOD, 0)


def test_what_is_handed_out_is_just_what_the_manifest_lists(digitised):
    for dossier in (*GOOD, BROKEN, INCOMPLETE):
        manifest = manifest_of(digitised, dossier)
        files = {file["name"]: file for component in manifest["components"] for file in component["files"]}
        listed = files | {beside["file"]: beside for file in files.values() for beside in file["sidecars"]}
        folder = digitised.home / "out" / dossier
        assert len(listed) == 3 * len(files)
        assert {path.name for path in folder.iterdir()} == {*listed, "manifest.json", "manifest.json.p7s"}
        for name, file in listed.items():
            data = (folder / name).read_bytes()
            assert (file["sha256"], file["size"]) == (digest_of(data), len(data))


def test_manifests_fit_their_published_schema(digitised):
    for dossier in (*GOOD, BROKEN, INCOMPLETE):
        assert mismatch("manifest-1", manifest_of(digitised, dossier)) is None


def test_verify_finds_every_signature_and_hash_right(digitised):
    assert digitised("verify", digitised.home / "out").returncode == 0


def test_without_a_trusted_root_nothing_is_called_valid(digitised, tmp_path):
    """No network and no root means unknown, never valid (NĐ 23/2025)."""
    digitised.environment["SOHOA_VAR"] = str(tmp_path / "elsewhere")
    try:
        told = digitised.json("verify", digitised.home / "out" / DOSSIER)
    finally:
        del digitised.environment["SOHOA_VAR"]
    assert told["exit"] == 3
    assert {each["result"] for each in told["checks"] if each["what"] == "signature"} == {"indeterminate"}


def test_pdfsig_agrees(digitised):
    for path in pdfs_of(digitised):
        _, text = said("pdfsig", path)
        assert "Signature is Valid" in text
        assert "Total document signed" in text
        assert "ETSI.CAdES.detached" in text
        assert text.count("Signature #") == 1


def test_qpdf_agrees(digitised):
    for path in pdfs_of(digitised):
        code, text = said("qpdf", "--check", path)
        assert code == 0, text


def test_openssl_agrees_about_the_manifest(digitised):
    trust = digitised.home / "var" / "identity" / "trust.pem"
    for dossier in GOOD:
        folder = digitised.home / "out" / dossier
        command = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null")
        files = ("-in", folder / "manifest.json.p7s", "-content", folder / "manifest.json", "-CAfile", trust)
        code, text = said(*command, *files)
        assert code == 0, text


def test_every_file_was_pdfa_before_it_was_sealed(digitised, tmp_path):
    """Read from the store again, and checked here; the seal adds one update behind just these bytes."""
    store = FolderStore(digitised.home / "var" / "store")
    sealed = [path.read_bytes() for path in pdfs_of(digitised)]
    checked = 0
    with Ledger(f"sqlite:///{digitised.home / 'var' / 'ledger.sqlite'}") as ledger:
        for row in ledger.objects("work"):
            data = store.get("work", row.digest)
            if row.media_type == "application/pdf" and any(whole.startswith(data) for whole in sealed):
                (tmp_path / "assembled.pdf").write_bytes(data)
                check_pdfa_2u(tmp_path / "assembled.pdf")
                checked += 1
    assert checked == len(sealed)


def test_the_words_are_found_in_reading_order(digitised):
    """Against the known text of the contract, whose 12 pages lie straight, sideways and upside down."""
    manifest = manifest_of(digitised, "H15.50.05.13-261120-0002")
    (file,) = next(each for each in manifest["components"] if each["code"] == "TP03")["files"]
    assert file["page_count"] == 12
    _, text = said("pdftotext", "-raw", digitised.home / "out" / "H15.50.05.13-261120-0002" / file["name"], "-")
    text, marks = re.subn(r"SAO Y;(.|\n)*?GIÁ TRỊ PHÁP LÝ", "", text)
    assert marks == 1
    truth = "\n".join(
        (SAMPLES / "truth" / "H15.50.05.13-261120-0002" / f"{each['name']}.txt").read_text(encoding="utf-8")
        for each in file["originals"]
    )
    # An order mistaken anywhere would cost whole lines; single letters misread cost about one in a hundred.
    assert character_error_rate(truth, text) < 0.03


def test_the_text_beside_a_pdf_is_the_text_in_it(digitised):
    """Page by page: what poppler reads from the PDF, the plain text and the ALTO say the same words."""
    folder = digitised.home / "out" / DOSSIER
    for path in sorted(folder.glob("*.pdf")):
        plain = path.with_suffix(".txt").read_text(encoding="utf-8").split("\f")
        alto = ElementTree.parse(path.with_suffix(".alto.xml"))
        pages = alto.findall(".//{*}Page")
        assert len(plain) == len(pages)
        for number, (text, page) in enumerate(zip(plain, pages, strict=True), 1):
            words = [each.get("CONTENT") for each in page.findall(".//{*}String")]
            assert text.split() == words
            _, seen = said("pdftotext", "-raw", "-f", number, "-l", number, path, "-")
            assert Counter(words) <= Counter(seen.split())  # the seal's mark has words of its own


def test_jpegs_are_in_the_pdf_byte_for_byte(digitised):
    found = 0
    for dossier in GOOD:
        for component in manifest_of(digitised, dossier)["components"]:
            for file in component["files"]:
                with pikepdf.open(digitised.home / "out" / dossier / file["name"]) as pdf:
                    raw = [bytes(image.read_raw_bytes()) for page in pdf.pages for image in page.get_images().values()]
                for original in file["originals"]:
                    if original["name"].endswith(".jpg"):
                        assert (SAMPLES / "dossiers" / dossier / original["name"]).read_bytes() in raw
                        found += 1
    assert found >= 15


def test_the_visible_mark_says_what_the_rules_ask(digitised):
    """Top right of page 1: form of copy, agency, time with +07:00, who converted it, and here that it is a trial."""
    path = digitised.home / "out" / DOSSIER / "TP01-01.pdf"
    _, text = said("pdftotext", "-f", "1", "-l", "1", "-layout", path, "-")
    assert re.search(r"SAO Y; UBND phường Tuy Phước; \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", text)
    assert "Người chuyển đổi: Nguyễn Thị Mẫu" in text
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in text
    with pikepdf.open(path) as pdf:
        (widget,) = pdf.pages[0].Annots
        left, _, right, top = (float(each) for each in widget.Rect)
        _, _, page_right, page_top = (float(each) for each in pdf.pages[0].mediabox)
        assert (page_right - right, page_top - top) == pytest.approx((14, 8), abs=1)
        assert left > page_right / 3
        assert "/Perms" in pdf.Root  # certified: later changes are not allowed


def test_a_trial_seal_says_so_in_every_report(digitised):
    assert manifest_of(digitised, DOSSIER)["trial"] is True
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in manifest_of(digitised, DOSSIER)["notice"]
    assert all(
        each["trial"]
        for each in digitised.json("verify", digitised.home / "out" / DOSSIER)["checks"]
        if each["what"] == "signature"
    )
    assert "không có giá trị pháp lý" in digitised("verify", digitised.home / "out" / DOSSIER).stdout


def test_each_broken_file_has_its_code_its_reason_and_its_original(digitised):
    manifest = manifest_of(digitised, BROKEN)
    codes = {each["file"]: each["code"] for each in manifest["rejections"]}
    assert codes == {
        "002.jpg": "picture-broken",  # cut short
        "003.jpg": "format-unknown",  # a text file
        "004.pdf": "pdf-encrypted",
        "005.png": "picture-too-large",  # 30,000 × 30,000
        "006.jpg": "file-empty",
    }
    assert set(codes.values()) <= REJECTIONS
    store = FolderStore(digitised.home / "var" / "store")
    for each in manifest["rejections"]:
        assert re.search(r"[àáảãạăâđêôơưếệốộớợứự]", each["reason"]), "a Vietnamese sentence"
        assert store.get("originals", each["sha256"]) == (SAMPLES / "broken" / BROKEN / each["file"]).read_bytes()


def test_the_good_papers_of_the_broken_dossier_are_sealed(digitised):
    assert outcomes(digitised)[BROKEN]["exit"] == 4
    states = {each["code"]: each["state"] for each in manifest_of(digitised, BROKEN)["components"]}
    assert [states[f"TP0{number}"] for number in (1, 7)] == ["digitised"] * 2
    assert [states[f"TP0{number}"] for number in (2, 3, 4, 5, 6)] == ["rejected"] * 5


def test_a_missing_required_component_is_named(digitised):
    assert outcomes(digitised)[INCOMPLETE]["exit"] == 3
    verdict = manifest_of(digitised, INCOMPLETE)["verdict"]
    assert (verdict["complete"], verdict["missing"]) == (False, ["TP02"])


def test_a_second_run_does_no_work_and_says_so(digitised):
    run = digitised("run", *(SAMPLES / "dossiers" / name for name in GOOD))
    assert run.returncode == 0
    assert run.stdout.count("không có việc gì phải làm") == len(GOOD)


def test_status_and_audit_tell_of_every_dossier(digitised):
    told = digitised.json("status")["dossiers"]
    assert {each["dossier"] for each in told} == {*GOOD, BROKEN, INCOMPLETE}
    assert digitised.json("audit")["exit"] == 0
    assert digitised.json("status", DOSSIER)["files"]


@pytest.mark.parametrize(
    "words", [("run", "nowhere"), ("run",), ("frobnicate",), ("verify", "nowhere"), ("status", "x")]
)
def test_a_wrong_call_ends_with_2_and_no_trace_back(digitised, words):
    done = digitised(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_kind_of_sidecar_that_there_is_not_is_named_and_nothing_is_begun(sohoa):
    done = sohoa("run", SAMPLES / "dossiers" / DOSSIER, "--sidecar", "txt,docx")
    assert (done.returncode, "docx" in done.stderr, (sohoa.home / "var").exists()) == (2, True, False)


def test_a_misspelt_setting_is_named(sohoa):
    sohoa.environment["SOHOA_WORKER"] = "2"
    done = sohoa("status")
    assert done.returncode == 1
    assert "SOHOA_WORKER" in done.stderr


def test_doctor_tries_everything(sohoa):
    told = sohoa.json("doctor")
    assert told["exit"] == 0
    assert {each["what"] for each in told["findings"]} >= {
        "reading",
        "orientation",
        "rendering",
        "sealing",
        "ledger",
        "store",
    }


def test_doctor_names_a_missing_program_and_tries_the_rest(sohoa):
    sohoa.environment["PATH"] = str(COMMAND.parent)  # no poppler there
    told = sohoa.json("doctor")
    states = {each["what"]: each for each in told["findings"]}
    assert (told["exit"], states["rendering"]["state"], states["sealing"]["state"]) == (1, "fails", "works")
    assert "poppler-utils" in states["rendering"]["detail"]


def test_a_result_is_never_written_into_what_was_deposited(sohoa):
    for out in ("deposits", f"deposits/{DOSSIER}", f"deposits/{DOSSIER}/out"):
        folder = sohoa.home / "deposits" / DOSSIER
        shutil.copytree(SAMPLES / "dossiers" / DOSSIER, folder, dirs_exist_ok=True)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert sohoa("run", folder, "--out", out).returncode == 2
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_one_dossier_in_two_folders_of_a_call_is_refused(sohoa):
    for name in ("a", "b"):
        shutil.copytree(SAMPLES / "dossiers" / DOSSIER, sohoa.home / name / DOSSIER)
    done = sohoa("run", f"a/{DOSSIER}", f"b/{DOSSIER}")
    assert (done.returncode, "dossier-twice" in done.stderr) == (2, True)


def test_what_a_person_put_into_the_out_folder_stays_there(copy_of_digitised):
    """Only what an earlier version handed out is ever taken away: here, a copy under a name of somebody's own."""
    folder = copy_of_digitised.home / "out" / DOSSIER
    shutil.copy(folder / "TP01-01.pdf", folder / "my-copy.pdf")
    assert copy_of_digitised("run", SAMPLES / "dossiers" / DOSSIER).returncode == 0
    assert (folder / "my-copy.pdf").is_file()


def test_a_terminal_that_knows_only_ascii_still_gets_its_answer(digitised):
    digitised.environment.update(LC_ALL="C", PYTHONIOENCODING="ascii")
    try:
        done = digitised("status")
    finally:
        del digitised.environment["LC_ALL"], digitised.environment["PYTHONIOENCODING"]
    assert done.returncode == 0
    assert "Mã hồ sơ" in done.stdout


def test_verify_does_not_hang_on_what_is_no_file(digitised, tmp_path):
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "note.txt").write_text("Đây không phải PDF", encoding="utf-8")
    for path in (tmp_path / "pipe.pdf", "/dev/zero", tmp_path / "note.txt"):
        (check,) = digitised.json("verify", path)["checks"]
        assert (check["result"], check["code"]) == ("failed", "not-verifiable")


def test_a_dossier_that_lost_its_manifest_is_not_passed_over(copy_of_digitised):
    (copy_of_digitised.home / "out" / DOSSIER / "manifest.json").unlink()
    (copy_of_digitised.home / "out" / "loose.pdf").write_bytes(b"%PDF-1.7")
    told = copy_of_digitised.json("verify", "out")
    assert {("manifest-missing", DOSSIER), ("file-extra", "loose.pdf")} <= {
        (each["code"], each["path"].rpartition("/")[2]) for each in told["checks"]
    }


def test_a_manifest_of_a_newer_format_is_unknown_not_false(copy_of_digitised):
    path = copy_of_digitised.home / "out" / DOSSIER / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2', 1))
    told = copy_of_digitised.json("verify", path.parent)
    codes = {each["code"]: each["result"] for each in told["checks"]}
    assert codes["manifest-newer"] == "indeterminate"
    assert "file-extra" not in codes


def test_a_wrong_call_answers_machines_too(sohoa):
    told = sohoa.json("run")
    assert (told["exit"], told["error"]["code"]) == (2, "call-invalid")


def test_a_trust_setting_that_leads_nowhere_is_named(sohoa):
    sohoa.environment["SOHOA_TRUST"] = "/nowhere/trust.pem"
    done = sohoa("verify", SAMPLES / "README.md")
    assert (done.returncode, "/nowhere/trust.pem" in done.stderr) == (1, True)
