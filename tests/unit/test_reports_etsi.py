"""The ETSI report keeps to TS 119 102-2: the grammar of its schema, its names, references that lead somewhere."""

from __future__ import annotations

import base64
import dataclasses
import typing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.generated.etsi.ts_11910202 import ValidationReport, ValidationReportType
from report_helpers import BARE, EVIL, FULL, LISTED, NOW, report_on, signatures
from xsdata.exceptions import ParserError
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from pipeline.checking import Check
from pipeline.reports import gather
from pipeline.reports.as_etsi import DS, ETSI, XADES, as_etsi

#: Refuses elements that the schema does not know, and values that are not of their type.
PARSER = XmlParser(config=ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True))


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
def test_whatever_was_found_the_laws_and_the_grammar_hold(found):
    xml = as_etsi(report_on(*found, listed=LISTED))
    check_grammar(check_laws(xml), ValidationReportType)
    PARSER.from_bytes(xml, ValidationReport)


def test_a_report_with_everything_in_it_keeps_the_grammar():
    check_grammar(check_laws(as_etsi(report_on(FULL, BARE, listed=LISTED))), ValidationReportType)


def test_another_reader_finds_in_it_what_was_written():
    read = PARSER.from_bytes(as_etsi(report_on(FULL)), ValidationReport)
    (told,) = read.signature_validation_report
    assert told.signature_identifier.digest_alg_and_value.digest_value.value.hex() == FULL.signed_attrs_sha256
    assert told.signature_validation_status.main_indication.endswith(":total-passed")
    assert told.validation_time_info.validation_time.to_datetime() == NOW
    # the file, three certificates on the path and one of the stamps, one revocation list
    assert len(read.signature_validation_objects.validation_object) == 6


def test_a_value_of_another_type_is_refused():
    xml = as_etsi(report_on(FULL)).replace(b"2026-11-21T09:00:00Z", b"yesterday")
    with pytest.raises(ParserError):
        PARSER.from_bytes(xml, ValidationReport)


@pytest.mark.parametrize("spoil", ["lost", "turned", "twice"])
def test_the_grammar_is_one_that_can_be_broken(spoil):
    root = check_laws(as_etsi(report_on(FULL)))
    (times,) = find(root, "SignatureValidationReport/ValidationTimeInfo")
    if spoil == "lost":
        times.remove(times[0])
    elif spoil == "turned":
        times[:] = reversed(times)
    else:
        times.append(times[1])
    with pytest.raises(AssertionError):
        check_grammar(root, ValidationReportType)


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


def test_a_signature_is_named_by_the_digest_of_what_its_signer_signed():
    """TS 119 102-2: the identifier holds the digest of the data to be signed representation."""
    root = check_laws(as_etsi(report_on(FULL, BARE)))
    first, bare = find(root, "SignatureValidationReport/SignatureIdentifier")
    (value,) = first.findall(f"{{{ETSI}}}DigestAlgAndValue/{{{DS}}}DigestValue")
    assert base64.b64decode(value.text or "").hex() == FULL.signed_attrs_sha256
    assert find(bare, "DigestAlgAndValue") == []


def test_the_file_and_the_certificates_are_told_by_their_sha256():
    root = check_laws(as_etsi(report_on(FULL)))
    digests = {base64.b64decode(each.text or "").hex() for each in root.iter(f"{{{DS}}}DigestValue")}
    assert {"9" * 64, "a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64, "f" * 64, "1" * 64} == digests


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
