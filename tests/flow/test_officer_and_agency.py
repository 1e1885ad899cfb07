"""Officer and agency both sign: from the deposit to what an auditor finds when all is well, and when it is not."""

from __future__ import annotations

import io
import json
import re
import subprocess
from dataclasses import replace

import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
import zxingcpp
from attacks.office import embedded, updated, with_stamp
from attacks.revised import REVISIONS
from conftest import COMPLETE, a_page, a_ticket, complete_files
from PIL import Image

from pipeline.assembly import NotConforming, check_pdfa_2u
from pipeline.checking import check
from pipeline.errors import Interrupted
from pipeline.handout import hand_out
from pipeline.stages.seal import mark_font
from signing import Approval, Mark, Trust, development_identity, seal_bytes, seal_pdf
from signing.sealing.cms import sign_digest
from storage import digest_of

AGENCY, OFFICER = "UBND phường Tuy Phước", "Nguyễn Thị Mẫu"
LINK = "https://sohoa.tuyphuoc.gov.vn/tra-cuu/{dossier}/{sha256}"


@pytest.fixture
def officer(bureau, tmp_path):
    return development_identity(tmp_path / "identity", agency=OFFICER, clock=bureau.clock)


@pytest.fixture
def driver(bureau, officer):
    return replace(bureau.driver, officer_of=lambda _agency: officer, link=LINK)


@pytest.fixture
def trust(bureau):
    identity = bureau.driver.identity_of("")
    return Trust(identity.chain, identity.crls)


@pytest.fixture
def outcome(driver, bureau):
    """One paper of a dossier: enough to be tampered with."""
    return driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE[:1]), **{"1_jpg": a_page(20)}))


@pytest.fixture
def folder(outcome, bureau, tmp_path):
    return hand_out(bureau.store, outcome.verdict, tmp_path / "out")


@pytest.fixture
def found(folder, trust, bureau):
    """Check the folder; return the codes of what failed."""
    return lambda: {each.code for each in check(folder, trust, bureau.clock(), lambda: None) if each.result != "passed"}


def files_of(outcome):
    return [file for part in outcome.verdict.manifest["components"] for file in part["files"]]


def test_each_file_is_signed_by_the_officer_and_then_by_the_agency(driver, trust, bureau, tmp_path):
    outcome = driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
    assert outcome.exit_code == 0
    folder = hand_out(bureau.store, outcome.verdict, tmp_path / "out")
    checks = check(folder, trust, bureau.clock(), lambda: None)
    assert {each.result for each in checks} == {"passed"}
    signers = [each.signer for each in checks if each.what == "signature" and each.path.suffix == ".pdf"]
    assert signers == [f"TRIAL – {name}" for name in (OFFICER, AGENCY)] * 4


def test_the_manifest_names_both_in_order(outcome, officer, bureau):
    agency = bureau.driver.identity_of("")
    for file in files_of(outcome):
        assert file["signers"] == [
            {"role": "officer", "signer": officer.subject, "fingerprint": officer.fingerprint},
            {"role": "agency", "signer": agency.subject, "fingerprint": agency.fingerprint},
        ]
        assert file["signature"]["fingerprint"] == agency.fingerprint


def test_other_programs_find_both_valid(folder):
    path = folder / "TP01-01.pdf"
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=True).stdout
    assert said.count("Signature is Valid") == 2
    assert said.count("Total document signed") == 1
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_the_file_is_still_pdfa_and_so_is_what_the_mark_draws(folder, tmp_path):
    path = folder / "TP01-01.pdf"
    with pytest.raises(NotConforming) as told:
        check_pdfa_2u(path)
    # the validator knows no signatures; it says so, and nothing else
    assert [each.endswith("(/AcroForm) are not supported") for each in told.value.findings] == [True]
    drawn = tmp_path / "drawn.pdf"
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        page.Resources.XObject["/Mark"] = page.Annots[1].AP.N
        page.contents_add(b"q 1 0 0 1 200 700 cm /Mark Do Q")
        # what the validator does not judge
        del page.Annots, pdf.Root.AcroForm, pdf.Root.Extensions
        pdf.save(drawn, **pikepdf.pdfa.resolve_save_kwargs("2b", deterministic_id=True))
    check_pdfa_2u(drawn)


