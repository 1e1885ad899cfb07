from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.validators import (
    PROVINCES,
    check_agency,
    check_date,
    check_dossier,
    check_identity,
    check_money,
    check_notation,
    check_number,
    check_procedure,
    check_tax_code,
    check_telephone,
    number_in_words,
)

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31))
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


@given(day=DAYS)
@settings(deadline=None, max_examples=50)
def test_a_day_is_the_same_however_it_is_written(day: date) -> None:
    ways = (
        f"ngày {day:%d} tháng {day.month} năm {day.year}",
        f"Ngày {day.day} tháng {day:%m} năm {day.year}.",
        f"{day:%d/%m/%Y}",
        f"{day.day}-{day.month}-{day.year}",
        f"{day:%d.%m.%Y}",
    )
    assert {check_date(way).value for way in ways} == {day.isoformat()}
    assert all(check_date(way).ok for way in ways)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ngày 31 tháng 02 năm 2026", "date-impossible"),
        ("29/02/2025", "date-impossible"),
        ("00/01/2025", "date-impossible"),
        ("05/13/2025", "date-impossible"),
        ("05/09/0026", "date-year"),
        ("ngày lệ tháng 02 năm 2025", "date-form"),
        ("05/09-2026", "date-form"),
        ("05/09/26", "date-form"),
        ("", "date-form"),
    ],
)
def test_a_date_that_cannot_be_says_why(text: str, code: str) -> None:
    assert check_date(text).code == code


def test_which_years_can_be_is_for_the_caller_to_say() -> None:
    assert check_date("05/09/2019", years=range(2020, 2027)).code == "date-year"
    assert check_date("05/09/2026", years=range(2020, 2027)).ok


@pytest.mark.parametrize("text", ["1", "05", "0123", "12345678901", " 45 ", "12a"])
def test_the_number_of_a_paper_is_digits(text: str) -> None:
    assert check_number(text).ok


@pytest.mark.parametrize(
    ("text", "code"), [("¿02", "number-form"), ("", "number-form"), ("1.2", "number-form"), ("1" * 12, "number-length")]
)
def test_a_number_that_cannot_be_says_why(text: str, code: str) -> None:
    assert check_number(text).code == code


@pytest.mark.parametrize(
    "text", ["QĐ-UBND", "UBND-VP", "TB-STP", "TTr-SGDĐT", "QĐ-TTg", "NQ-HĐND", "GCN", "UBND", "BC-BCĐ389", "CNTT&TT-VP"]
)
def test_a_notation_is_abbreviations_joined_by_hyphens(text: str) -> None:
    assert check_notation(text).ok


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("qđ-ubnd", "notation-form"),
        ("QĐ-", "notation-form"),
        ("QĐ UBND ngày", "notation-form"),
        ("", "notation-form"),
        ("QĐ-" + "A" * 28, "notation-length"),
    ],
)
def test_a_notation_that_cannot_be_says_why(text: str, code: str) -> None:
    assert check_notation(text).code == code


@pytest.mark.parametrize("text", ["QÐ-UBND", "QĐÐ-UBND", "QÐĐ-UBND", "QĐ - UBND", "QĐ–UBND"])
def test_a_notation_is_written_in_one_way(text: str) -> None:
    assert check_notation(text).value == "QĐ-UBND"


@given(
    province=st.sampled_from(sorted(PROVINCES)),
    born=st.integers(1900, 2099),
    female=st.booleans(),
    rest=st.integers(0, 999_999),
)
@settings(deadline=None, max_examples=50)
def test_an_identification_number_tells_the_year_of_birth(province: int, born: int, female: bool, rest: int) -> None:
    text = f"{province:03}{(born // 100 - 19) * 2 + female}{born % 100:02}{rest:06}"
    assert check_identity(text, born=born).ok and check_identity(text).ok
    assert check_identity(text, born=born + 1).code == "identity-birth"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("003090012345", "identity-province"),
        ("001990012345", "identity-century"),
        ("00109001234", "identity-form"),
        ("0010900l2345", "identity-form"),
        ("٠٠١٠٩٠٠١٢٣٤٥", "identity-form"),
        ("", "identity-form"),
    ],
)
def test_an_identification_number_that_cannot_be_says_why(text: str, code: str) -> None:
    assert check_identity(text).code == code


def test_an_old_identity_card_has_nine_digits() -> None:
    assert check_identity("012 345 678").value == "012345678"
    assert check_identity("012345678", born=1980).ok


@given(code=st.integers(0, 10**9 - 1), digit=st.integers(0, 9))
@settings(deadline=None, max_examples=100)
def test_no_two_tax_codes_differ_in_their_check_digit_only(code: int, digit: int) -> None:
    accepted = [last for last in range(10) if check_tax_code(f"{code:09}{last}").ok]
    assert len(accepted) <= 1


@given(code=st.integers(0, 10**9 - 1), place=st.integers(0, 8), by=st.integers(1, 9))
@settings(deadline=None, max_examples=100)
def test_one_misread_digit_of_a_tax_code_is_found(code: int, place: int, by: int) -> None:
    for last in range(10):
        text = f"{code:09}{last}"
        if check_tax_code(text).ok:
            wrong = text[:place] + str((int(text[place]) + by) % 10) + text[place + 1 :]
            assert check_tax_code(wrong).code == "tax-digit"


