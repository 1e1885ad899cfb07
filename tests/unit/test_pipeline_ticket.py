"""What a station says of its scans is read strictly."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ticket_helpers import FOLDER, ISSUE_EXAMPLE, RAW, changed, parsed

from pipeline.errors import Rejected
from pipeline.messages import reason
from pipeline.model import BlankPages, Channel, Claim, DossierCode, Kind, Operator, PostalForm
from pipeline.ticket import MOST_BYTES, parse_ticket


def refused(data: bytes, folder: str = FOLDER) -> Rejected:
    with pytest.raises(Rejected) as caught:
        parse_ticket(data, folder)
    return caught.value


def test_the_example_of_the_issue_is_a_ticket() -> None:
    dossier = parse_ticket(ISSUE_EXAMPLE.encode(), FOLDER)
    assert dossier.code == DossierCode.parse(FOLDER)
    assert (dossier.procedure, dossier.case) == ("1.001193", None)
    assert (dossier.channel, dossier.postal_form) == (Channel.POST, PostalForm.BOTH)
    assert (dossier.agency.code, dossier.agency.name) == ("H15.50.05.13", "UBND phường Tuy Phước")
    assert dossier.station.code == "TP-01"
    assert dossier.operator == Operator("bcci-0173", "Nguyễn Thị Mẫu")
    assert dossier.owner is not None
    assert dossier.owner.id_number == "000000000000"
    assert dossier.claims == (
        Claim("TP01", Kind.ORIGINAL, ("001.jpg", "002.jpg")),
        Claim("TP02", Kind.COPY, ("003.tif",)),
    )


def test_a_byte_order_mark_is_accepted() -> None:
    # Notepad and PowerShell write one.
    data = b"\xef\xbb\xbf" + ISSUE_EXAMPLE.encode()
    assert parse_ticket(data, FOLDER) == parse_ticket(ISSUE_EXAMPLE.encode(), FOLDER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        ISSUE_EXAMPLE.encode("utf-16"),
        ISSUE_EXAMPLE.encode().replace("ẫ".encode(), b"\xff"),
        b"[" * 100_000,
        b'{"format": ' + b"1" * 5_000 + b"}",
        b" " * (MOST_BYTES + 1),
    ],
    ids=["empty", "cut", "utf-16", "not utf-8", "deep", "a number of 5000 digits", "too large"],
)
def test_what_is_no_json_in_utf_8_is_unreadable(data: bytes) -> None:
    error = refused(data)
    assert error.code == "ticket-unreadable"
    assert reason(error.code, error.facts)


def test_the_line_that_cannot_be_read_is_named() -> None:
    error = refused(b'{\n"format": 1,\n"dossier": \n}')
    assert error.facts["line"] == 4


@pytest.mark.parametrize(
    "twin",
    [
        ISSUE_EXAMPLE.replace('"case": null', '"case": null, "case": "TH01"'),
        ISSUE_EXAMPLE.replace('"component": "TP01"', '"component": "TP01", "component": "TP02"'),
    ],
    ids=["top", "inside"],
)
def test_a_key_given_twice_is_refused(twin: str) -> None:
    # Two readers of such a ticket may see two different tickets.
    assert refused(twin.encode()).code == "ticket-unreadable"


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (changed(channel="fax"), "channel"),
        (changed(format=2), "format"),
        (changed(postal_form="pigeon"), "postal_form"),
        (changed(station="TP 01"), "station"),
        (changed(procedure="1.00119"), "procedure"),
        (changed(agency={"code": "X", "name": "UBND"}), "agency.code"),
        (changed(documents=[]), "documents"),
        (changed(documents=[{"component": "TP01", "kind": "original", "files": []}]), "documents[0].files"),
        (changed(documents=[{"component": "../TP", "kind": "original", "files": ["1"]}]), "documents[0].component"),
        (changed(exempt=[{"component": "TP03", "reason": ""}]), "exempt[0].reason"),
    ],
)
def test_what_is_not_as_the_published_schema_says_is_refused_with_its_place(raw: Any, where: str) -> None:
    error = refused(json.dumps(raw).encode())
    assert error.code == "ticket-invalid"
    assert error.facts["where"] == where
    assert where in reason(error.code, error.facts)


@pytest.mark.parametrize(
    ("raw", "place", "key"),
    [
        (changed(postalform="both"), "", "postalform"),
        (changed(agency={"code": "H15", "name": "UBND", "city": "Huế"}), "agency", "city"),
        (
            changed(documents=[{"component": "TP01", "kind": "original", "files": ["1.jpg"], "fil": 1}]),
            "documents[0]",
            "fil",
        ),
    ],
)
def test_a_key_that_there_is_not_is_refused_and_named(raw: Any, place: str, key: str) -> None:
    # "postalform" for "postal_form" must not pass for a dossier without a postal form; nor may the clerk be left to
    # search a ticket of fifty lines for it.
    error = refused(json.dumps(raw).encode())
    assert error.code == "ticket-invalid"
    said = reason(error.code, error.facts)
    assert place in said
    assert key in said


def test_a_key_that_is_missing_is_named() -> None:
    raw = changed()
    del raw["operator"]
    error = refused(json.dumps(raw).encode())
    assert "operator" in reason(error.code, error.facts)


@pytest.mark.parametrize("raw", [[], "x", 1, None, True])
def test_json_that_is_no_object_is_no_ticket(raw: Any) -> None:
    assert refused(json.dumps(raw).encode()).code == "ticket-invalid"


def test_a_ticket_in_the_folder_of_another_dossier_is_refused() -> None:
    # The likeliest mistake at a counter: yesterday's ticket copied with the scans.
    error = refused(ISSUE_EXAMPLE.encode(), "H15.50.05.13-261120-0002")
    assert error.code == "dossier-mismatch"
    said = reason(error.code, error.facts)
    assert FOLDER in said
    assert "H15.50.05.13-261120-0002" in said


def test_a_dossier_of_a_day_that_does_not_exist_is_refused() -> None:
    error = refused(json.dumps(changed(dossier="H15.50.05.13-261331-0001")).encode(), "H15.50.05.13-261331-0001")
    assert error.code == "dossier-code-invalid"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("agency", "code"), "H１５.50"),
        (("agency", "code"), "H15.50.05.13\n"),
        (("procedure",), "1.٠٠١١٩٣"),
        (("procedure",), "1.001193\n"),
        (("station",), "TP-01\n"),
        (("case",), "TH01\n"),
        (("operator", "id"), "bcci-0173\n"),
    ],
)
def test_codes_in_a_ticket_are_as_strict_as_codes_elsewhere(path: tuple[str, ...], value: str) -> None:
    # Python's $ lets a line break pass and its \d digits of other scripts; these codes name keys, rows and files.
    raw = changed()
    holder = raw
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    assert refused(json.dumps(raw).encode()).code == "ticket-invalid"


def test_a_comparison_says_who_and_when() -> None:
    compared = {"by": {"id": "cc-1", "name": "Lê Văn Mẫu"}, "at": "2026-11-20T08:15:00+07:00"}
    raw = changed()
    raw["documents"][1]["compared"] = compared
    comparison = parsed(raw).claims[1].compared
    assert comparison.by == Operator("cc-1", "Lê Văn Mẫu")
    assert comparison.at == datetime(2026, 11, 20, 8, 15, tzinfo=timezone(timedelta(hours=7)))


@pytest.mark.parametrize("at", ["20/11/2026 08:15", "2026-11-20T25:00:00+07:00", "", "2026-02-30T08:00:00+07:00"])
def test_a_time_that_is_none_is_refused_with_its_place(at: str) -> None:
    raw = changed()
    raw["documents"][1]["compared"] = {"by": {"id": "cc-1", "name": "Lê Văn Mẫu"}, "at": at}
    error = refused(json.dumps(raw).encode())
    assert error.code == "ticket-invalid"
    assert error.facts["where"] == "documents[1].compared.at"


def test_a_time_without_a_zone_is_refused() -> None:
    # rules.md: times are ISO 8601 with +07:00; a bare time would be read as the zone of whatever machine reads it.
    raw = changed()
    raw["documents"][1]["compared"] = {"by": {"id": "cc-1", "name": "Lê Văn Mẫu"}, "at": "2026-11-20T08:15:00"}
    error = refused(json.dumps(raw).encode())
    assert error.facts["where"] == "documents[1].compared.at"
    assert "+07:00" in reason(error.code, error.facts)


def test_names_are_told_in_composed_unicode_whatever_the_station_sends() -> None:
    # macOS and some form fillers write NFD; the mark's font and every search compare code points.
    loose = json.loads(unicodedata.normalize("NFD", ISSUE_EXAMPLE))
    loose["documents"][0]["files"] = [unicodedata.normalize("NFD", "tờ khai.jpg")]
    dossier = parsed(loose)
    assert dossier.operator.name == "Nguyễn Thị Mẫu"
    assert dossier.agency.name == "UBND phường Tuy Phước"
    assert dossier.owner is not None
    assert dossier.owner.name == "Trần Văn Mẫu"
    assert dossier.claims[0].files == ("tờ khai.jpg",)


def test_half_a_surrogate_pair_is_refused_at_the_door() -> None:
    # JSON can spell it, UTF-8 cannot: let in, it would stop the manifest from being written at all.
    error = refused(json.dumps(changed(owner={"name": "Trần \ud83d Mẫu"})).encode())
    assert error.code in {"ticket-invalid", "ticket-unreadable"}


def test_half_a_surrogate_pair_in_a_file_name_is_refused_at_the_door() -> None:
    documents = [{"component": "TP01", "kind": "original", "files": ["\udcff.jpg"]}]
    assert refused(json.dumps(changed(documents=documents)).encode()).code in {"ticket-invalid", "ticket-unreadable"}


def test_blank_pages_are_kept_unless_the_profile_says_otherwise() -> None:
    assert parsed(RAW).blank_pages is BlankPages.KEEP
    assert parsed(changed(profile={})).blank_pages is BlankPages.KEEP
    assert parsed(changed(profile={"blank_pages": "keep"})).blank_pages is BlankPages.KEEP
    assert parsed(changed(profile={"blank_pages": "leave_out"})).blank_pages is BlankPages.LEAVE_OUT


@pytest.mark.parametrize("profile", [{"blank_pages": "remove"}, {"blank_pages": None}, {"colour": "grey"}, [], None])
def test_a_profile_that_there_is_not_is_refused_and_named(profile: Any) -> None:
    error = refused(json.dumps(changed(profile=profile)).encode())
    assert error.code == "ticket-invalid"
    assert str(error.facts["where"]).startswith("profile")