def test_the_code_on_the_page_leads_to_the_file_before_it_was_sealed(outcome, folder):
    for file in files_of(outcome):
        done = subprocess.run(["pdftoppm", "-r", "150", "-png", folder / file["name"]], capture_output=True, check=True)
        page = np.asarray(Image.open(io.BytesIO(done.stdout)).convert("RGB"))
        (code,) = zxingcpp.read_barcodes(page)
        dossier, sha256 = code.text.removeprefix("https://sohoa.tuyphuoc.gov.vn/tra-cuu/").split("/")
        assert dossier == outcome.verdict.version.dossier
        # the sealed file begins with the bytes of the one that was sealed
        assert sha256 == digest_of(revisions_of(folder / file["name"])[0])


def test_the_mark_names_the_agency_and_who_converted(folder):
    said = subprocess.run(["pdftotext", folder / "TP01-01.pdf", "-"], capture_output=True, text=True, check=True).stdout
    words = " ".join(said.split())
    assert f"SAO Y; {AGENCY};" in words
    assert f"Người chuyển đổi: {OFFICER}" in words
    assert "BẢN KÝ THỬ" in words


def test_another_profile_seals_anew(bureau, driver):
    # The first paper was sealed by the agency alone, then the profile was changed and the whole came again.
    files = {"1_jpg": a_page(20), "2_jpg": a_page(40)}
    first = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE[:1]), **files))
    assert [len(file["signers"]) for file in files_of(first)] == [1]
    second = driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE[:2], scope="whole"), **files))
    assert [len(file["signers"]) for file in files_of(second)] == [2, 2]
    assert not {file["sha256"] for file in files_of(first)} & {file["sha256"] for file in files_of(second)}


# --- what an auditor finds ----------------------------------------------------------------------------------------


def revisions_of(path):
    """The file as it was assembled, as the officer signed it, and as the agency sealed it."""
    whole = path.read_bytes()
    return [whole[: match.end()] for match in re.finditer(rb"%%EOF\n", whole)]


def words_of(bureau):
    mark = Mark(("SAO Y",), None, mark_font())
    return {"mark": mark, "name": None, "reason": None, "location": None, "when": bureau.clock(), "level": "PAdES-B-T"}


def relisted(folder, bureau, pdf, name="TP01-01.pdf", **more):
    """Put *pdf* into the folder, and a manifest that lists it, sealed by the agency: what only the signers betray."""
    (folder / name).write_bytes(pdf)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (file,) = [file for part in manifest["components"] for file in part["files"] if file["name"] == name]
    file |= {"sha256": digest_of(pdf), "size": len(pdf), **more}
    if file["signers"] is None:
        del file["signers"]
    data = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(data)
    seal = seal_bytes(data, identity=bureau.driver.identity_of(""), when=bureau.clock())
    (folder / "manifest.json.p7s").write_bytes(seal)


def third_signature(path, officer):
    return embedded(
        path.read_bytes(),
        lambda digest: sign_digest(digest, identity=officer, signing_time=None, timestamper=None).der,
        field="Third",
        certify=False,
    )


def test_a_third_signature_is_found(folder, found, officer):
    path = folder / "TP01-01.pdf"
    path.write_bytes(third_signature(path, officer))
    assert found() == {"hash-differs", "DOCUMENT_CHANGED", "signers-differ"}


def test_a_third_signature_is_found_though_the_manifest_lists_the_file(folder, found, bureau, officer):
    relisted(folder, bureau, third_signature(folder / "TP01-01.pdf", officer))
    assert found() == {"DOCUMENT_CHANGED", "signers-differ"}


def test_the_signature_of_the_officer_alone_is_not_enough(folder, found, bureau):
    """It holds, and so does every byte: only the manifest knows that another was to follow."""
    relisted(folder, bureau, revisions_of(folder / "TP01-01.pdf")[1])
    assert found() == {"signers-differ"}


