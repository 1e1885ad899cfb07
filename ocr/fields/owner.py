"""Whose paper it is: the first name and identity number that stand after their labels.

Only what is printed or typed in full is given. A line filled in by hand mostly reads as words that are no name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.fields.anchors import folded
from ocr.fields.model import LEAST_CERTAIN, Field, field_of
from ocr.fields.people import bare, is_name
from ocr.fields.sheet import WIDE_GAP, Run, Sheet, split
from ocr.model import Word
from ocr.validators import check_identity

#: Before a name, folded; a colon follows, at once or after some words (`người yêu cầu`).
_NAME_LABELS: Final = ("hovaten", "hochudemten", "hoten", "ongba", "tentoila", "toitenla", "toila", "ong", "ba")
#: Words between the label and its colon, at most.
_QUALIFIERS: Final = 6
#: What follows a name on its line, folded: the first word of another label.
_NEXT_LABELS: Final = frozenset(
    {"gioitinh", "namsinh", "sinhngay", "sinhnam", "ngaysinh", "ngaythang", "ngay", "so", "socccd", "socmnd", "dantoc"}
    | {"quoctich", "chucvu", "dienthoai", "cccd", "cmnd", "nam", "nu", "cccdso", "cmndso", "cancuoc", "sinh"}
)
#: Before an identity number, folded.
_IDENTITY_LABEL: Final = re.compile(
    r"(?:so)?(?:cccd|cmnd|cccdcmnd|cmndcccd|dinhdanhcanhan|cancuoccongdan|thecancuoc|chungminhnhandan)"
)
#: Fewer are another number on the same line, such as a day.
_FEWEST_DIGITS: Final = 8
#: Before `ông` or `bà`, folded: what makes who follows the owner.
_VERBS: Final = frozenset({"chungnhan", "xacnhan", "chophep", "capcho", "congnhan", "giaocho", "traocho"})
#: Words from a label to its digits, and from `ông` to a label, at most.
_REACH: Final = 12


def owner_fields(sheets: Sequence[Sheet]) -> list[Field]:
    """Return name and identity number of the owner, each the first on *sheets*, labelled or in a sentence."""
    labelled: list[Field] = []
    stated: list[Field] = []
    for sheet in sheets:
        labelled += [
            field for row in sheet.rows for run in split(row, WIDE_GAP * sheet.em) for field in _name(run, sheet.page)
        ]
        prose = [word for row in sheet.rows for word in row.words]
        for start, end in _identity_labels(prose):
            digits = _digits(prose[end : end + _REACH])
            name = _name_before(prose, start)
            if name:
                value = " ".join(bare(word) for word in name)
                stated += [field_of("owner-name", name, sheet.page, value=value), *_identity(digits, sheet.page)]
            elif digits and any(word.text.endswith(":") for word in prose[start : prose.index(digits[0])]):
                labelled += _identity(digits, sheet.page)
    return labelled or stated


def _name(run: Run, page: int) -> list[Field]:
    after = _after_label(run.words)
    if after is None:
        return []
    end = next((at for at in range(after, len(run.words)) if _begins_label(run.words[at:])), len(run.words))
    words = list(run.words[after:end])
    named = next((words[: at + 1] for at, word in enumerate(words) if word.text[-1] in ",;."), words)
    texts = [bare(word) for word in named]
    if not is_name(texts):
        return []
    sound = all(word.confidence >= LEAST_CERTAIN for word in named)
    return [field_of("owner-name", named, page, value=" ".join(texts) if sound else None)]


def _after_label(words: Sequence[Word]) -> int | None:
    """Return where the value begins that the first label of a name among *words* announces."""
    for start in range(min(len(words), 4)):
        for end in range(start + 1, min(len(words), start + 5) + 1):
            if folded("".join(word.text for word in words[start:end])) not in _NAME_LABELS:
                continue
            for at in range(end - 1, min(len(words), end + _QUALIFIERS)):
                if words[at].text.endswith(":"):
                    return at + 1
    return None


def _begins_label(words: Sequence[Word]) -> bool:
    return any(folded("".join(word.text for word in words[:count])) in _NEXT_LABELS for count in (1, 2))


def _name_before(words: Sequence[Word], label: int) -> Sequence[Word]:
    """Return the name in `Chứng nhận ông Lê Văn An, [sinh năm 1980,] số định danh …`, wherever lines break.

    Sentences name many people; the owner is who something is certified of or allowed to.
    """
    for start in range(max(2, label - _REACH), label - 1):
        if folded(words[start].text) not in {"ong", "ba"}:
            continue
        if folded(words[start - 2].text + words[start - 1].text) not in _VERBS:
            continue
        end = next((at + 1 for at in range(start + 1, label) if words[at].text[-1] in ",;:("), None)
        if end and is_name([bare(word) for word in words[start + 1 : end]]):
            return words[start + 1 : end]
    return ()


def _identity(digits: Sequence[Word], page: int) -> list[Field]:
    if not digits:
        return []
    checked = check_identity("".join(bare(word) for word in digits))
    sure = checked.code != "identity-form" and min(word.confidence for word in digits) >= LEAST_CERTAIN
    return [field_of("owner-identity", digits, page, value=checked.value if sure else None, check=checked.code)]


def _identity_labels(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return where in *words* the labels of identity numbers begin and end."""
    found: list[tuple[int, int]] = []
    for start in range(len(words)):
        text = ""
        for end in range(start, min(start + 5, len(words))):
            text += folded(words[end].text)
            if _IDENTITY_LABEL.fullmatch(text) and (not found or found[-1][1] <= start):
                found.append((start, end + 1))
    return found


def _digits(words: Sequence[Word]) -> list[Word]:
    """Return the words, side by side, that are digits only, from the first such on; none when they are too few."""
    found: list[Word] = []
    for word in words:
        if bare(word).isdecimal():
            found.append(word)
            if word.text[-1] in ".,;":
                break
        elif found:
            break
    return found if sum(len(word.text) for word in found) >= _FEWEST_DIGITS else []