def test_a_tax_code_as_the_authorities_publish_it() -> None:
    assert check_tax_code("0100109106").ok
    assert check_tax_code("0100109106-001").value == check_tax_code("0100109106001").value == "0100109106-001"
    assert check_tax_code("0100109107").code == "tax-digit"
    assert check_tax_code("010010910").code == "tax-form"


def test_a_personal_number_is_a_tax_code_too() -> None:
    assert check_tax_code("001090012345").ok


@given(amount=st.integers(0, 10**13))
@settings(deadline=None, max_examples=50)
def test_an_amount_is_the_same_with_and_without_grouping(amount: int) -> None:
    grouped = f"{amount:,}".replace(",", ".")
    assert check_money(f"{grouped} đồng").value == check_money(str(amount)).value == str(amount)
    assert check_money(f"{grouped}đ").ok


@pytest.mark.parametrize("text", ["1.25.000", "1,250,000", "12.50", "1.250.00 đồng", "một triệu", "", "1250.000"])
def test_wrong_grouping_is_found(text: str) -> None:
    assert check_money(text).code == "money-form"


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Một triệu hai trăm năm mươi nghìn đồng", 1_250_000),
        ("Hai mươi mốt triệu không trăm linh năm nghìn đồng chẵn", 21_005_000),
        ("mười lăm nghìn", 15_000),
        ("Một trăm lẻ bốn tỷ đồng./.", 104_000_000_000),
        ("Ba trăm tư mươi nhăm", 345),
        ("không đồng", 0),
        ("chín mươi chín triệu chín trăm chín mươi chín ngàn chín trăm chín mươi chín", 99_999_999),
    ],
)
def test_words_spell_a_number(words: str, number: int) -> None:
    assert number_in_words(words) == number


@pytest.mark.parametrize("words", ["", "đồng", "triệu nghìn triệu", "một hai ba", "năm nghìn triệu", "xe đạp"])
def test_words_that_spell_no_number_are_none(words: str) -> None:
    assert number_in_words(words) is None


@given(amount=st.integers(0, 999_999_999_999))
@settings(deadline=None, max_examples=200)
def test_every_amount_agrees_with_its_own_words_and_with_no_other(amount: int) -> None:
    assert number_in_words(_spelled(amount)) == amount
    assert check_money(str(amount), words=_spelled(amount)).ok
    assert check_money(str(amount + 1), words=_spelled(amount)).code == "money-disagrees"


def test_an_amount_whose_words_cannot_be_read_says_so() -> None:
    assert check_money("1.250.000 đồng", words="Một tr1ệu").code == "money-words"


@pytest.mark.parametrize("text", ["1.001193", "2.000815.000.00.00.H48", "1.0011 93"])
def test_a_procedure_code_has_one_of_two_forms(text: str) -> None:
    assert check_procedure(text).ok


@pytest.mark.parametrize("text", ["1.00119", "1,001193", "l.001193", "1.001193.H48", ""])
def test_another_form_is_no_procedure_code(text: str) -> None:
    assert check_procedure(text).code == "procedure-form"


@pytest.mark.parametrize("text", ["000.00.53.H48", "H15.50.05.13", "H48", "G22.1"])
def test_an_agency_code_is_old_or_new(text: str) -> None:
    assert check_agency(text).ok
    assert check_dossier(f"{text}-261008-0975").ok


@pytest.mark.parametrize("text", ["000.00.53", "48", "h48", "H15.", "H15.50.05.13.99", ""])
def test_another_form_is_no_agency_code(text: str) -> None:
    assert check_agency(text).code == "agency-form"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("H15.50.05.13-261308-0975", "dossier-day"),
        ("H15-260230-0001", "dossier-day"),
        ("H15-261008-975", "dossier-form"),
    ],
)
def test_a_dossier_code_that_cannot_be_says_why(text: str, code: str) -> None:
    assert check_dossier(text).code == code


@pytest.mark.parametrize("text", ["0912345678", "091 234 5678", "+84 912 345 678", "(024) 3825 1234", "0236.3822.888"])
def test_a_telephone_number_begins_with_0_in_the_country(text: str) -> None:
    found = check_telephone(text)
    assert found.ok and found.value[0] == "0" and found.value.isdigit()


@pytest.mark.parametrize("text", ["0112345678", "912345678", "09123456789", "091234567", ""])
def test_another_form_is_no_telephone_number(text: str) -> None:
    assert check_telephone(text).code == "telephone-form"


@given(text=st.text(max_size=30))
@settings(deadline=None, max_examples=200)
def test_no_text_is_too_odd_to_be_judged(text: str) -> None:
    for check in (check_date, check_number, check_notation, check_identity, check_tax_code, check_money):
        assert check(text).ok is (check(text).code is None)
    for check in (check_procedure, check_agency, check_dossier, check_telephone):
        assert check(text).ok is (check(text).code is None)


def _spelled(amount: int) -> str:
    """The number in words, one digit at a time as clerks write amounts."""
    if amount == 0:
        return "không đồng"
    parts = []
    for scale, name in ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        hundreds, rest = divmod(amount // scale % 1000, 100)
        tens, ones = divmod(rest, 10)
        if hundreds or rest:
            parts += [DIGITS[hundreds], "trăm"]
            parts += [DIGITS[tens], "mươi"] if tens > 1 else ["mười"] if tens else ["linh"] if ones else []
            parts += [DIGITS[ones]] if ones else []
            parts += [name]
    return " ".join((*parts, "đồng")).capitalize()
