"""Whether what must be exact can be right: dates, numbers, codes, money.

A validator looks at the characters of one value and says what is wrong with them, in a stable code. That it
finds nothing wrong proves nothing: a digit misread as another digit often passes. It changes nothing but the
way of writing (spaces, signs between groups, the order of a date).

Forms marked U are from memory, not from the text of a rule: use them to send a page to review, never to refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ocr.metrics import without_diacritics

#: Characters; NĐ 30/2020 Annex VI.
LONGEST_NUMBER: Final = 11
LONGEST_NOTATION: Final = 30

#: Years that papers of a one-stop office may bear; callers who know better say so.
USUAL_YEARS: Final = range(1945, 2100)

#: U: the provinces in the first three digits of a personal identification number, numbered before the merger of
#: 2025; numbers keep the code they were given. People registered abroad have the code of a country, above 100.
PROVINCES: Final = frozenset(
    {1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45}
    | {46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89}
    | {91, 92, 93, 94, 95, 96}
)
# U: people born before 2000 have 0 or 1, before 2100 2 or 3, by sex.
_CENTURIES: Final = {"0": 1900, "1": 1900, "2": 2000, "3": 2000}
# U: weights of the first nine digits of a tax code.
_TAX_WEIGHTS: Final = (31, 29, 23, 19, 17, 13, 7, 5, 3)

_DATE_IN_WORDS: Final = re.compile(r"(?:ngay)?\s*(\d{1,2})\s*thang\s*(\d{1,2})\s*nam\s*(\d{4})\W*")
_DATE_IN_DIGITS: Final = re.compile(r"\D*(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{4})\W*")
_NUMBER: Final = re.compile(r"\d+[a-zđ]?")
_NOTATION: Final = re.compile(r"[A-ZĐ]+[a-zđ]{0,2}(?:[-.&][A-ZĐ][A-ZĐa-zđ0-9]*)*", re.ASCII)
# What the engine makes of Đ: the Icelandic letter, alone or beside the right one.
_LIKE_D: Final = re.compile("Ð?ĐÐ|ÐĐ?")
_AGENCY: Final = r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,3})"
_PROCEDURE: Final = re.compile(r"\d\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?", re.ASCII)
_DOSSIER: Final = re.compile(rf"{_AGENCY}-(\d{{2}})(\d{{2}})(\d{{2}})-\d{{4,7}}", re.ASCII)
_GROUPED: Final = re.compile(r"(\d{1,3}(?:\.\d{3})*|\d+)(?:,(\d{1,2}))?", re.ASCII)
_CURRENCY: Final = re.compile(r"\s*(?:đồng|đ|vnđ|vnd)\W*$", re.IGNORECASE)
# U: mobile numbers have ten digits, lines of houses ten or eleven.
_TELEPHONE: Final = re.compile(r"0(?:[35789]\d{8}|2\d{8,9})", re.ASCII)

_UNITS: Final = {"khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
# After ten they change.
_UNITS_LATER: Final = {"tu": 4, "lam": 5, "nham": 5}
_SCALES: Final = {"nghin": 10**3, "ngan": 10**3, "trieu": 10**6, "ty": 10**9, "ti": 10**9}
_SILENT: Final = frozenset({"linh", "le", "va", "dong", "chan", "viet", "bang", "chu"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a validator says of one value.

    Attributes:
        value: As records keep it (a date as ISO 8601, a code without spaces); what was given, without the space
            around it, when it has no such form.
        code: Stable code of what is wrong; None when nothing was found.
    """

    value: str
    code: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return self.code is None


def check_date(text: str, *, years: range = USUAL_YEARS) -> Checked:
    """Check `ngày 05 tháng 9 năm 2026`, `05/9/2026`, `05-9-2026` or `05.9.2026`; the value is ISO 8601.

    Codes: ``date-form``, ``date-impossible`` (no such day), ``date-year`` (not one of *years*).
    """
    in_words = _DATE_IN_WORDS.fullmatch(without_diacritics(text).strip().lower())
    in_digits = _DATE_IN_DIGITS.fullmatch(text.strip())
    if in_words:
        day, month, year = (int(part) for part in in_words.groups())
    elif in_digits:
        day, month, year = (int(in_digits[group]) for group in (1, 3, 4))
    else:
        return Checked(text.strip(), "date-form")
    try:
        found = date(year, month, day)
    except ValueError:
        return Checked(text.strip(), "date-impossible")
    return Checked(found.isoformat(), None if year in years else "date-year")


def check_number(text: str) -> Checked:
    """Check the number of a paper (số), such as `123` or `05`. Codes: ``number-form``, ``number-length``."""
    value = "".join(text.split())
    if not _NUMBER.fullmatch(value):
        return Checked(value, "number-form")
    return Checked(value, "number-length" if len(value) > LONGEST_NUMBER else None)


def check_notation(text: str) -> Checked:
    """Check the notation of a paper (ký hiệu), such as `QĐ-UBND`. Codes: ``notation-form``, ``notation-length``."""
    value = _LIKE_D.sub("Đ", "".join(text.split()).replace("–", "-").replace("—", "-"))
    if not _NOTATION.fullmatch(value):
        return Checked(value, "notation-form")
    return Checked(value, "notation-length" if len(value) > LONGEST_NOTATION else None)