def test_the_seal_of_the_agency_alone_is_not_enough(folder, found, bureau):
    bare = revisions_of(folder / "TP01-01.pdf")[0]
    alone = seal_pdf(bare, identity=bureau.driver.identity_of(""), **words_of(bureau)).pdf
    relisted(folder, bureau, alone)
    assert found() == {"signers-differ"}


def test_a_file_that_nobody_signed_fails_for_that(folder, found, bureau):
    relisted(folder, bureau, revisions_of(folder / "TP01-01.pdf")[0])
    assert found() == {"NO_SIGNATURE"}


def test_the_same_two_in_the_other_order_are_found(folder, found, bureau, officer):
    bare, agency = revisions_of(folder / "TP01-01.pdf")[0], bureau.driver.identity_of("")
    swapped = seal_pdf(bare, identity=officer, first=Approval(agency, AGENCY, None), **words_of(bureau)).pdf
    relisted(folder, bureau, swapped)
    assert found() == {"signers-differ"}


def test_another_officer_of_the_same_name_is_found(folder, found, bureau, tmp_path):
    bare, agency = revisions_of(folder / "TP01-01.pdf")[0], bureau.driver.identity_of("")
    other = development_identity(tmp_path / "identity", agency=f"{OFFICER} ", clock=bureau.clock)
    made = seal_pdf(bare, identity=agency, first=Approval(other, OFFICER, None), **words_of(bureau)).pdf
    relisted(folder, bureau, made)
    assert found() == {"signers-differ"}


@pytest.mark.parametrize("name", ["text annotation laid over", "shadow by a form field laid over", "metadata replaced"])
def test_nothing_else_may_be_added_after_the_agency(folder, found, bureau, name):
    relisted(folder, bureau, updated((folder / "TP01-01.pdf").read_bytes(), REVISIONS[name]))
    assert "DOCUMENT_CHANGED" in found()


def test_validation_data_and_a_stamp_may_be_added(folder, found, bureau):
    identity = bureau.driver.identity_of("")
    relisted(folder, bureau, with_stamp((folder / "TP01-01.pdf").read_bytes(), identity.timestamper))
    assert found() == set()


def test_an_older_manifest_that_names_no_signers_is_still_good(folder, found, bureau):
    relisted(folder, bureau, (folder / "TP01-01.pdf").read_bytes(), signers=None)
    assert found() == set()


# --- closed -------------------------------------------------------------------------------------------------------


def sealed_things(bureau):
    return [area for area, _ in bureau.store.blobs if area == "sealed"]


def test_while_the_key_of_the_officer_is_away_nothing_is_sealed_and_then_it_goes_on(driver, bureau):
    def away(_agency):
        raise Interrupted("sealing-failed", problem="the token is not plugged in")

    folder = bureau.deposit(ticket=a_ticket(*COMPLETE[:1]), **{"1_jpg": a_page(20)})
    waiting = replace(driver, officer_of=away).run(folder)
    assert (waiting.error.code, waiting.exit_code) == ("sealing-failed", 1)
    assert sealed_things(bureau) == []
    assert driver.run(folder).error is None


def test_an_officer_whose_certificate_is_over_seals_nothing(bureau, driver, officer):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE[:1]), **{"1_jpg": a_page(20)})
    agency = bureau.driver.identity_of("")
    bureau.clock.move(days=365 * 3)
    fresh = development_identity(bureau.folder.parent / "identity", agency=AGENCY, clock=bureau.clock)
    assert fresh.fingerprint != agency.fingerprint
    refused = replace(driver, identity_of=lambda _agency: fresh).run(folder)
    assert refused.error.code == "identity-unusable"
    assert sealed_things(bureau) == []


def test_a_signature_of_one_for_both_is_refused(driver, bureau):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE[:1]), **{"1_jpg": a_page(20)})
    refused = replace(driver, officer_of=bureau.driver.identity_of).run(folder)
    assert refused.error.code == "identity-unusable"
    assert sealed_things(bureau) == []
