"""What is decided between reading and sealing: turns given by neighbours, blank pages, marks of secrecy."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest
from assembly_helpers import reading
from conftest import DOSSIER, a_ticket
from reading_helpers import SECRET, SIZE, bare, deposit_of, lies, page_file, printed, telling, unsure

from pipeline.messages import reason
from storage import digest_of

SURE = lies(0)


def ticket(count, **more):
    return a_ticket(("TP01", [f"{number}.jpg" for number in range(1, count + 1)]), **more)


def digitise(make_bureau, *pages, **profile):
    """Run a dossier whose only paper has *pages*; return the bureau, the outcome and what is said of the file."""
    bureau = make_bureau(crew=telling(*pages))
    more = {"profile": profile} if profile else {}
    outcome = bureau.driver.run(deposit_of(bureau, ticket(len(pages), **more), len(pages)))
    assert outcome.error is None, outcome.error
    (file,) = next(each for each in outcome.verdict.manifest["components"] if each["code"] == "TP01")["files"]
    return bureau, outcome, file


def name_of(number):
    return digest_of(page_file(number))


def codes(file):
    return [(each["code"], each["page"]) for each in file["review"]]


# --- turns ---------------------------------------------------------------------------------------------------------


def test_a_page_that_cannot_tell_how_it_lies_is_read_again_as_its_neighbour_lies(make_bureau):
    bureau, _, file = digitise(make_bureau, lies(180), unsure(), lies(90))

    page = file["pages"][1]
    # As near on either side and they disagree: the earlier counts.
    assert (page["rotation"], page["rotation_ground"]) == (180, "given")
    assert page["rotation_from"] == {"original": name_of(1), "index": 0}
    assert bureau.driver.yard.crew.asked.count((page_file(2), 180)) == 1
    assert [each["stage"] for each in file["steps"]].count("read") == 4  # the first reading of page 2 is told too
    assert [each["rotation_ground"] for each in file["pages"]] == ["osd", "given", "osd"]
    assert ("orientation-assumed", 2) not in codes(file)


def test_a_page_that_lies_as_its_neighbours_is_not_read_twice(make_bureau):
    bureau, _, file = digitise(make_bureau, SURE, unsure())

    assert [asked for _, asked in bureau.driver.yard.crew.asked] == [None, None]
    assert (file["pages"][1]["rotation_ground"], file["pages"][1]["rotation_from"]["original"]) == ("given", name_of(1))


def test_a_page_alone_that_cannot_tell_how_it_lies_goes_to_review(make_bureau):
    bureau, outcome, file = digitise(make_bureau, unsure())

    assert ("orientation-assumed", 1) in codes(file)
    assert (file["pages"][0]["rotation_ground"], file["pages"][0]["rotation_from"]) == ("assumed", None)
    assert outcome.exit_code == 3  # the other papers are missing; a review does not stop anything
    assert bureau.ledger.dossier(DOSSIER).state == "review"


def test_pages_of_another_paper_give_no_turn(make_bureau):
    bureau = make_bureau(crew=telling(lies(180), unsure()))
    outcome = bureau.driver.run(deposit_of(bureau, a_ticket(("TP01", ["1.jpg"]), ("TP02", ["2.jpg"])), 2))

    (file,) = next(each for each in outcome.verdict.manifest["components"] if each["code"] == "TP02")["files"]
    assert file["pages"][0]["rotation_ground"] == "assumed"


def test_a_blank_page_needs_no_turn(make_bureau):
    bureau, _, file = digitise(make_bureau, lies(180), bare)

    assert [asked for _, asked in bureau.driver.yard.crew.asked] == [None, None]
    assert "orientation-assumed" not in [code for code, _ in codes(file)]


def test_a_second_reading_that_fails_does_not_replace_the_first(make_bureau):
    def stubborn(asked):
        first = unsure()(None)
        return first if asked is None else replace(first, lines=(), failure="engine-failed")

    _, _, file = digitise(make_bureau, lies(180), stubborn)

    assert (file["pages"][1]["unread"], file["pages"][1]["rotation"]) == (None, 0)
    assert ("orientation-assumed", 2) in codes(file)


def test_a_turn_once_given_is_not_asked_for_again(make_bureau):
    bureau = make_bureau(crew=telling(lies(180), unsure()))
    folder = deposit_of(bureau, ticket(2), 2)
    first = bureau.driver.run(folder)
    (bureau.folder / DOSSIER / "extra.jpg").write_bytes(b"not named")  # so that the dossier is gone through again
    again = bureau.driver.run(folder)

    assert first.fresh > again.fresh == 1  # the new manifest
    assert len(bureau.driver.yard.crew.asked) == 3


# --- blank pages ---------------------------------------------------------------------------------------------------


def sealed_pages(bureau, file):
    with pikepdf.open(io.BytesIO(bureau.store.get("sealed", file["sha256"]))) as pdf:
        return len(pdf.pages)


def test_blank_pages_stay_in_the_file_by_default_and_are_told(make_bureau):
    bureau, _, file = digitise(make_bureau, SURE, bare, SURE)

    assert sealed_pages(bureau, file) == file["page_count"] == len(file["pages"]) == 3
    assert file["blank_pages"] == [{"original": name_of(2), "index": 0, "score": 1.0, "left_out": False}]
    assert [each["blank_score"] for each in file["pages"]] == [0.0, 1.0, 0.0]


def test_blank_pages_are_left_out_when_the_ticket_says_so(make_bureau):
    last = lies(0, "osd", printed("Trang cuối"))
    bureau, _, file = digitise(make_bureau, SURE, bare, last, blank_pages="leave_out")

    assert sealed_pages(bureau, file) == file["page_count"] == 2
    assert [(each["number"], each["original"]) for each in file["pages"]] == [(1, name_of(1)), (2, name_of(3))]
    assert file["blank_pages"] == [{"original": name_of(2), "index": 0, "score": 1.0, "left_out": True}]
    # The original is kept and named all the same.
    assert bureau.store.get("originals", name_of(2)) == page_file(2)
    assert [each["sha256"] for each in file["originals"]] == [name_of(number) for number in (1, 2, 3)]


def test_what_lies_beside_the_file_has_the_pages_of_the_file(make_bureau):
    bureau = make_bureau(crew=telling(SURE, bare, SURE), sidecars=("txt",))
    folder = deposit_of(bureau, ticket(3, profile={"blank_pages": "leave_out"}), 3)
    outcome = bureau.driver.run(folder)

    (file,) = next(each for each in outcome.verdict.manifest["components"] if each["code"] == "TP01")["files"]
    text = bureau.store.get("sealed", file["sidecars"][0]["sha256"]).decode()
    assert len(text.split("\f")) == 2


@pytest.mark.parametrize("profile", ["keep", "leave_out"])
def test_a_paper_of_blank_pages_only_is_kept_whole_and_goes_to_review(make_bureau, profile):
    bureau, _, file = digitise(make_bureau, bare, bare, blank_pages=profile)

    assert sealed_pages(bureau, file) == 2
    assert [each["left_out"] for each in file["blank_pages"]] == [False, False]
    assert ("blank-document", None) in codes(file)


# --- marks of secrecy ----------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(make_bureau):
    bureau = make_bureau(crew=telling(SURE, SECRET, SURE), sidecars=("txt", "alto"))
    claims = a_ticket(("TP01", ["1.jpg", "2.jpg"]), ("TP02", ["3.jpg"]))
    folder = deposit_of(bureau, claims, 3)
    return bureau, folder, bureau.driver.run(folder)


def test_a_mark_of_secrecy_stops_the_dossier_and_names_file_page_and_level(stopped):
    _, _, outcome = stopped

    assert (outcome.exit_code, outcome.error.code, outcome.verdict) == (4, "secret-paper", None)
    assert dict(outcome.error.facts) == {"file": "2.jpg", "page": 1, "level": "MẬT"}
    said = reason(outcome.error.code, outcome.error.facts)
    assert all(part in said for part in ("2.jpg", "“MẬT”", "bí mật nhà nước"))


def test_nothing_of_a_stopped_dossier_is_assembled_sealed_or_filed(stopped):
    bureau, _, _ = stopped

    stages = {each.stage for each in bureau.ledger.attempts()}
    assert stages == {"intake", "read", "describe"}
    assert not [area for area, _ in bureau.store.blobs if area == "sealed"]
    assert list(bureau.store.keys("dossiers/")) == []
    assert bureau.ledger.dossiers() == []


def test_the_originals_of_a_stopped_dossier_are_kept(stopped):
    bureau, _, outcome = stopped

    assert outcome.kept == 4  # and the ticket
    assert bureau.store.get("originals", name_of(2)) == page_file(2)
    (row,) = bureau.ledger.deposits()
    assert (row.state, row.code) == ("rejected", "secret-paper")


def test_a_stopped_dossier_stays_stopped(stopped, make_bureau):
    bureau, folder, _ = stopped

    assert bureau.driver.run(folder).error.code == "secret-paper"
    crew = bureau.driver.yard.crew
    newer = make_bureau(store=bureau.store, ledger=bureau.ledger, crew=crew, version="2")
    assert newer.driver.run(folder).error.code == "secret-paper"


def test_a_secret_paper_added_later_does_not_touch_what_was_filed(make_bureau):
    bureau = make_bureau(crew=telling(SURE, SECRET))
    first = bureau.driver.run(deposit_of(bureau, a_ticket(("TP01", ["1.jpg"])), 1))
    second = bureau.driver.run(deposit_of(bureau, a_ticket(("TP01", ["1.jpg"]), ("TP02", ["2.jpg"])), 2))

    assert second.error.code == "secret-paper"
    assert bureau.ledger.dossier(DOSSIER).manifest == first.verdict.version.manifest


# --- what was read about people ------------------------------------------------------------------------------------


def test_what_was_read_stays_out_of_ledger_and_records(make_bureau):
    lines = (printed("Họ và tên chủ hồ sơ: Trần Văn Mẫu", 300), printed("Số định danh cá nhân: 052094000017", 350))
    bureau, _, _ = digitise(make_bureau, lies(0, "osd", *lines))

    rows = [bureau.ledger.dossiers(), bureau.ledger.deposits(), bureau.ledger.files(DOSSIER, 1)]
    told = repr([*rows, bureau.ledger.attempts(), list(bureau.ledger.objects())])
    records = b"".join(bureau.store.read(key) for key in bureau.store.keys("steps/")).decode()
    for personal in ("052094000017", "Trần Văn Mẫu"):
        assert personal not in told
        assert personal not in records


def test_the_frame_of_these_pages_is_the_page():
    assert reading(SIZE).frame_width == SIZE[0]  # the helpers' pixels are the page's