def check_identity(text: str, *, born: int | None = None) -> Checked:
    """Check a personal identification number (12 digits) or an old identity card number (9 digits, U).

    Args:
        text: With or without spaces or full stops between the digits.
        born: Year of birth when it is known; for 12 digits only.

    Returns:
        The digits. Codes: ``identity-form``, ``identity-province``, ``identity-century``, ``identity-birth``.
    """
    value = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"\d{9}|\d{12}", value, re.ASCII):
        return Checked(value, "identity-form")
    if len(value) < 12:  # noqa: PLR2004 -- the old card says nothing of its holder
        return Checked(value)
    if int(value[:3]) not in PROVINCES:
        return Checked(value, "identity-province")
    century = _CENTURIES.get(value[3])
    if century is None:
        return Checked(value, "identity-century")
    return Checked(value, "identity-birth" if born not in (None, century + int(value[4:6])) else None)


def check_tax_code(text: str) -> Checked:
    """Check a tax code: 10 digits, or 13 for a branch, the tenth a check digit (U); or an identification number.

    Returns:
        The digits, a branch after a hyphen. Codes: ``tax-form``, ``tax-digit``, and those of `check_identity`.
    """
    digits = re.sub(r"[\s.-]", "", text)
    if re.fullmatch(r"\d{12}", digits, re.ASCII):
        return check_identity(digits)  # from July 2025 on a person's number is also the tax code
    if not re.fullmatch(r"\d{10}(\d{3})?", digits, re.ASCII):
        return Checked(text.strip(), "tax-form")
    weighed = sum(weight * int(digit) for weight, digit in zip(_TAX_WEIGHTS, digits, strict=False))
    value = digits if len(digits) == 10 else f"{digits[:10]}-{digits[10:]}"  # noqa: PLR2004 -- a branch has 13
    return Checked(value, None if 10 - weighed % 11 == int(digits[9]) else "tax-digit")


def check_money(text: str, *, words: str | None = None) -> Checked:
    """Check an amount in đồng, such as `1.250.000 đồng`, and that its words say the same.

    Args:
        text: Digits, grouped by full stops or not at all; the currency may follow.
        words: What stands after `Bằng chữ`, when it does; tones do not matter.

    Returns:
        The digits without grouping. Codes: ``money-form``, ``money-words`` (no number), ``money-disagrees``.
    """
    bare = _CURRENCY.sub("", text.strip())
    match = _GROUPED.fullmatch(bare)
    if not match:
        return Checked(bare, "money-form")
    value = match[1].replace(".", "")
    if words is None:
        return Checked(value)
    said = number_in_words(words)
    if said is None:
        return Checked(value, "money-words")
    return Checked(value, None if said == int(value) else "money-disagrees")


def check_procedure(text: str) -> Checked:
    """Check the code of a procedure (mã TTHC): `1.001193` or `1.001193.000.00.00.H48`. Code: ``procedure-form``."""
    value = "".join(text.split())
    return Checked(value, None if _PROCEDURE.fullmatch(value) else "procedure-form")


def check_agency(text: str) -> Checked:
    """Check the code of an agency (mã định danh), old `000.00.53.H48` or new `H15.50.05.13`. Code: ``agency-form``."""
    value = "".join(text.split())
    return Checked(value, None if re.fullmatch(_AGENCY, value, re.ASCII) else "agency-form")


def check_dossier(text: str) -> Checked:
    """Check the code of a dossier (mã hồ sơ): `H15.50.05.13-261008-0975`. Codes: ``dossier-form``, ``dossier-day``."""
    value = "".join(text.split())
    match = _DOSSIER.fullmatch(value)
    if not match:
        return Checked(value, "dossier-form")
    year, month, day = (int(part) for part in match.groups())
    try:
        date(2000 + year, month, day)
    except ValueError:
        return Checked(value, "dossier-day")
    return Checked(value)


def check_telephone(text: str) -> Checked:
    """Check a telephone number of the country (U); the value begins with 0. Code: ``telephone-form``."""
    value = re.sub(r"[\s.()-]", "", text)
    value = re.sub(r"^(\+84|0084)", "0", value)
    return Checked(value, None if _TELEPHONE.fullmatch(value) else "telephone-form")


def number_in_words(text: str) -> int | None:
    """Return the number that *text* spells (`Một triệu hai trăm năm mươi nghìn đồng`), None when it spells none.

    Tones are not looked at: the words stay apart without them, and they are what a machine misreads.
    """
    words = [word for word in re.findall(r"[a-z]+", without_diacritics(text).lower()) if word not in _SILENT]
    total, group, unit, smallest = 0, 0, None, 10**12
    units = _UNITS | _UNITS_LATER
    for word in words:
        if word in units and unit is None:
            unit = units[word]
        elif word == "tram":
            group, unit = group + 100 * (unit or 0), None
        elif word == "muoi":
            # `mười` begins a number, `mươi` follows a digit.
            group, unit = group + 10 * (1 if unit is None else unit), None
        elif _SCALES.get(word, smallest) < smallest:
            smallest = _SCALES[word]
            total, group, unit = total + (group + (unit or 0)) * smallest, 0, None
        else:
            return None
    return total + group + (unit or 0) if words else None
