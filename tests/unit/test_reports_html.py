"""The HTML report is one file that asks for nothing, runs nothing, and shows foreign text as text."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_helpers import BARE, CHAIN, EVIL, FULL, LISTED, NOW, checked, report_on, signatures

from pipeline.reports import gather
from pipeline.reports.as_html import as_html
from pipeline.reports.page import PagePicture

VOID = {"meta", "img", "col", "link", "br", "hr", "input", "base"}


class Reader(HTMLParser):
    """Keeps the open elements, every attribute, and the text outside the style sheet."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data


def read(*found, **more):
    html = as_html(report_on(*found, **more)).decode()
    return html, Reader(html)


def check_harmless(html: str, reader: Reader) -> None:
    assert reader.open == []
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in {"href", "action"}]
    assert all(value.startswith("data:image/png;base64,") for name, value in reader.attributes if name == "src")
    # in what is shown as text an address is a word like any other
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert not re.search(r"@import|url\(|https?:", " ".join([*styles, *(value for _, value in reader.attributes)]))


@settings(max_examples=40, deadline=None)
@given(st.lists(signatures(), min_size=1, max_size=3))
def test_whatever_was_found_the_page_is_whole_and_harmless(found):
    html, reader = read(*found, listed=LISTED)
    check_harmless(html, reader)
    assert unicodedata.is_normalized("NFC", html)


def test_a_hostile_name_is_shown_as_text():
    link = dataclasses.replace(CHAIN[0], subject=EVIL)
    html, reader = read(dataclasses.replace(FULL, signer=EVIL, chain=(link, *CHAIN[1:]), weak=(EVIL,)))
    check_harmless(html, reader)
    assert '<script>alert("x")</script>&amp;\\u202egpj.exe' in reader.text
    assert "\u202e" not in html
    assert "A" * 300 not in html


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [
        ("TOTAL-PASSED", "OK", "HỢP LỆ"),
        ("TOTAL-FAILED", "HASH_FAILURE", "KHÔNG HỢP LỆ"),
        ("INDETERMINATE", "TRY_LATER", "KHÔNG XÁC ĐỊNH"),
    ],
)
def test_the_verdict_is_the_first_thing_said(status, code, word):
    _, reader = read(dataclasses.replace(FULL, status=status, code=code))
    assert re.search(rf"Kết luận\s*{word}\s", reader.text)


def test_what_was_not_determined_is_never_called_valid():
    _, reader = read(BARE)
    assert not re.search(r"(?<!KHÔNG )HỢP LỆ", reader.text)
    assert "không được coi là hợp lệ" in reader.text


def test_a_trial_signature_is_said_to_have_no_legal_value():
    _, reader = read(dataclasses.replace(FULL, trial=True))
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in reader.text


def test_everything_that_a_lawyer_asks_for_is_there():
    _, reader = read(FULL, listed=LISTED)
    for said in (
        "Nguyễn Thị Hồng Ánh",  # who
        "UBND phường Tuy Phước",  # for which agency
        "nhờ dấu thời gian gắn vào chữ ký",  # when, by what proof
        "toàn bộ tệp",  # over what
        "thêm dữ liệu kiểm tra",  # what came after
        "CA chuyên dùng Chính phủ",  # who vouches
        "sohoa-verification 1",  # judged by what
        "1" * 64,
        "9" * 64,  # which bytes
        "d" * 64,  # which revocation list
    ):
        assert said in reader.text


def test_empty_findings_are_said_in_words():
    _, reader = read(BARE)
    assert "None" not in reader.text
    for said in ("không đọc được", "không có bằng chứng độc lập", "Không nối được", "Không có dấu thời gian nào"):
        assert said in reader.text


def test_two_ways_that_differ_are_said_to():
    _, reader = read(dataclasses.replace(FULL, own_check="failed"))
    assert "HAI CÁCH KHÔNG THỐNG NHẤT" in reader.text


def test_the_page_is_shown_and_can_be_printed_and_read_in_the_dark():
    report = gather([checked(FULL)], NOW, pictures=False)
    file = dataclasses.replace(report.files[0], page=PagePicture(b"\x89PNG", 661, 1000))
    html = as_html(dataclasses.replace(report, files=(file,))).decode()
    assert 'src="data:image/png;base64,iVBORw=="' in html
    assert "@media print" in html
    assert "prefers-color-scheme: dark" in html
