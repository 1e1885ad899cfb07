"""Signatures are judged in children: the same answers, and no file that hangs, dies or grows takes the rest along."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest
from attacks.cases import office, sealed
from attacks.office import MANIFEST, WHEN, signed_by
from judging_helpers import die, sleep, sleep_deaf

from pipeline import judging
from pipeline.checking import check_all
from pipeline.judging import ChildJudge, OwnJudge, seconds_for


@pytest.fixture(scope="module")
def judge() -> Iterator[ChildJudge]:
    with ChildJudge(office().trust(), WHEN, workers=1) as made:
        yield made


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.pdf"
    path.write_bytes(sealed("B-B"))
    return path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A file that takes about two seconds: many signatures and many empty revisions, just within the policy."""
    pdf = sealed("B-B")
    for number in range(6):
        pdf = signed_by(office().agency, pdf=pdf, field=f"More{number}", certify=False)
    trailer = pdf[pdf.rindex(b"trailer") : pdf.rindex(b"startxref")]
    for _ in range(200):
        before = pdf[pdf.rindex(b"startxref") :].split()[1]
        again = re.sub(rb"/Prev \d+", b"/Prev " + before, trailer)
        pdf += b"xref\n0 1\n0000000000 65535 f \n" + again + f"startxref\n{len(pdf)}\n%%EOF\n".encode()
    path = tmp_path / "slow.pdf"
    path.write_bytes(pdf)
    return path


@pytest.mark.parametrize("name", ["B-B", "B-LTA", "text", "nothing", "missing", "folder"])
def test_a_child_says_what_this_process_would_say(judge: ChildJudge, tmp_path: Path, name: str) -> None:
    path = tmp_path / "file.pdf"
    if name == "folder":
        path.mkdir()
    elif name != "missing":
        path.write_bytes({"text": b"%PDF-1.7\nno more", "nothing": b""}.get(name) or sealed(name))
    assert judge.pdf(path) == OwnJudge(judge.trust, WHEN).pdf(path)


@pytest.mark.parametrize("seal", ["own", b"", b"\x30\x80" * 1000])
def test_a_child_judges_detached_seals_alike(judge: ChildJudge, seal: str | bytes) -> None:
    p7s = office().seal_bytes() if isinstance(seal, str) else seal
    assert judge.seal(MANIFEST, p7s) == OwnJudge(judge.trust, WHEN).seal(MANIFEST, p7s)


def test_one_child_judges_many_files(judge: ChildJudge, sound: Path) -> None:
    """A child takes a second to load what it needs; that must not be paid for each file."""
    judge.pdf(sound)
    before = {child.pid for child in active_children()}
    for _ in range(10):
        judge.pdf(sound)
    assert {child.pid for child in active_children()} == before


@pytest.mark.parametrize("instead", [sleep, sleep_deaf, die])
def test_a_file_that_holds_up_or_kills_its_child_is_indeterminate_and_the_next_is_judged(
    judge: ChildJudge, sound: Path, monkeypatch: pytest.MonkeyPatch, instead: Callable[..., None]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(judging, "seconds_for", lambda size: 0.3)
        patch.setattr(judging, "_answer", instead)
        told = judge.pdf(sound)
        sealed_over = judge.seal(MANIFEST, b"")
    assert told.report is not None
    assert (told.report.status, told.report.code) == ("INDETERMINATE", "LIMIT_EXCEEDED")
    assert (sealed_over.status, sealed_over.code) == ("INDETERMINATE", "LIMIT_EXCEEDED")
    after = judge.pdf(sound).report
    assert after is not None
    assert after.status == "TOTAL-PASSED"


def test_a_file_that_takes_too_much_memory_is_indeterminate_and_the_next_is_judged(
    judge: ChildJudge, tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-1.7\n" + b"0 " * (8 << 20) + b"startxref\n0\n%%EOF\n")
    with monkeypatch.context() as patch:
        patch.setattr(judging, "MOST_MEMORY", -30 << 20)  # less than the file needs, which has two copies' room
        told = judge.pdf(large).report
    assert told is not None
    assert (told.status, told.code) == ("INDETERMINATE", "LIMIT_EXCEEDED")
    after = judge.pdf(sound).report
    assert after is not None
    assert after.status == "TOTAL-PASSED"


def test_a_file_larger_than_any_that_is_judged_is_not_even_read(judge: ChildJudge, tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(judging.MOST_PDF + 1)  # a hole: it takes no room on the disk
    told = judge.pdf(path)
    assert told.report is not None
    assert (told.report.status, told.report.code) == ("INDETERMINATE", "LIMIT_EXCEEDED")
    assert told.sha256 is None, "reading half a gigabyte would tell its digest"


def test_the_time_for_a_file_grows_with_it_and_has_an_end() -> None:
    assert seconds_for(0) == judging.MOST_SECONDS == 10
    assert seconds_for(10 << 20) > 2 * seconds_for(1 << 20)
    assert seconds_for(1 << 40) == judging.MOST_SECONDS_LARGE


def test_what_takes_too_much_is_unknown_and_the_rest_of_the_dossiers_is_told(
    slow: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(judging, "seconds_for", lambda size: 0.3 if size > 100_000 else 10)
    steps: list[None] = []
    with ChildJudge(office().trust(), WHEN, workers=2) as two, ThreadPoolExecutor(2) as hands:
        two.pdf(sound)
        found = list(check_all([sound, slow, sound], two, lambda: steps.append(None), hands))
    assert [(each.path.name, each.result, each.code) for each in found] == [
        ("sound.pdf", "passed", "OK"),
        ("slow.pdf", "indeterminate", "LIMIT_EXCEEDED"),
        ("sound.pdf", "passed", "OK"),
    ]
    assert len(steps) == len(found)
    assert found[1].sha256 is not None, "the file is told by what it is, though nobody could judge it"


def test_children_end_with_the_process_that_has_them(sound: Path) -> None:
    """Somebody kills the command in the middle: nothing of it may go on and hold memory."""
    program = (
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from multiprocessing import active_children\n"
        "from pathlib import Path\n"
        "from pipeline.judging import ChildJudge\n"
        "from signing import Trust\n"
        "with ChildJudge(Trust(()), datetime.now(UTC), workers=2) as judge:\n"
        "    judge.pdf(Path(sys.argv[1]))\n"
        "    print(*[child.pid for child in active_children()], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(sound)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    children = [Path("/proc", pid) for pid in ended.stdout.split()]
    assert len(children) == 2
    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, children))


def is_alive(process: Path) -> bool:
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
