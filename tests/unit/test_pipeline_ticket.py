"""What a station says of its scans: read strictly, and never taken for a path."""

from __future__ import annotations

import copy
import json
import os
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipeline.deposit import look
from pipeline.errors import Rejected
from pipeline.messages import reason
from pipeline.model import Case, Channel, Claim, Component, DossierCode, Kind, Operator, PostalForm, canonical_json
from pipeline.stages.separate import check_names
from pipeline.ticket import MOST_BYTES, from_names, parse_ticket

FOLDER = "H15.50.05.13-261120-0001"
ISSUE_EXAMPLE = """
{"format": 1, "dossier": "H15.50.05.13-261120-0001", "procedure": "1.001193", "case": null, "channel": "post", "postal_form": "both",
 "agency": {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"}, "station": "TP-01", "operator": {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"},
 "owner": {"name": "Trần Văn Mẫu", "id_number": "000000000000"},
 "documents": [{"component": "TP01", "kind": "original", "files": ["001.jpg", "002.jpg"]}, {"component": "TP02", "kind": "copy", "files": ["003.tif"]}]}
"""  # noqa: E501 -- as the issue prints it
RAW: dict[str, Any] = json.loads(ISSUE_EXAMPLE)
CASE = Case("TH01", "n", default=True, components=(Component("TP01", "n", True, 1, 0, False),))
CLERK = Operator("cli", "Nguyễn Thị Mẫu")


def parsed(raw: Any, folder: str = FOLDER) -> Any:
    return parse_ticket(json.dumps(raw).encode(), folder)


def refused(data: bytes, folder: str = FOLDER) -> Rejected:
    with pytest.raises(Rejected) as caught:
        parse_ticket(data, folder)
    return caught.value


def changed(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(RAW) | more


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


# --- names of files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../secret.jpg", "/etc/passwd", "a/b.jpg", "..\\secret.jpg", "C:\\x.jpg", "..", ".", "a\0.jpg", "\u202egpj.exe"],
)
def test_a_name_that_would_leave_the_folder_becomes_a_finding(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"x")
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "001.jpg").write_bytes(b"x")
    present = {each.name: each.problem for each in look(folder).found}
    documents = [{"component": "TP01", "kind": "original", "files": [name, "001.jpg"]}]
    dossier = parsed(changed(documents=documents))
    # From here on the file system is gone: names are compared with names only.
    monkeypatch.setattr(os, "open", lambda *a, **k: pytest.fail("a ticket's name was opened"))
    monkeypatch.setattr("builtins.open", lambda *a, **k: pytest.fail("a ticket's name was opened"))
    findings = check_names(dossier.claims, present, CASE, dossier.procedure)
    assert [(each.file, each.component) for each in findings] == [(name, "TP01")]
    assert findings[0].code in {"file-name-unsafe", "file-missing"}
    assert reason(findings[0].code, findings[0].facts)


def test_the_form_of_a_name_does_not_hide_the_file(tmp_path: Path) -> None:
    # A folder copied from macOS has NFD names; the ticket NFC ones, or the other way round.
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / unicodedata.normalize("NFD", "tờ khai.jpg")).write_bytes(b"x")
    present = {each.name: each.problem for each in look(folder).found}
    documents = [{"component": "TP01", "kind": "original", "files": ["tờ khai.jpg"]}]
    assert check_names(parsed(changed(documents=documents)).claims, present, CASE, "1.001193") == ()


def test_a_file_name_that_is_not_utf_8_is_told_in_letters_that_can_be_written(tmp_path: Path) -> None:
    # Archives made on old Windows leave names in CP1258; such a name must become a finding, not a crash of ours.
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / os.fsdecode(b"t\xea\xf2 khai.jpg")).write_bytes(b"x")
    (found,) = look(folder).found
    assert found.problem == "file-name-unsafe"
    assert canonical_json(found.name)  # goes into the deposit's identity and the manifest


# --- deposits without a ticket ------------------------------------------------------------------------------------


def test_names_of_files_stand_in_for_a_ticket() -> None:
    dossier = from_names(FOLDER, ["TP02-01.tif", "TP01-01.jpg"], "1.001193", CLERK, "H15.50.05.13")
    assert dossier.code == DossierCode.parse(FOLDER)
    assert dossier.procedure == "1.001193"
    assert dossier.operator == CLERK
    assert dossier.agency.code == "H15.50.05.13"
    assert dossier.claims == (
        Claim("TP01", Kind.ORIGINAL, ("TP01-01.jpg",)),
        Claim("TP02", Kind.ORIGINAL, ("TP02-01.tif",)),
    )


def test_pages_follow_their_numbers_not_their_letters() -> None:
    names = ["TP01-100.jpg", "TP01-02.jpg", "TP01-010.jpg", "TP01-01.png"]
    dossier = from_names(FOLDER, names, "1.001193", CLERK, "a")
    assert dossier.claims[0].files == ("TP01-01.png", "TP01-02.jpg", "TP01-010.jpg", "TP01-100.jpg")


@pytest.mark.parametrize("name", ["scan.jpg", "TP01.jpg", "TP01-1.jpg", "TP01-01", "-01.jpg", "TỜ KHAI-01.jpg"])
def test_a_file_with_another_name_is_not_claimed_and_so_reported(name: str) -> None:
    dossier = from_names(FOLDER, ["TP01-01.jpg", name], "1.001193", CLERK, "a")
    assert dossier.claims == (Claim("TP01", Kind.ORIGINAL, ("TP01-01.jpg",)),)
    (finding,) = check_names(dossier.claims, {"TP01-01.jpg": None, name: None}, CASE, "1.001193")
    assert (finding.code, finding.file) == ("file-not-named", name)


def test_a_component_code_may_hold_dashes() -> None:
    dossier = from_names(FOLDER, ["TP-01-a-02.jpg"], "1.001193", CLERK, "a")
    assert dossier.claims[0].component == "TP-01-a"


def test_a_folder_without_any_such_name_needs_a_ticket() -> None:
    with pytest.raises(Rejected) as caught:
        from_names(FOLDER, ["scan.jpg"], "1.001193", CLERK, "a")
    assert caught.value.code == "ticket-missing"


def test_a_folder_that_is_not_called_by_a_dossier_code_needs_a_ticket_too() -> None:
    with pytest.raises(Rejected) as caught:
        from_names("hồ sơ mới", ["TP01-01.jpg"], "1.001193", CLERK, "a")
    assert caught.value.code == "dossier-code-invalid"
