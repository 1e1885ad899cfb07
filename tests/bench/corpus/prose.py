"""Paragraphs by chance and by subject: what the pages of the corpus say."""

from __future__ import annotations

from random import Random

from corpus.names import Slots
from corpus.sentences import DOES, HOW, SUBJECTS, WHAT, WHO

HEADINGS = (
    "BÁO CÁO KẾT QUẢ RÀ SOÁT", "HƯỚNG DẪN NGHIỆP VỤ MỘT CỬA", "KẾ HOẠCH PHỐI HỢP", "ĐIỀU KHOẢN CHUNG",
    "TÌNH HÌNH THỰC HIỆN", "NHIỆM VỤ VÀ GIẢI PHÁP", "QUY CHẾ TIẾP DÂN", "THỦ TỤC ĐĂNG KÝ HỘ TỊCH",
    "NHỮNG TỒN TẠI, HẠN CHẾ", "TỔ CHỨC THỰC HIỆN", "PHƯƠNG ÁN BỒI THƯỜNG, HỖ TRỢ", "BIỆN PHÁP KHẮC PHỤC HẬU QUẢ",
    "KIẾN NGHỊ, ĐỀ XUẤT", "QUYỀN VÀ NGHĨA VỤ CÁC BÊN",
)  # fmt: skip


class Writer:
    """Writes one page's worth of prose after another; the same generator gives the same words."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._left: list[str] = []

    def fill(self, template: str) -> str:
        """Fill the braces of *template*."""
        return template.format_map(Slots(self.rng))

    def heading(self) -> str:
        """Return a heading in capitals."""
        return self.rng.choice(HEADINGS)

    def sentence(self) -> str:
        """Return one sentence; a written one comes again only after all others have been used."""
        if self.rng.randrange(4) == 0:
            return self.duty()
        if not self._left:
            self._left = [each for subject in self.rng.sample(SUBJECTS, len(SUBJECTS)) for each in subject]
            # Neighbours stay neighbours by and large, so that a page has a subject.
            at = self.rng.randrange(len(self._left))
            self._left = self._left[at:] + self._left[:at]
        return self.fill(self._left.pop())

    def duty(self) -> str:
        """Return who must do what, and how."""
        who, does, what, how = (self.rng.choice(part) for part in (WHO, DOES, WHAT, HOW))
        return self.fill(f"{who} {does} {what} {how}")

    def paragraph(self, sentences: int = 0) -> str:
        """Return so many sentences, two to four when not told."""
        return " ".join(self.sentence() for _ in range(sentences or self.rng.randrange(2, 5)))
