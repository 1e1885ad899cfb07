"""An inbox in a folder: hostile names, links, and files that change while they are read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from inbox_office import PLACE, RULES, Office
from ticket_helpers import FOLDER

from workers.inbox import Changed, fetch
from workers.inbox_folder import FolderInbox


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.mark.parametrize("how", ["link", "folder", "pipe", "line-feed", "old-windows"])
def test_what_is_no_plain_file_is_never_opened_and_told(office: Office, tmp_path: Path, how: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for you")
    folder = office.put("a-01.tif").parent
    make = {
        "link": lambda: (folder / "a-02.tif").symlink_to(secret),
        "folder": (folder / "a-02.tif").mkdir,
        "pipe": lambda: os.mkfifo(folder / "a-02.tif"),
        "line-feed": lambda: (folder / "a\n02.tif").write_bytes(b"x"),
        "old-windows": lambda: Path(os.fsdecode(bytes(folder) + b"/gi\xe2y.tif")).write_bytes(b"x"),
    }
    make[how]()
    office.look()
    office.look(after=RULES.patience)
    assert office.desk.took == []
    assert [lacking.odd for _, lacking in office.desk.told] != [()]
    assert all(name.isprintable() for _, lacking in office.desk.told for name in lacking.odd)


def test_a_folder_that_is_a_link_is_not_entered(office: Office, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a-01.tif").write_bytes(b"x")
    (office.root / "quay-1").mkdir()
    (office.root / "quay-1" / FOLDER).symlink_to(elsewhere)
    (office.root / "quay-2").symlink_to(tmp_path)
    assert FolderInbox(office.root).listing() == {}


def test_a_folder_that_becomes_a_link_after_the_listing_is_not_entered(office: Office, tmp_path: Path) -> None:
    path = office.put("a-01.tif")
    inbox = FolderInbox(office.root)
    (seen,) = inbox.look(PLACE)
    path.parent.rename(tmp_path / "moved")
    path.parent.symlink_to(tmp_path / "moved")
    with pytest.raises(Changed):
        fetch(inbox, PLACE, seen, tmp_path)


def test_a_file_that_grows_while_it_is_copied_is_not_taken(office: Office, tmp_path: Path) -> None:
    path = office.put("a-01.tif", b"x" * 10)
    inbox = FolderInbox(office.root)
    (seen,) = inbox.look(PLACE)
    with pytest.raises(Changed), inbox.pieces(PLACE, seen) as pieces:
        for _ in pieces:
            with path.open("ab") as file:
                file.write(b"more")


def test_a_full_disk_of_ours_is_not_told_as_an_inbox_that_is_away(office: Office, tmp_path: Path) -> None:
    office.put("a-01.tif")
    inbox = FolderInbox(office.root)
    (seen,) = inbox.look(PLACE)
    with pytest.raises(OSError, match="full"), inbox.pieces(PLACE, seen) as pieces:
        for _ in pieces:
            raise OSError(errno.ENOSPC, "full")


def test_litter_of_file_managers_is_no_page(office: Office) -> None:
    office.put("Thumbs.db")
    assert FolderInbox(office.root).listing() == {}
