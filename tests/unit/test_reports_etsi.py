"""The ETSI report keeps to TS 119 102-2: the grammar of its schema, its names, references that lead somewhere."""

from __future__ import annotations

import base64
import dataclasses
import importlib
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_helpers import BARE, EVIL, FULL, LISTED, NOW, report_on, signatures

from pipeline.checking import Check
from pipeline.reports import gather
from pipeline.reports.as_etsi import DS, ETSI, XADES, as_etsi


@pytest.fixture(scope="module")
def grammar() -> Iterator[Any]:
    """The classes that xsdata made from the schema of the standard, as pyHanko ships them.

    They are read for the order and the kinds of elements only, so that stand-ins do for what xsdata itself would give.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("xsdata", "xsdata.models", "xsdata.models.datatype"):
            patch.setitem(sys.modules, name, ModuleType(name))
        for name in ("XmlDate", "XmlDateTime", "XmlDuration", "XmlPeriod", "XmlTime"):
            patch.setattr(sys.modules["xsdata.models.datatype"], name, type(name, (), {}), raising=False)
        yield importlib.import_module("pyhanko.generated.etsi.ts_11910202").ValidationReportType
    for name in [each for each in sys.modules if each.startswith("pyhanko.generated")]:
        del sys.modules[name]  # or another test would find classes that know nothing of xsdata


def check_grammar(element: ET.Element, kind: Any) -> None:
    """Hold *element* against the class of its type: names, order, how many, what must be there."""
    hints = typing.get_type_hints(kind)
    known = [each for each in dataclasses.fields(kind) if each.metadata.get("type") == "Element"]
    names = [f"{{{each.metadata.get('namespace', '')}}}{each.metadata.get('name', each.name)}" for each in known]
    children = [child.tag for child in element]
    assert children == sorted(children, key=names.index)
    for field, name in zip(known, names, strict=True):
        many = typing.get_origin(hints[field.name]) is tuple
        assert many or children.count(name) <= 1, name
        least = 1 if field.metadata.get("required") else field.metadata.get("min_occurs", 0)
        assert children.count(name) >= least, name
        inside = next((each for each in typing.get_args(hints[field.name]) if dataclasses.is_dataclass(each)), None)
        for child in element.findall(name):
            if inside is not None:
                check_grammar(child, inside)
            else:
                assert len(child) == 0


def find(root: ET.Element, path: str) -> list[ET.Element]:
    return root.findall("/".join(f"{{{ETSI}}}{part}" for part in path.split("/")))


def check_laws(xml: bytes) -> ET.Element:
    root = ET.fromstring(xml)
    for element in root.iter():
        assert element.tag.startswith((f"{{{ETSI}}}", f"{{{DS}}}", f"{{{XADES}}}"))
    names = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(names) == len(set(names))
    assert {element.attrib["VOReference"] for element in root.iter() if "VOReference" in element.attrib} <= set(names)
    return root


@settings(max_examples=60, deadline=None)
@given(st.lists(signatures(), max_size=3))
def test_whatever_was_found_the_laws_and_the_grammar_hold(grammar, found):
    check_grammar(check_laws(as_etsi(report_on(*found, listed=LISTED))), grammar)


def test_a_report_with_everything_in_it_keeps_the_grammar(grammar):
    check_grammar(check_laws(as_etsi(report_on(FULL, BARE, listed=LISTED))), grammar)


@pytest.mark.parametrize("spoil", ["lost", "turned", "twice"])
def test_the_grammar_is_one_that_can_be_broken(grammar, spoil):
    root = check_laws(as_etsi(report_on(FULL)))
    (times,) = find(root, "SignatureValidationReport/ValidationTimeInfo")
    if spoil == "lost":
        times.remove(times[0])
    elif spoil == "turned":
        times[:] = reversed(times)
    else:
        times.append(times[1])
    with pytest.raises(AssertionError):
        check_grammar(root, grammar)


def test_a_signature_that_passed_is_told_in_the_words_of_the_standard():
    root = check_laws(as_etsi(report_on(FULL)))
    (status,) = find(root, "SignatureValidationReport/SignatureValidationStatus")
    assert status[0].text == "urn:etsi:019102:mainindication:total-passed"
    assert find(status, "SubIndication") == []
    (best,) = find(root, "SignatureValidationReport/ValidationTimeInfo/BestSignatureTime/POETime")
    assert best.text == "2026-05-05T09:00:00Z"


def test_a_failure_has_its_sub_indication_and_our_own_words_our_own_name():
    changed = dataclasses.replace(FULL, status="TOTAL-FAILED", code="DOCUMENT_CHANGED")
    broken = dataclasses.replace(FULL, status="TOTAL-FAILED", code="HASH_FAILURE")
    root = check_laws(as_etsi(report_on(changed, broken)))
    told = [each.text for each in find(root, "SignatureValidationReport/SignatureValidationStatus/SubIndication")]
    assert told == ["urn:sohoa:019102:subindication:DOCUMENT_CHANGED", "urn:etsi:019102:subindication:HASH_FAILURE"]


def test_without_proof_the_best_time_is_when_it_was_seen():
    """EN 319 102-1, 5.2.4: the validation itself is then the only proof of existence."""
    root = check_laws(as_etsi(report_on(BARE)))
    (best,) = find(root, "SignatureValidationReport/ValidationTimeInfo/BestSignatureTime/POETime")
    assert best.text == "2026-11-21T09:00:00Z"


def test_the_file_and_the_certificates_are_told_by_their_sha256():
    root = check_laws(as_etsi(report_on(FULL)))
    digests = {base64.b64decode(each.text or "").hex() for each in root.iter(f"{{{DS}}}DigestValue")}
    assert {"9" * 64, "a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64, "1" * 64} == digests


def test_a_file_without_a_signature_is_told_as_such():
    checks = [Check(Path("/in/a.pdf"), "signature", "failed", "NO_SIGNATURE", sha256="2" * 64)]
    root = check_laws(as_etsi(gather(checks, NOW, pictures=False)))
    (status,) = find(root, "SignatureValidationReport/SignatureValidationStatus")
    assert [each.text for each in status] == [
        "urn:etsi:019102:mainindication:total-failed",
        "urn:sohoa:019102:subindication:NO_SIGNATURE",
    ]


def test_a_hostile_name_leaves_the_xml_well_formed():
    root = check_laws(as_etsi(report_on(dataclasses.replace(FULL, signer=EVIL))))
    (signer,) = find(root, "SignatureValidationReport/SignerInformation/Signer")
    assert signer.text is not None
    assert signer.text.startswith('<script>alert("x")</script>&amp;\\u202e')
