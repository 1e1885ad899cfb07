"""Codes are what rules.md says they are; everything that becomes part of a file name is safe as one."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.model import CodeError, DossierCode, agency_code, canonical_json, name_code, procedure_code

OLD_AGENCY, NEW_AGENCY = "000.00.53.H48", "H15.50.05.13"


@pytest.mark.parametrize("code", [OLD_AGENCY, NEW_AGENCY, "H15", "H15.50", "H15.50.05", "G22.1.2.3"])
def test_both_forms_of_agency_codes_are_accepted(code: str) -> None:
    # QCVN 102:2016 is still printed on what was issued before QĐ 20/2020: rules.md says "accept both".
    assert agency_code(code) == code


@pytest.mark.parametrize(
    "code",
    ["", "h15.50", "H1.50", "H15.", ".H15", "H15.50.05.13.01", "000.00.53", "000.00.53.H4", "00.00.53.H48", "H15.5000"],
)
def test_what_is_in_neither_form_is_no_agency_code(code: str) -> None:
    with pytest.raises(CodeError):
        agency_code(code)


@pytest.mark.parametrize("code", ["1.001193", "2.000815", "1.001193.000.00.00.H48"])
def test_a_procedure_code_may_carry_its_agency(code: str) -> None:
    assert procedure_code(code) == code


@pytest.mark.parametrize("code", ["", "1.00119", "1.0011933", "1,001193", "1.001193.H48", "1.001193.000.00.00.H48.1"])
def test_what_is_in_another_form_is_no_procedure_code(code: str) -> None:
    with pytest.raises(CodeError):
        procedure_code(code)


@pytest.mark.parametrize(
    ("text", "agency", "day", "number"),
    [
        ("H15.50.05.13-261008-0975", NEW_AGENCY, date(2026, 10, 8), "0975"),
        ("000.00.53.H48-220921-0099", OLD_AGENCY, date(2022, 9, 21), "0099"),
        ("G22-261120-123456", "G22", date(2026, 11, 20), "123456"),
        ("G22-261120-1234567", "G22", date(2026, 11, 20), "1234567"),
        ("H15-280229-00001", "H15", date(2028, 2, 29), "00001"),
    ],
)
def test_a_dossier_code_says_agency_day_and_number(text: str, agency: str, day: date, number: str) -> None:
    # Both examples of rules.md; ministries use six and seven digits; 2028 is a leap year.
    assert DossierCode.parse(text) == DossierCode(agency, day, number)


@pytest.mark.parametrize("text", ["H15.50.05.13-261008-0975", "000.00.53.H48-220921-0099", "G22-000101-1234567"])
def test_a_dossier_code_is_written_as_it_was_read(text: str) -> None:
    # It names folders and keys of the store: two spellings of one dossier must not exist.
    assert str(DossierCode.parse(text)) == text


@pytest.mark.parametrize("day", ["261301", "260230", "270229", "261100", "260431", "000000"])
def test_a_day_that_does_not_exist_makes_no_dossier_code(day: str) -> None:
    with pytest.raises(CodeError) as caught:
        DossierCode.parse(f"{NEW_AGENCY}-{day}-0001")
    assert caught.value.kind == "dossier"


@pytest.mark.parametrize("number", ["", "123", "12345678", "00a1", "-001", "+001"])
def test_a_number_has_four_to_seven_digits(number: str) -> None:
    with pytest.raises(CodeError):
        DossierCode.parse(f"{NEW_AGENCY}-261120-{number}")


@pytest.mark.parametrize(
    "text",
    [
        "H15.50.05.13-261120-٠٠٠١",
        "H15.50.05.13-261120-０００１",
        "H१५.50.05.13-261120-0001",
        "H15.50.05.13-२६११२०-0001",
    ],
)
def test_digits_of_other_scripts_are_refused(text: str) -> None:
    # Python counts them as digits (\d, int); a register compares bytes.
    with pytest.raises(CodeError):
        DossierCode.parse(text)


@pytest.mark.parametrize("code", ["1.٠٠١١٩٣", "１.001193"])
def test_digits_of_other_scripts_make_no_procedure_code(code: str) -> None:
    with pytest.raises(CodeError):
        procedure_code(code)


def test_digits_of_other_scripts_make_no_agency_code() -> None:
    with pytest.raises(CodeError):
        agency_code("H１５.50")


@pytest.mark.parametrize(
    "text",
    [
        "../H15.50.05.13-261120-0001",
        "H15/50-261120-0001",
        "H15.50.05.13-261120-0001/..",
        "H15.50.05.13-261120-0001\n",
        "\nH15.50.05.13-261120-0001",
        "H15.50.05.13-261120-0001\0",
        " H15.50.05.13-261120-0001",
        "H15.50.05.13_261120_0001",
    ],
)
def test_nothing_that_could_leave_a_folder_is_a_dossier_code(text: str) -> None:
    with pytest.raises(CodeError):
        DossierCode.parse(text)


@pytest.mark.parametrize("text", ["TP01", "a", "TH-01", "bcci-0173", "A.b_c-9", "x" * 64])
def test_codes_of_catalogues_and_stations_are_letters_digits_and_three_signs(text: str) -> None:
    assert name_code(text, "component") == text


@pytest.mark.parametrize(
    "text",
    ["", "x" * 65, ".", "..", ".TP01", "TP01.", "-TP01", "TP01-", "TP/01", "TP\\01", "TP 01", "TP01\n", "TP\0", "TỜ01"],
)
def test_a_code_that_a_file_name_could_not_hold_is_refused_with_its_kind(text: str) -> None:
    with pytest.raises(CodeError) as caught:
        name_code(text, "component")
    assert caught.value.kind == "component"
    assert caught.value.text == text


def test_a_refused_code_does_not_flood_the_log() -> None:
    with pytest.raises(CodeError) as caught:
        name_code("x" * 100_000, "component")
    assert len(str(caught.value)) < 200


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical_json({"b": 1, "a": ["ệ"]}) == canonical_json({"a": ["ệ"], "b": 1}) == '{"a":["ệ"],"b":1}'.encode()
