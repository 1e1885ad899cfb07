"""A root of stamps (TSA/QTST of a trusted list) lets stamps pass and nothing else."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from authority import START, Authority

from signing import Fetcher, Identity, Mark, OnlineRevocation, PdfReport, Trust, seal_pdf, verify_pdf
from signing.identity.keys import SealLevel, to_asn1

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


@pytest.fixture
def stamping() -> Iterator[Authority]:
    """Another authority, whose stamps are used; nothing else of it is trusted."""
    made = Authority()
    yield made
    made.close()


def blank_pdf() -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(file)
    return file.getvalue()


def sealed(identity: Identity, level: SealLevel) -> bytes:
    mark = Mark(("SAO Y",), None, FONT)
    words = dict.fromkeys(("name", "reason", "location"))
    return seal_pdf(blank_pdf(), identity=identity, mark=mark, when=START, level=level, **words).pdf


def stamped(authority: Authority, stamping: Authority, level: SealLevel) -> bytes:
    identity = authority.identity(authority.fetcher())
    identity = dataclasses.replace(identity, timestamper=stamping.timestamper(stamping.fetcher()))
    trust = dataclasses.replace(authority.trust, stampers=stamping.trust.roots)
    revocation = OnlineRevocation(Fetcher([authority.host, stamping.host]))
    return sealed(dataclasses.replace(identity, trust=trust, revocation=revocation), level)


def verdict(pdf: bytes, trust: Trust, *authorities: Authority) -> PdfReport:
    lists = tuple(each.answer(path, b"")[1] for each in authorities for path in ("crl/root", "crl/middle"))
    return verify_pdf(pdf, trust=dataclasses.replace(trust, crls=lists), now=START)


@pytest.mark.parametrize("level", ["PAdES-B-T", "PAdES-B-LTA"])
def test_stamps_of_a_listed_service_hold(authority: Authority, stamping: Authority, level: SealLevel) -> None:
    pdf = stamped(authority, stamping, level)
    listed = dataclasses.replace(
        authority.trust, stampers=tuple(to_asn1(each.certificate) for each in stamping.stampers.values())
    )
    assert verdict(pdf, listed, authority, stamping).status == "TOTAL-PASSED"
    assert verdict(pdf, authority.trust, authority, stamping).status == "INDETERMINATE"


def test_a_root_of_stamps_is_no_root_of_seals(authority: Authority) -> None:
    pdf = sealed(authority.identity(authority.fetcher()), "PAdES-B-T")
    report = verdict(pdf, Trust((), stampers=authority.trust.roots), authority)
    assert (report.status, report.signatures[0].code) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
