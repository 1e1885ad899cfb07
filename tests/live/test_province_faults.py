"""What lies around the machines fails while dossiers are under way: network, broker, disk, clock.

One tree for all tests, on lines that fail on order (`line`) and on a disk of its own. After each fault every dossier is
sealed once, without a hand: nobody retries anything here. Recovery is counted from the repair until all is sealed.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika
import pytest
from conftest import COMPLETE
from line import Line, a_line
from postgres import the_server
from province import Province, all_sealed_once, shared_servers
from province_plant import PAGE_SECONDS
from rabbit import the_rabbit
from served import free_port, get

from pipeline.clock import now
from pipeline.identities import identities
from pipeline.stages.file import latest
from storage import Digest
from workers.model import Lane, all_queues, queue_name

#: Seconds that a line fails.
OUTAGE = 8.0
PATIENCE = 120.0
DISK = "64m"
_NUMBERS = count(1)


@contextmanager
def a_disk(folder: Path, size: str) -> Iterator[Path]:
    """Lend a file system of *size* at *folder*. Needs root, as the tests' servers do; without it the tests fail."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Province, dict[str, Line]]]:
    """The tree, and the lines that it comes to its servers by."""
    folder = tmp_path_factory.mktemp("province")
    with ExitStack() as stack:
        servers = stack.enter_context(shared_servers(folder))
        stack.enter_context(a_disk(folder / "var", DISK))
        behind = {"SOHOA_LEDGER": servers.ledger, "SOHOA_QUEUE": servers.queue, "SOHOA_STORE_URL": servers.worker.url}
        lines, instead = {}, {}
        for name, address in behind.items():
            place = urlsplit(address)
            assert place.hostname and place.port
            line = stack.enter_context(a_line((place.hostname, place.port)))
            lines[name] = line
            instead[name] = address.replace(f":{place.port}", f":{line.port}")
        made = Province(folder, servers, **instead, **{PAGE_SECONDS: "0.2"})
        stack.callback(made.close)
        yield made, lines


@pytest.fixture
def province(scene: tuple[Province, dict[str, Line]]) -> Province:
    made = scene[0]
    if made.process.poll() is not None:
        made.start_again()
    return made


@pytest.fixture
def lines(scene: tuple[Province, dict[str, Line]]) -> dict[str, Line]:
    return scene[1]


def some_dropped(province: Province, dossiers: int = 3) -> list[str]:
    """Drop dossiers; return their codes as soon as pages are being read."""
    codes = [province.drop(next(_NUMBERS)) for _ in range(dossiers)]
    look_again(province)
    province.wait_until(lambda: province.at_work("paging"), seconds=PATIENCE)
    return codes


def look_again(province: Province) -> None:
    """Bring the watcher's next listing forward, as the events of a bucket do."""
    get(province.port, "/hint", b"")


def is_sealed(province: Province, codes: list[str]) -> bool:
    return all(latest(province.store, code) for code in codes)


def recovered(
    province: Province, codes: list[str], what: str, *, meanwhile: Callable[[Province], None] = lambda _: None
) -> None:
    """Wait until all is sealed, tell how long that took, and see that nothing is lost or doubled."""

    def sealed() -> bool:
        meanwhile(province)
        return is_sealed(province, codes)

    took = province.wait_until(sealed, seconds=PATIENCE)
    print(f"\n{what}: all sealed {took:.1f} s after the repair")  # noqa: T201 -- a figure of the report
    look_again(province)
    province.wait_until(lambda: province.is_filed(codes), seconds=PATIENCE)
    all_sealed_once(province, codes)


@pytest.fixture
def full(province: Province) -> Iterator[Path]:
    """A file that leaves no byte on the machine's disk, until it is removed."""
    path = province.settings.var / "full"
    yield path
    path.unlink(missing_ok=True)


