"""Sealing with an agency's own certificate (PKCS#12), as an office does when the trial is over."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
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
