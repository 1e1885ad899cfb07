"""Whether a word is written as Vietnamese words are: evidence of a misreading, never a correction.

A written word is one syllable: an onset, a rhyme and a tone. Not every spelling is one (`QUYÉT` has lost
its hat, `ngi` its h), and that is how a machine's slips are told from its certainties: its confidence does
not know the orthography. A well-formed syllable may still be the wrong one, and an ill-formed word may be
what the paper says, so nothing is ever rewritten by this.

Tones are accepted where the older and the newer habit put them (`hòa` and `hoà`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from ocr.metrics import without_diacritics


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


# Marks of the tones as combining characters: none, sắc, huyền, hỏi, ngã, nặng.
_TONES: Final = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
# Syllables that end in a stop have only two tones.
_STOPPED: Final = ("\u0301", "\u0323")
_STOPS: Final = ("c", "ch", "p", "t")
_HATTED: Final = "ăâêôơư"

# Rhymes without a rounded glide, by the vowel they begin with.
_RHYMES: Final = _listed(
    """
    a ac ach ai am an ang anh ao ap at au ay   ăc ăm ăn ăng ăp ăt   âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et   ê êch êm ên ênh êp êt êu
    i ia ich im in inh ip it iu   iêc iêm iên iêng iêp iêt iêu
    o oc oi om on ong op ot ooc oong   ô ôc ôi ôm ôn ông ôp ôt   ơ ơi ơm ơn ơp ơt
    u ua uc ui um un ung up ut   uôc uôi uôm uôn uông uôt
    ư ưa ưc ưi ưm ưn ưng ưt ưu   ươc ươi ươm ươn ương ươp ươt ươu
    """
)
# Rhymes that begin with a rounded glide.
_ROUNDED: Final = _listed(
    """
    oa oac oach oai oam oan oang oanh oao oap oat oay   oăc oăm oăn oăng oăp oăt   oe oem oen oeo oet
    uân uâng uât uây   uê uêch uênh   uơ   uy uya uych uyn uynh uyp uyt uyu   uyên uyêt
    """
)
# After `qu` the glide is in the onset.
_AFTER_QU: Final = _listed(
    """
    a ac ach ai an ang anh ao at au ay   ăc ăm ăn ăng ăp ăt   ân âng ât ây   e en eo et   ê êch ên ênh êt
    i in it iu   ôc   ơ ơn   y ych yn ynh yt yên yêt
    """
)
# `iê` without an onset is written `yê`.
_BARE: Final = ("y", "yêm", "yên", "yêng", "yêt", "yêu")

_ONSETS: Final = ("b", "ch", "d", "đ", "h", "kh", "l", "m", "n", "nh", "p", "ph", "r", "s", "t", "th", "tr", "v", "x")
# One sound, two spellings: (before a, ă, â, o, ô, ơ, u, ư; before e, ê, i).
_BY_VOWEL: Final = (("c", "k"), ("g", "gh"), ("ng", "ngh"))
_LABIAL: Final = ("b", "m", "p", "ph", "v")
# Onsets after which the rhyme `i` is also written `y`: `lý`, `kỹ`, `Thy`.
_WITH_Y: Final = ("h", "k", "l", "m", "n", "s", "t", "th", "v")
# Rhymes whose tone stands on the first vowel by the older habit, on the second by the newer.
_BOTH_HABITS: Final = ("oa", "oe", "uy")
# Borrowed words in everyday print that the tables would refuse.
_BORROWED: Final = ("buýt", "phuy", "voan")

# Names of the country that keep another spelling, as printed in letterheads.
_NAMES: Final = frozenset({"kạn", "đắk", "đăk", "lắk", "lăk", "kon", "krông", "plông", "niê", "êban"})
# Units and plain words too short to be told from debris by their shape.
_SHORT: Final = frozenset(
    _listed(
        """
        km kg cm mm dm ml kw kwh kv ph stt tp tt ts kt tm tl tuq vv
        web app fax sms usb pdf doc xml www com vn gov org net edu tel
        """
    )
)
_ROMAN: Final = re.compile(r"m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
# What joins two words or two parts of a code into one run of characters.
_JOINTS: Final = re.compile(r"[\W_]+")
#: Letters; capitals without marks that spell a toneless syllable from this length on have lost their marks
#: (`QUYET`), shorter ones are abbreviations (`VAT`).
_SHORTEST_BARE_CAPITALS: Final = 4
#: Letters; plain words from this length on are taken for foreign ones.
_SHORTEST_FOREIGN: Final = 4


def is_syllable(text: str) -> bool:
    """Return whether *text*, letters only in NFC and any case, is a well-formed Vietnamese syllable."""
    return text.lower() in _syllables()


def doubtful(word: str) -> bool:
    """Return whether *word*, as read, is likely to hold a mistake.

    Punctuation around it does not count, and the parts of a joined word (`kinh tế-xã`, `NĐ-CP`) are judged one
    by one. Numbers, codes, abbreviations in capitals, Roman numerals and foreign words are not doubtful; a
    word without letters never is.
    """
    return any(_part_is_doubtful(part) for part in _JOINTS.split(unicodedata.normalize("NFKC", word)) if part)


@lru_cache(maxsize=1 << 16)  # noise never ends; the words of a language do
def _part_is_doubtful(part: str) -> bool:
    lower = part.lower()
    if lower in _syllables() or lower in _NAMES or lower in _SHORT:
        return False
    plain = part.replace("Đ", "D").replace("đ", "d").isascii()
    if not part.isalpha():
        return not plain
    if not plain:
        return True
    if len(part) == 1 or _ROMAN.fullmatch(lower):
        return False
    bare = without_diacritics(lower)
    if sum(letter.isupper() for letter in part) > 1:
        return len(part) >= _SHORTEST_BARE_CAPITALS and bare in _toneless()
    foreign = len(part) >= _SHORTEST_FOREIGN and any(letter in "aeiouy" for letter in bare)
    return bare in _toneless() or "đ" in lower or not foreign


@cache
def _syllables() -> frozenset[str]:
    """All well-formed syllables in small letters, about 17,000; 20 ms once a process."""
    spelled = {
        "".join(onset) + toned
        for onset, rhymes in _combinations().items()
        for rhyme in rhymes
        for toned in _with_tones(rhyme)
    }
    return frozenset(spelled.union(_BORROWED))


@cache
def _toneless() -> frozenset[str]:
    """What is left of the syllables when all marks are lost."""
    return frozenset(map(without_diacritics, _syllables()))


def _combinations() -> dict[str, tuple[str, ...]]:
    """Return the rhymes that the orthography allows after each onset; "" is no onset."""
    with_onset = {
        onset: _RHYMES + (() if onset in _LABIAL else _ROUNDED) + (("y",) if onset in _WITH_Y else ())
        for onset in _ONSETS
    }
    for dark, light in _BY_VOWEL:
        # /k/ before a rounded glide is `qu`.
        rounded = () if dark == "c" else _ROUNDED
        with_onset[dark] = tuple(rhyme for rhyme in _RHYMES + rounded if rhyme[0] not in "eêi")
        with_onset[light] = tuple(rhyme for rhyme in _RHYMES if rhyme[0] in "eêi")
    with_onset["k"] += ("y",)
    # `gi` swallows the i of its rhyme: gi + iêng is written `giêng`.
    with_onset["gi"] = tuple(rhyme for rhyme in _RHYMES if rhyme[0] != "i")
    with_onset["g"] += tuple(rhyme for rhyme in _RHYMES if rhyme[0] == "i" and rhyme != "ia")
    with_onset["qu"] = _AFTER_QU
    with_onset[""] = tuple(rhyme for rhyme in _RHYMES if not rhyme.startswith("iê")) + _ROUNDED + _BARE
    return with_onset


def _with_tones(rhyme: str) -> list[str]:
    """Return *rhyme* in every tone it can have, wherever either habit writes the mark."""
    vowels = rhyme.rstrip("cghmnpt")
    coda = rhyme[len(vowels) :]
    tones = _STOPPED if coda in _STOPS else _TONES
    return [
        unicodedata.normalize("NFC", rhyme[: place + 1] + tone + rhyme[place + 1 :])
        for place in _places(vowels, coda)
        for tone in tones
    ]


def _places(vowels: str, coda: str) -> tuple[int, ...]:
    """Return the letters of *vowels* that may bear the tone, by their number."""
    hatted = [place for place, vowel in enumerate(vowels) if vowel in _HATTED]
    if hatted:
        return (hatted[-1],)
    if len(vowels) == 1:
        return (0,)
    if coda or len(vowels) > 2:  # noqa: PLR2004 -- the middle one of three
        return (1,)
    return (0, 1) if vowels in _BOTH_HABITS else (0,)