def fill(path: Path) -> None:
    """Write until the disk is full, and go on taking what others give back."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            while True:
                try:
                    file.write(b"." * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    break


@pytest.mark.parametrize("to", ["SOHOA_QUEUE", "SOHOA_LEDGER", "SOHOA_STORE_URL"])
@pytest.mark.parametrize("fails", ["cut", "stall"])
def test_a_line_that_fails_for_a_while_costs_time_only(
    province: Province, lines: dict[str, Line], to: str, fails: str
) -> None:
    codes = some_dropped(province)
    getattr(lines[to], fails)()
    time.sleep(OUTAGE)
    assert not is_sealed(province, codes)
    lines[to].restore()
    recovered(province, codes, f"{to} {fails}")


def test_a_full_disk_is_told_and_everything_is_sealed_when_there_is_room_again(province: Province, full: Path) -> None:
    codes = some_dropped(province)
    before = province.log.stat().st_size
    fill(full)
    codes.append(province.drop(next(_NUMBERS)))  # its inbox has room, and the watcher has none for its copies
    ends = time.monotonic() + OUTAGE
    while time.monotonic() < ends:
        fill(full)  # whatever was given back
        look_again(province)
        time.sleep(0.5)

    assert not is_sealed(province, codes)
    assert "storage-full" in {row.reason for row in province.ledger.waiting()}
    assert get(province.port, "/ready") == (503, '{"disk": "storage-full"}')
    said = [json.loads(line) for line in province.log.read_bytes()[before:].splitlines() if line.startswith(b"{")]
    told = {(each["event"], each.get("dossier"), each.get("code")) for each in said}
    assert ("inbox", codes[-1], "storage-full") in told
    assert "process-died" not in {each["event"] for each in said}
    full.unlink()
    recovered(province, codes, "a full disk")


def test_a_broker_that_loses_and_repeats_messages_costs_time_only(province: Province) -> None:
    province.wait_until(partial(is_ready, province.port), seconds=PATIENCE)  # or there are no queues yet
    with a_thief(the_rabbit().port) as fates:

        def has_stolen() -> bool:
            a_minute_passes(province)  # or what it took first would be all there is
            return min(fates["lost"], fates["tripled"]) >= 3

        codes = [province.drop(next(_NUMBERS)) for _ in range(6)]
        look_again(province)
        province.wait_until(has_stolen, seconds=PATIENCE)
    what = f"a broker that lost {fates['lost']} messages and tripled {fates['tripled']}"
    recovered(province, codes, what, meanwhile=a_minute_passes)


@contextmanager
def a_thief(port: int) -> Iterator[Counter[str]]:
    """Take what waits in the queues, as workers do: of three in a row, lose one, send one three times, leave one."""
    fates: Counter[str] = Counter()
    stop = threading.Event()

    def steal() -> None:
        names = [queue_name(lane, urgency) for lane, urgency in all_queues()]
        turns = {name: islice(cycle([("lost", 0), ("tripled", 3), ("left", 1)]), 9) for name in names}
        with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as connection:
            channel = connection.channel()
            while not stop.wait(0.02):
                for name in names:
                    take(channel, name, turns[name])

    def take(channel: Any, name: str, turns: Iterator[tuple[str, int]]) -> None:
        method, properties, body = channel.basic_get(name)
        if method is not None:
            fate, copies = next(turns, ("left", 1))
            for _ in range(copies):
                channel.basic_publish("", name, body, properties)
            channel.basic_ack(method.delivery_tag)
            fates[fate] += 1

    thread = threading.Thread(target=steal)
    thread.start()
    try:
        yield fates
    finally:
        stop.set()
        thread.join()


def a_minute_passes(province: Province) -> None:
    """Make everything a minute older, after which the sweeper takes a message that is nowhere for lost."""
    database = urlsplit(province.environment["SOHOA_LEDGER"]).path.removeprefix("/")
    the_server().execute("UPDATE items SET changed_at = changed_at - interval '61 s'", database)


def test_machines_whose_clocks_are_ten_minutes_off_do_everything_once(province: Province) -> None:
    province.kill()  # so that the two do everything: both read and seal, one takes in, one sends again what is lost
    identities(province.settings)("")  # their key, made while the clock was right
    seen, started = len(province.ledger.attempts()), now()
    # Two that hand out turns may send one twice, whatever their clocks say; what is lost looks older to one ahead.
    with (
        a_machine(province, "+600", "turns,read,seal") as ahead,
        a_machine(province, "-600", "watch,read,seal") as behind,
    ):
        for port in (ahead, behind):
            province.wait_until(partial(is_ready, port), seconds=PATIENCE)
        codes = [province.drop(next(_NUMBERS)) for _ in range(4)]
        province.wait_until(lambda: province.is_filed(codes), seconds=PATIENCE)

    tried = province.ledger.attempts()[seen:]
    assert set(Counter(each.step_key for each in tried).values()) == {1}  # nothing is sent, read or sealed again
    assert sum(each.stage in set(Lane) for each in tried) == len(codes) * (1 + len(COMPLETE) + 1 + 1)
    all_sealed_once(province, codes, later=timedelta(minutes=10))
    for code in codes:
        assert all(started < event.at < now() for event in province.ledger.events(code))  # by the ledger's clock
        version = latest(province.store, code)
        assert version is not None
        manifest = province.store.get("sealed", Digest(version.manifest)).decode()
        sealed = [datetime.fromisoformat(each) for each in re.findall(r'"time": *"([^"]+)"', manifest)]
        assert sealed  # by the clock of the machine that sealed
        assert all(timedelta(minutes=4) < abs(each - started) < timedelta(minutes=16) for each in sealed)


@contextmanager
def a_machine(province: Province, ahead: str, parts: str) -> Iterator[int]:
    """Start a machine of the same province whose clock is so many seconds off; lend the port of its health."""
    folder, port = province.folder / f"clock{ahead}", free_port()
    shutil.copytree(province.settings.var / "identity", folder / "var" / "identity")
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    off = {"LD_PRELOAD": str(library), "FAKETIME": ahead, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    own = {"SOHOA_VAR": str(folder / "var"), "SOHOA_HEALTH": f"127.0.0.1:{port}", "SOHOA_WORKERS": "1"}
    process = province.started(**off, **own, PROVINCE_PARTS=parts)
    try:
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_ready(port: int) -> bool:
    return get(port, "/ready")[0] == 200
