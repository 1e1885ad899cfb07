"""Sealing with an agency's own certificate (PKCS#12), as an office does when the trial is over."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from authority import DAY, Authority, issue
from conftest import SAMPLES
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

DOSSIER = "H15.50.05.13-261120-0010"
SECRET = "bí mật 123"


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject, issuer, key, now):
    return (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )


def usage(*wanted):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in wanted for name in names})


@pytest.fixture
def office(sohoa, tmp_path):
    """A root, a revocation list, and an agency's RSA certificate in a PKCS#12 file."""
    now = datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    root = builder("Test root", "Test root", root_key, now)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(usage("key_cert_sign", "crl_sign"), critical=True).sign(root_key, hashes.SHA256())
    agency = builder("UBND phường Tuy Phước", "Test root", key, now)
    agency = agency.add_extension(usage("digital_signature", "content_commitment"), critical=True)
    agency = agency.sign(root_key, hashes.SHA256())
    crl = x509.CertificateRevocationListBuilder().issuer_name(name_of("Test root"))
    crl = crl.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=7)).sign(root_key, hashes.SHA256())
    locked = serialization.BestAvailableEncryption(SECRET.encode())
    (tmp_path / "agency.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"agency", key, agency, [root], locked))
    pem = serialization.Encoding.PEM
    (tmp_path / "trust.pem").write_bytes(root.public_bytes(pem) + crl.public_bytes(pem))
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    sohoa.environment["SOHOA_SIGNING_P12"] = str(tmp_path / "agency.p12")
    sohoa.environment["SOHOA_SIGNING_P12_PASSWORD_FILE"] = str(tmp_path / "password")
    sohoa.environment["SOHOA_SEAL_LEVEL"] = "B-B"  # there is no authority for stamps
    assert sohoa("procedures", "import", SAMPLES / "catalogue" / "1.001193.json").returncode == 0
    return sohoa


def test_a_real_certificate_seals_without_the_word_trial(office, tmp_path):
    run = office("run", SAMPLES / "incomplete" / DOSSIER, "--json")
    assert run.returncode == 3, run.stderr  # this sample lacks a component
    folder = office.home / "out" / DOSSIER
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["trial"], manifest["notice"]) == (False, None)
    text = subprocess.run(["pdftotext", folder / "TP01-01.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "SAO Y; UBND phường Tuy Phước" in text
    assert "KÝ THỬ" not in text

    told = office.json("verify", folder, "--trust", tmp_path / "trust.pem")
    assert told["exit"] == 0
    assert {each["level"] for each in told["checks"] if each["what"] == "signature"} == {"PAdES-B-B", "CAdES-B-B"}


def test_without_an_authority_for_stamps_nothing_is_sealed_unless_the_level_says_so(office):
    """A seal that nobody can date is worth little in ten years: it must be asked for by name."""
    del office.environment["SOHOA_SEAL_LEVEL"]
    run = office("run", SAMPLES / "incomplete" / DOSSIER)
    assert run.returncode == 1
    assert "SOHOA_TSA" in run.stdout
    assert not (office.home / "out").exists()


@pytest.fixture
def online(sohoa, tmp_path):
    """An agency whose authorities answer over HTTP: stamps, OCSP, revocation lists."""
    authority, now = Authority(), datetime.now(UTC)
    authority.now = now
    authority.stampers = {name: authority.stamper(name, start=now - DAY) for name in ("tsa/1", "tsa/2")}
    urls = {"ocsp_url": f"{authority.url}/ocsp", "crl_url": f"{authority.url}/crl/middle"}
    leaf = issue("UBND phường Tuy Phước", authority.middle, start=now - DAY, **urls)
    above = [authority.middle.certificate, authority.root.certificate]
    locked = serialization.BestAvailableEncryption(SECRET.encode())
    held = pkcs12.serialize_key_and_certificates(b"agency", leaf.key, leaf.certificate, above, locked)
    (tmp_path / "agency.p12").write_bytes(held)
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / "trust.pem").write_bytes(authority.root.certificate.public_bytes(serialization.Encoding.PEM))
    settings = {
        "SOHOA_SIGNING_P12": str(tmp_path / "agency.p12"),
        "SOHOA_SIGNING_P12_PASSWORD_FILE": str(tmp_path / "password"),
        "SOHOA_TRUST": str(tmp_path / "trust.pem"),
        "SOHOA_TSA": f"{authority.url}/tsa/1,{authority.url}/tsa/2",
        "SOHOA_FETCH_ALLOW": authority.host,
    }
    sohoa.environment.update(settings)
    assert sohoa("procedures", "import", SAMPLES / "catalogue" / "1.001193.json").returncode == 0
    yield sohoa, authority
    authority.close()


def test_an_agency_with_authorities_seals_what_lasts_and_can_be_verified_without_them(online):
    sohoa, authority = online
    authority.moods["tsa/1"] = "down"  # the second takes over
    run = sohoa("run", SAMPLES / "incomplete" / DOSSIER, "--json")
    assert run.returncode == 3, run.stdout + run.stderr
    authority.close()
    folder = sohoa.home / "out" / DOSSIER
    told = sohoa.json("verify", folder / "TP01-01.pdf")
    assert told["exit"] == 0
    assert [each["level"] for each in told["checks"]] == ["PAdES-B-LTA", "DOCUMENT-TIMESTAMP"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (file,) = [file for part in manifest["components"] for file in part["files"] if file["name"] == "TP01-01.pdf"]
    assert len(file["signature"]["evidence_sha256"]) == 64


@pytest.mark.parametrize(
    "moods",
    [
        {"tsa/1": "down", "tsa/2": "nonce"},
        {"ocsp": "revoked", "crl/middle": "revoked"},
        {"ocsp": "down", "crl/middle": "down"},
    ],
)
def test_when_an_authority_fails_or_says_revoked_nothing_is_sealed_and_the_next_run_goes_on(online, moods):
    sohoa, authority = online
    authority.moods |= moods
    first = sohoa("run", SAMPLES / "incomplete" / DOSSIER)
    assert first.returncode not in {0, 3}
    assert not (sohoa.home / "out").exists()
    authority.moods.clear()
    assert sohoa("run", SAMPLES / "incomplete" / DOSSIER).returncode == 3
    assert sohoa.json("verify", sohoa.home / "out" / DOSSIER / "TP01-01.pdf")["exit"] == 0


def test_an_office_is_not_given_the_sample_catalogue(office):
    """Only a trial installation is seeded: nobody's dossiers are judged by a sample without being asked."""
    assert [each["code"] for each in office.json("procedures", "list")["procedures"]] == ["1.001193"]


def test_a_wrong_password_seals_nothing_and_is_not_repeated_anywhere(office, tmp_path):
    (tmp_path / "password").write_text("sai mật khẩu\n", encoding="utf-8")
    run = office("run", SAMPLES / "incomplete" / DOSSIER)
    assert run.returncode == 1
    assert "identity-unusable" in run.stdout
    log = (office.home / "var" / "log" / "sohoa.log").read_text(encoding="utf-8")
    assert "sai mật khẩu" not in run.stdout + run.stderr + log
    assert not (office.home / "out").exists()
