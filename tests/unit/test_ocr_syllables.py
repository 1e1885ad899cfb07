from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.metrics import without_diacritics
from ocr.syllables import doubtful, is_syllable


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.split()))


# Written for this test: administrative prose, letterheads, names of people and places, everyday words.
PROSE = _words(
    """
cộng hòa xã hội chủ nghĩa việt nam độc lập tự do hạnh phúc ủy ban nhân dân tỉnh hội đồng quyết định về việc ban hành
quy chế tiếp nhận giải quyết thủ tục hành chính theo cơ chế một cửa căn cứ luật tổ chức chính quyền địa phương ngày
tháng năm xét đề nghị của giám đốc sở tư pháp điều khoản chánh văn phòng thủ trưởng các ngành có liên quan chịu trách
nhiệm thi hành nơi nhận như trên lưu chủ tịch phó thay mặt quyền hạn ký thừa lệnh giấy chứng nhận kết hôn khai sinh tử
đơn xin cấp phép xây dựng nhà ở riêng lẻ hợp đồng chuyển nhượng sử dụng đất biên bản bàn giao tờ khai lệ phí trước bạ
thuế thu nhập cá nhân hộ khẩu thường trú tạm chỗ hiện nay quê quán dân tộc tôn giáo nghề nghiệp nghiêng ngoằn ngoèo
khuỷu tay khuya khoắt huếch hoác quỳnh quýt quấy quốc gia giết giặc giềng gì gìn giữ giường yêu yến yểu điệu ỉu xìu
oai oán uể oải uyên ương uống ướt êm ả ếch ôm ấp ức hiếp lươn hươu rượu bưởi cười muối chuối xoong xoáy loắt choắt ngoẹo
thuở thuế huệ hoẵng khoe khoét nguyễn nguyệt nguyền rủa nghễu nghện nghịch ngợm ghềnh thác ghế ghi chép ghé thăm kẻ kính
lý lịch kỹ thuật mỹ thuật tỷ lệ sỹ quan vy thy hy vọng y tế ý kiến phạm vũ đặng bùi đỗ hồ ngô dương phùng trịnh đinh
lâm mai đào đoàn vương tạ thái thị hữu đức minh tuấn khoa khuê thuỳ thùy thuý thúy hoà hoá hóa khoẻ khỏe loà lòa uỷ hủy
huỷ tuỳ tùy quý quy quyền quyển quyến quét quẹo quơ quắp quặng quạu khuấy luật chuẩn khuâng tuýp huýt huých buýt lịch
bệch xếch khách sạch thích ịch phịch gắp gặp gốc gỡ ngủ ngày nghỉ ngừng xuất nhập rỗng rễ dễ đỡ đẽo nẻ nở vở vỡ
"""
)

MISSPELT = _words(
    """
quyét quyêt quyet tuyét thuyén nguyẽn viẹt viét tién dièu nghiẽm ngi ngế nghà ghà gẻ cế cỉ cy kác kồ kũ qốc qan qúy gía
hòan hoàg thuợng nguời đuợc trừơng hôị viêc hoạch̃ bat cac khach thep cảc tạ́ thìch họp̀ iêu iến ddaw aâ ơơ uưu
sừc mếtt lậpp đố́ êc êng ơng oă uâ ăi ây̆ bh ph vv tlhe dj fa jan wun zin xă lâ cân̉ oanhh
"""
)


@pytest.mark.parametrize("word", PROSE)
def test_a_word_of_ordinary_prose_is_a_syllable_in_any_case(word: str) -> None:
    assert is_syllable(word) and is_syllable(word.upper()) and is_syllable(word.title())


@pytest.mark.parametrize("word", MISSPELT)
def test_a_misspelt_word_is_no_syllable(word: str) -> None:
    assert not is_syllable(unicodedata.normalize("NFC", word))


