"""What ``sohoa doctor`` says of inboxes and queues, before a scan is lost between two rights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from served import free_port

from pipeline.cli import app as door
from pipeline.doctor import Finding, examine
from pipeline.errors import Misconfigured, SohoaError
from pipeline.settings import Settings
from workers import cli
from workers.checkup import tries
from workers.inbox_folder import FolderInbox

NOBODY = 65534


def said(settings: Settings) -> list[Finding]:
    """Return what is said of queue and inboxes; the rest of the installation has tests of its own."""
    found = []
    for what, attempt in tries(settings):
        try:
            found.append(Finding(what, *attempt()))
        except SohoaError as error:
            found.append(Finding(what, "fails", error.code))
    return found


def as_nobody(folder: Path) -> str:
    """Prove an inbox as a user without rights; return the problem. In a process of its own: there is no way back."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            FolderInbox(folder).prove()
            told = "nothing"
        except Misconfigured as error:
            told = f"{error.code} {error.facts['problem']}"
        except Exception as error:  # noqa: BLE001 -- the parent is told what it was
            told = repr(error)
        os.write(writer, told.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as file:
        return file.read().decode()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An inbox with one deposit, that everybody may come to."""
    # Those that pytest made for its owner alone, however many they are; all of them ours.
    shut = [each for each in (tmp_path, *tmp_path.parents) if not each.stat().st_mode & 0o001]
    for each in shut:
        each.chmod(each.stat().st_mode | 0o011)
    folder = tmp_path / "inbox"
    deposit = folder / "TP-01" / "H1"
    deposit.mkdir(parents=True)
    (deposit / "1.jpg").write_bytes(b"scan")
    for each in (folder, deposit.parent, deposit):
        each.chmod(0o777)
    return folder


def test_an_inbox_that_can_be_read_and_emptied_works_and_is_left_as_it_was(inbox: Path) -> None:
    (finding,) = said(Settings(inbox=(str(inbox),)))
    assert (finding.what, finding.state) == ("inbox", "works")
    assert str(inbox) in finding.detail
    assert as_nobody(inbox) == "nothing"
    assert [path.name for path in inbox.rglob("*") if path.is_file()] == ["1.jpg"]


def test_an_inbox_that_cannot_be_emptied_is_told_before_anything_is_taken(inbox: Path) -> None:
    """Else everything in it would be taken, sealed, and found there again for ever."""
    (inbox / "TP-01" / "H1").chmod(0o755 if os.geteuid() == 0 else 0o555)
    assert as_nobody(inbox) == "inbox-refused cannot-remove"


def test_a_station_that_shut_its_folder_is_told(inbox: Path) -> None:
    (inbox / "TP-01").chmod(0o700 if os.geteuid() == 0 else 0o000)
    assert as_nobody(inbox) == "inbox-refused cannot-read"
    (inbox / "TP-01").chmod(0o777)


def test_an_inbox_that_is_not_there_is_told(tmp_path: Path) -> None:
    (finding,) = said(Settings(inbox=(str(tmp_path / "away"),)))
    assert (finding.state, finding.detail) == ("fails", "inbox-unreachable")


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_a_queue_that_does_not_answer_is_told(scheme: str) -> None:
    (finding,) = said(Settings(queue=f"{scheme}://sohoa@127.0.0.1:{free_port()}/"))
    assert (finding.what, finding.state, finding.detail) == ("queue", "fails", "queue-unreachable")


def test_where_there_is_neither_nothing_is_examined() -> None:
    assert said(Settings()) == []


def test_the_installed_command_examines_them_as_well(tmp_path: Path) -> None:
    assert cli._tries in door.also_examined
    also = [each for more in door.also_examined for each in more(Settings(inbox=(str(tmp_path),)))]
    assert "inbox" in [what for what, _ in also]


def test_a_failure_of_theirs_is_said_in_words(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", inbox=("/proc/none",))
    found = {each.what: each for each in examine(settings, tries(settings))}
    assert found["inbox"].state == "fails"
    assert "nơi nhận bản quét" in found["inbox"].detail
    assert {"reading", "space"} <= set(found)
