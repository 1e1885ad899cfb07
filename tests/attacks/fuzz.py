"""Feed altered files to verification for some minutes: `python tests/attacks/fuzz.py MINUTES [SEED]`.

It begins with every file of the attacks and with the corpus, and keeps in that one small file for each new kind of
answer (`attacks.seeds`). What raises, takes over ten seconds, grows over a gigabyte, or passes although its signed
bytes were altered goes into `found/` beside it and makes the run end with 1. Prints what was measured.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]  # as pytest does

import attacks.answers  # noqa: E402
import attacks.bytewise  # noqa: E402
import attacks.inside  # noqa: E402
import attacks.masses  # noqa: E402
import attacks.proofs  # noqa: E402
import attacks.revised  # noqa: E402, F401 - each registers its attacks
from attacks.cases import ATTACKS, office, sealed  # noqa: E402
from attacks.seeds import Kind, Seed, keep, kind_of, seeds  # noqa: E402

#: Longest a file may take, seconds, and most memory of the process, megabytes.
LIMIT, MOST_MEMORY = 10.0, 1024
FOUND = HERE / "found"
TOKENS = re.compile(rb"/[A-Za-z]{1,20}|\d{1,10}|obj|endobj|stream|endstream|xref|trailer|startxref|<<|>>|\[|\]")


class Hang(BaseException):
    """Not an Exception, which verification would turn into a report."""


def flip(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    altered = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 4, 32))):
        altered[chance.randrange(len(altered))] ^= 1 << chance.randrange(8)
    return bytes(altered)


def cut(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.choice((1, 7, 100, 5000, len(data))) :]


def double(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 10, 300, 3000))]
    place = chance.randrange(len(data))
    return data[:place] + piece * chance.choice((1, 2, 50)) + data[place:]


def splice(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


def swap_tokens(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    theirs = TOKENS.findall(chance.choice(others))
    for _ in range(chance.choice((1, 1, 3))):
        mine = list(TOKENS.finditer(data))
        if not mine or not theirs:
            break
        one = chance.choice(mine)
        data = data[: one.start()] + chance.choice(theirs).ljust(one.end() - one.start()) + data[one.end() :]
    return data


def odd_number(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    numbers = list(re.finditer(rb"\d+", data))
    if not numbers:
        return data
    one = chance.choice(numbers)
    value = chance.choice((b"0", b"-1", b"4294967296", b"99999999999999999999", b"1.5", b"9" * 5000))
    return data[: one.start()] + value + data[one.end() :]


def nest(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    place = chance.randrange(len(data))
    return (
        data[:place] + chance.choice((b"[", b"<<", b"<</A ", b"(")) * chance.choice((100, 3000, 100_000)) + data[place:]
    )


def lengthen(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    """Make one octet a large or an endless length, as DER has them."""
    place = chance.randrange(len(data))
    return (
        data[:place] + chance.choice((b"\x80", b"\x84\xff\xff\xff\xff", b"\x82\xff\xff", b"\x00")) + data[place + 1 :]
    )


CHANGES: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    flip, flip, flip, cut, double, splice, swap_tokens, swap_tokens, odd_number, odd_number, nest,
)  # fmt: skip
SEAL_CHANGES = (flip, flip, cut, double, splice, lengthen, lengthen)


def stop(_: int, __: FrameType | None) -> None:
    raise Hang


def peak() -> int:
    """Most memory that the process has had, megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@dataclass
class Tally:
    """What a run has met."""

    answers: Counter[str] = field(default_factory=Counter)
    kinds: set[tuple[Kind, bool]] = field(default_factory=set)
    kept: int = 0
    bad: int = 0
    slowest: float = 0.0

    def judge(self, seed: Seed, *, strict: bool) -> None:
        """Judge *seed*, which must not pass when *strict*, and remember what came of it."""
        started, before = time.monotonic(), peak()
        signal.setitimer(signal.ITIMER_REAL, LIMIT)
        try:
            report = seed.judged(office().trust())
            answer, kind = report.status, kind_of(report)
        except Hang:
            answer, kind = "HANG", None
        except Exception as error:  # noqa: BLE001 - what is looked for
            answer, kind = f"RAISED {type(error).__name__}", None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.monotonic() - started
        self.slowest = max(self.slowest, took)
        if strict and answer == "TOTAL-PASSED":
            answer = "PASSED WRONGLY"
        elif took > LIMIT:
            answer = "HANG"  # in C code, which no signal interrupts
        elif peak() > max(before, MOST_MEMORY):
            answer = "GREW"
        self.answers[answer] += 1
        if answer.startswith(("HANG", "RAISED", "GREW", "PASSED")):
            self.bad += 1
            FOUND.mkdir(exist_ok=True)
            (FOUND / f"{hashlib.sha256(seed.data).hexdigest()[:16]}.{'p7s' if seed.seal else 'pdf'}").write_bytes(
                seed.data
            )
            print(f"{answer} after {took:.1f} s", flush=True)  # noqa: T201
        elif kind is not None and (kind, seed.seal) not in self.kinds:
            self.kinds.add((kind, seed.seal))
            self.kept += keep(kind, seed)


def altered(start: bytes, chance: random.Random, others: list[bytes], *, seal: bool) -> bytes:
    data = start
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(SEAL_CHANGES if seal else CHANGES)(data, chance, others) or b"%"
    return data


def main(minutes: float, number: int) -> int:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, stop)
    chance, tally = random.Random(number), Tally()
    # a file that anybody may cut back to a sound earlier revision is no seed that must fail: it passes rightly
    strict = [sealed("B-B"), sealed("B-T")]
    held = [seed for _, seed in seeds()]
    files = [one.make().pdf for one in ATTACKS if not one.name.startswith("too many")]
    files += [*strict * 20, *[sealed("B-LT"), sealed("B-LTA")] * 10, *(seed.data for seed in held if not seed.seal)]
    whole = [office().seal_bytes(), office().seal_bytes(stamped=False)]
    seals = [*whole * 10, *(seed.data for seed in held if seed.seal)]
    end = time.monotonic() + 60 * minutes
    for seed in held:
        tally.judge(seed, strict=False)
    while time.monotonic() < end:
        seal = chance.random() < 0.15
        start = chance.choice(seals if seal else files)
        data = altered(start, chance, seals if seal else files, seal=seal)
        must_fail = start in (whole if seal else strict) and data not in (seals if seal else files)
        tally.judge(Seed(data, seal), strict=must_fail)
    tried = tally.answers.total()
    print(f"{tried} cases, seed {number}: {dict(tally.answers)}, {len(tally.kinds)} kinds, {tally.kept} new seeds kept")  # noqa: T201
    print(f"{tally.bad} bad, slowest {tally.slowest:.2f} s, peak {peak()} MB")  # noqa: T201
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)))