@pytest.mark.parametrize(
    "word",
    ["", "-", "123", "a1", "hai ba", "việt-nam"],
)
def test_what_is_not_one_run_of_letters_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(("older", "newer"), [("hòa", "hoà"), ("khỏe", "khoẻ"), ("thúy", "thuý"), ("ỦY", "UỶ")])
def test_tones_may_stand_where_either_habit_puts_them(older: str, newer: str) -> None:
    assert is_syllable(older) and is_syllable(newer)


@pytest.mark.parametrize(("right", "wrong"), [("hoàn", "hòan"), ("quý", "qúy"), ("già", "gìa"), ("ngoài", "ngòai")])
def test_but_nowhere_else(right: str, wrong: str) -> None:
    assert is_syllable(right) and not is_syllable(wrong)


@given(word=st.sampled_from(PROSE), stop=st.sampled_from(["c", "ch", "p", "t"]))
@settings(deadline=None, max_examples=100)
def test_a_syllable_that_ends_in_a_stop_has_one_of_two_tones(word: str, stop: str) -> None:
    if not word.endswith(stop):
        return
    apart = unicodedata.normalize("NFD", word)
    tones = {letter for letter in apart if letter in "\u0301\u0300\u0309\u0303\u0323"}
    assert len(tones) == 1 and tones <= {"\u0301", "\u0323"}
    for other in "\u0300\u0309\u0303":
        changed = apart.replace(tones.copy().pop(), other)
        assert not is_syllable(unicodedata.normalize("NFC", changed))


@pytest.mark.parametrize("word", ["quyết", "tuyển", "nguyễn", "khuyến", "thuyền", "tiếp", "biểu", "diễn", "kiềng"])
def test_the_hat_of_ie_cannot_be_lost(word: str) -> None:
    bare = unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).replace("\u0302", ""))
    assert bare != word and not is_syllable(bare)


@pytest.mark.parametrize(
    "word",
    _words(
        """
        UBND TTHC NĐ-CP QĐ-TTg HĐND TP.HCM GCNQSDĐ VAT 123/QĐ-UBND H15.50.05.13 1.001193 XIV iii) II. (Bằng chữ: “Điều
        kinh-tế 05/9/2026 … a) đ) km PDF email internet Samsung Kạn Đắk Lắk Kon m² 100m2 B52
        """
    ),
)
def test_numbers_codes_abbreviations_and_foreign_words_are_not_doubtful(word: str) -> None:
    assert not doubtful(word)


@pytest.mark.parametrize("word", PROSE)
def test_ordinary_prose_is_not_doubtful(word: str) -> None:
    assert not doubtful(word) and not doubtful(f"({word.upper()}),")


@pytest.mark.parametrize(
    "word",
    ["QUYÉT", "QUYET", "quyet", "ĐUOC", "VIẸT", "tlnh", "ngi", "rn", "H0ẠI", "kinh-té-xă", "NHÂNDÂN", "ƯBND"],
)
def test_a_word_that_lost_a_mark_or_a_letter_is_doubtful(word: str) -> None:
    assert doubtful(word)


def test_a_misreading_that_makes_another_syllable_is_not_seen() -> None:
    assert not doubtful("Nguyển")  # for Nguyễn: the orthography has nothing against it


@given(word=st.text(max_size=12))
@settings(deadline=None, max_examples=200)
def test_any_text_can_be_asked_about(word: str) -> None:
    assert isinstance(doubtful(word), bool) and isinstance(is_syllable(word), bool)


@given(word=st.sampled_from(PROSE))
@settings(deadline=None, max_examples=100)
def test_marks_written_apart_are_the_same_word(word: str) -> None:
    assert not doubtful(unicodedata.normalize("NFD", word))


@given(word=st.sampled_from([word for word in PROSE if word.endswith(("c", "p", "t", "ch"))]))
@settings(deadline=None, max_examples=100)
def test_a_stopped_syllable_without_any_mark_has_lost_one(word: str) -> None:
    bare = without_diacritics(word)
    assert not is_syllable(bare) and doubtful(bare) == (bare not in {"ph", "doc"})
