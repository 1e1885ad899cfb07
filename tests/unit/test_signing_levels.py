"""What each level of a seal holds, seen by other programs and by looking into the file."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import logging
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto.cms import ContentInfo
from authority import START, Authority
from cryptography.hazmat.primitives import serialization
from pikepdf import pdfa
from PIL import ImageCms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from signing import (
    DocumentUnsealable,
    Identity,
    IdentityUnusable,
    Mark,
    RevocationUnavailable,
    Sealed,
    TimestampUnavailable,
    development_identity,
    seal_pdf,
    verify_pdf,
)
from signing.identity.keys import SealLevel

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
MARK = Mark(("BẢN SAO SỐ HÓA", "UBND phường Tuy Phước"), None, FONT)
LEVELS: tuple[SealLevel, ...] = ("PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA")
STAMPED = LEVELS[1:]


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


@pytest.fixture
def identity(authority: Authority) -> Identity:
    return authority.identity(authority.fetcher(timeout_s=5))


def blank_pdf() -> bytes:
    """A file that is PDF/A-2b: colours are told by an output intent, metadata and information agree."""
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.docinfo["/Producer"] = "Sohoa"
        with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
            xmp["pdf:Producer"] = "Sohoa"
            xmp["pdfaid:part"] = "2"
            xmp["pdfaid:conformance"] = "B"
        profile = pikepdf.Stream(pdf, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
        intent = pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent,
            S=pikepdf.Name.GTS_PDFA1,
            OutputConditionIdentifier=pikepdf.String("sRGB"),
            DestOutputProfile=pdf.make_indirect(profile),
        )
        pdf.Root.OutputIntents = pikepdf.Array([intent])
        pdf.save(file, min_version="1.7", deterministic_id=True)
    return file.getvalue()


def sealed(identity: Identity, level: SealLevel | None = None, pdf: bytes | None = None) -> Sealed:
    words = {"name": "UBND phường Tuy Phước", "reason": "Số hóa", "location": None}
    return seal_pdf(pdf or blank_pdf(), identity=identity, mark=MARK, when=START, level=level, **words)  # type: ignore[arg-type]


def store_of(pdf: bytes) -> dict[str, int]:
    with pikepdf.open(io.BytesIO(pdf)) as file:
        store = file.Root.get("/DSS", {})
        return {key: len(store[key]) for key in ("/Certs", "/OCSPs", "/CRLs") if key in store}


def test_the_default_is_the_most_that_can_be_proved(identity: Identity) -> None:
    assert identity.level == "PAdES-B-LTA"
    assert dataclasses.replace(identity, revocation=None).level == "PAdES-B-T"
    assert dataclasses.replace(identity, timestamper=None).level == "PAdES-B-B"
    assert sealed(identity).level == "PAdES-B-LTA"


@pytest.mark.parametrize("level", LEVELS)
def test_a_seal_is_of_the_level_that_was_asked_for(authority: Authority, identity: Identity, level: SealLevel) -> None:
    made = sealed(identity, level)
    lists = tuple(authority.answer(f"crl/{name}", b"")[1] for name in ("root", "middle"))
    report = verify_pdf(made.pdf, trust=dataclasses.replace(authority.trust, crls=lists), now=START)
    assert (made.level, report.signatures[0].level, report.status) == (level, level, "TOTAL-PASSED")


@pytest.mark.parametrize("level", ["PAdES-B-LT", "PAdES-B-LTA"])
def test_a_long_term_seal_is_verified_with_nothing_but_the_root(
    authority: Authority, identity: Identity, level: SealLevel
) -> None:
    made = sealed(identity, level)
    assert verify_pdf(made.pdf, trust=authority.trust, now=START).status == "TOTAL-PASSED"


def test_validation_data_are_in_the_file_once(identity: Identity) -> None:
    # signer, its issuer, root, responder, stamper; the leaf's OCSP; the root's list of issuer and stamper
    made = sealed(identity, "PAdES-B-LTA")
    assert store_of(made.pdf)["/OCSPs"] == len(made.evidence.ocsps) == 1
    assert store_of(made.pdf)["/Certs"] == 5
    assert store_of(sealed(identity, "PAdES-B-T").pdf) == {}


def test_what_lies_in_the_file_is_returned_as_evidence(identity: Identity) -> None:
    made = sealed(identity, "PAdES-B-LT")
    with pikepdf.open(io.BytesIO(made.pdf)) as file:
        inside = {
            stream.read_bytes() for key in ("/Certs", "/OCSPs", "/CRLs") for stream in file.Root.DSS[key].as_list()
        }
    assert inside >= {*made.evidence.certificates, *made.evidence.ocsps, *made.evidence.crls}


def test_the_document_stamp_is_over_everything(identity: Identity) -> None:
    pdf = sealed(identity, "PAdES-B-LTA").pdf
    stamp = PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures[-1]
    assert stamp.sig_object["/ByteRange"][2] + stamp.sig_object["/ByteRange"][3] == len(pdf)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_an_update_that_leaves_metadata_alone(identity: Identity, level: SealLevel) -> None:
    # ISO 19005-2, 6.7.3: information and XMP must agree word for word, and did before
    pdf = blank_pdf()
    made = sealed(identity, level, pdf).pdf
    assert made.startswith(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as before, pikepdf.open(io.BytesIO(made)) as after:
        assert dict(after.docinfo) == dict(before.docinfo)
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()


@pytest.mark.parametrize("level", LEVELS)
def test_no_level_breaks_pdf_a(identity: Identity, tmp_path: Path, level: SealLevel) -> None:
    def findings(data: bytes) -> list[str]:
        (tmp_path / "file.pdf").write_bytes(data)
        return [each.message for each in pdfa.validate_written(tmp_path / "file.pdf", "2b").findings]

    pdf = blank_pdf()
    assert findings(pdf) == []
    # the validator knows no signatures: it names what it does not know, and nothing else
    unknown = ("(/AcroForm) are not supported", "(/Perms) are not supported", "/DSS are not checked")
    assert all(said.endswith(unknown) for said in findings(sealed(identity, level, pdf).pdf))


def test_pyhanko_validates_the_long_term_seal_by_itself(authority: Authority, identity: Identity) -> None:
    pdf = sealed(identity, "PAdES-B-LTA").pdf
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(list(authority.trust.roots)),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO, retroactive_revinfo=True),
    )
    offline = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(cert_validation_policy=policy, revinfo_gathering_policy=offline)
    )
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    timing = ValidationTimingInfo(START + timedelta(hours=1), START + timedelta(hours=1), point_in_time_validation=True)
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    result = asyncio.run(ades_lta_validation(signature, spec, timing_info=timing))
    assert str(result.ades_subindic) == "AdESPassed.OK"
    assert result.best_signature_time == START


def test_pdfsig_and_qpdf_find_the_long_term_seal_sound(identity: Identity, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed(identity, "PAdES-B-LTA").pdf)
    said = subprocess.run(["pdfsig", path], capture_output=True, check=False, timeout=60).stdout
    assert b"Signature is Valid" in said
    subprocess.run(["qpdf", "--check", path], capture_output=True, check=True, timeout=60)


def test_openssl_verifies_the_stamp_of_the_document(authority: Authority, identity: Identity, tmp_path: Path) -> None:
    pdf = sealed(identity, "PAdES-B-LTA").pdf
    stamp = PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures[0]
    start, first, second, length = stamp.sig_object["/ByteRange"]
    (tmp_path / "signed").write_bytes(pdf[start:first] + pdf[second : second + length])
    (tmp_path / "token").write_bytes(ContentInfo.load(stamp.pkcs7_content).dump())
    (tmp_path / "root").write_bytes(authority.root.certificate.public_bytes(serialization.Encoding.PEM))
    command = [
        *("openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token", "-data", tmp_path / "signed"),
        *("-CAfile", tmp_path / "root", "-attime", str(int(START.timestamp()))),
    ]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert b"Verification: OK" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("level", "mood"),
    [
        *(("PAdES-B-LTA", mood) for mood in ("down", "slow", "html", "nonce", "imprint", "expired", "forged")),
        *(("PAdES-B-T", mood) for mood in ("down", "nonce")),
    ],
)
def test_without_a_stamp_nothing_is_sealed_and_afterwards_it_goes_on(
    authority: Authority, level: SealLevel, mood: str
) -> None:
    seconds = [0.0]
    identity = authority.identity(authority.fetcher(clock=lambda: seconds[0]), "tsa/1")
    authority.moods["tsa/1"] = mood
    with pytest.raises(TimestampUnavailable):
        sealed(identity, level)
    authority.moods.clear()
    seconds[0] += 2
    assert sealed(identity, level).level == level


@pytest.mark.parametrize("mood", ["down", "stale", "forged"])
def test_without_an_answer_about_the_stamper_nothing_is_sealed(authority: Authority, mood: str) -> None:
    authority.moods["crl/root"] = mood
    with pytest.raises((RevocationUnavailable, TimestampUnavailable)):
        sealed(authority.identity(authority.fetcher()), "PAdES-B-LTA")


def test_an_authority_that_takes_over_between_the_two_stamps_is_vouched_for_as_well(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = authority.identity(authority.fetcher(timeout_s=5))
    sealed(identity)  # so that the next seal asks twice, not thrice
    answer, asked = authority.answer, authority.asked["tsa/1"]

    def once(path: str, body: bytes) -> tuple[str, bytes]:
        if path == "tsa/1" and authority.asked["tsa/1"] > asked + 1:
            return "text/html", b"gone"
        return answer(path, body)

    monkeypatch.setattr(authority, "answer", once)
    made = sealed(identity)
    stamps = PdfFileReader(io.BytesIO(made.pdf)).embedded_timestamp_signatures
    assert stamps[0].signer_cert.subject.native["common_name"] == "TSA 2"
    assert {holder.der for holder in authority.stampers.values()} <= set(made.evidence.certificates)
    assert verify_pdf(made.pdf, trust=authority.trust, now=START).status == "TOTAL-PASSED"


def test_a_longer_stamp_than_there_is_room_for_is_given_more(authority: Authority, identity: Identity) -> None:
    sealed(identity)
    authority.stampers["tsa/1"] = authority.stamper(
        "TSA" + " with a long name" * 3, crl_url=authority.url + "/crl/root" + "/x" * 400
    )
    made = sealed(identity)
    assert verify_pdf(made.pdf, trust=authority.trust, now=START).status == "TOTAL-PASSED"


@pytest.mark.parametrize("level", STAMPED)
def test_a_level_that_needs_stamps_is_refused_without_an_authority(identity: Identity, level: SealLevel) -> None:
    with pytest.raises(IdentityUnusable, match="needs time stamps"):
        sealed(dataclasses.replace(identity, timestamper=None), level)


def test_a_level_that_needs_answers_is_refused_without_anybody_to_ask(identity: Identity) -> None:
    with pytest.raises(IdentityUnusable, match="needs answers on revocation"):
        sealed(dataclasses.replace(identity, revocation=None), "PAdES-B-LT")


def test_the_trial_identity_can_seal_for_the_long_term_by_its_own_lists(tmp_path: Path) -> None:
    identity = development_identity(tmp_path / "keys", agency="UBND A", clock=lambda: START)
    assert sealed(identity).level == "PAdES-B-T", "unless it is asked for more"
    assert sealed(identity, "PAdES-B-LTA").evidence.revocation == "good"


def test_a_long_term_seal_is_never_sealed_over(identity: Identity) -> None:
    with pytest.raises(DocumentUnsealable, match="signed already"):
        sealed(identity, pdf=sealed(identity).pdf)


def test_several_hands_seal_side_by_side_and_ask_no_more_than_they_must(
    authority: Authority, identity: Identity
) -> None:
    with ThreadPoolExecutor(4) as hands:
        made = list(hands.map(lambda _: sealed(identity).pdf, range(8)))
    assert {verify_pdf(pdf, trust=authority.trust, now=START).status for pdf in made} == {"TOTAL-PASSED"}
    # each hand may have begun before the first answer was there, and none asks again after
    assert authority.asked["ocsp"] <= 4
