"""Feed altered files to `verify_pdf` for some minutes: `python tests/attacks/fuzz.py MINUTES [SEED]`.

The corpus is every file of the attacks and what lies in `corpus/` beside this script. Kept there (named by digest) is
each file that raised, took over ten seconds, or passed although its signed bytes were altered. Prints how many
were tried, the slowest, and the peak memory of the process.
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
from collections.abc import Callable
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]  # as pytest does

import attacks.bytewise  # noqa: E402
import attacks.inside  # noqa: E402
import attacks.masses  # noqa: E402
import attacks.proofs  # noqa: E402
import attacks.revised  # noqa: E402, F401 - each registers its attacks
from attacks.cases import ATTACKS, office, sealed  # noqa: E402
from attacks.office import WHEN  # noqa: E402

from signing import verify_pdf  # noqa: E402

#: Longest a file may take, seconds.
LIMIT = 10.0
CORPUS = HERE / "corpus"
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
    mine, theirs = list(TOKENS.finditer(data)), TOKENS.findall(chance.choice(others))
    for _ in range(chance.choice((1, 1, 3))):
        one = chance.choice(mine)
        data = data[: one.start()] + chance.choice(theirs).ljust(one.end() - one.start()) + data[one.end() :]
    return data


def odd_number(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    numbers = list(re.finditer(rb"\d+", data))
    one = chance.choice(numbers)
    value = chance.choice((b"0", b"-1", b"4294967296", b"99999999999999999999", b"1.5", b"9" * 5000))
    return data[: one.start()] + value + data[one.end() :]


def nest(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    place = chance.randrange(len(data))
    return (
        data[:place] + chance.choice((b"[", b"<<", b"<</A ", b"(")) * chance.choice((100, 3000, 100_000)) + data[place:]
    )


CHANGES: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    flip, flip, flip, cut, double, splice, swap_tokens, swap_tokens, odd_number, odd_number, nest,
)  # fmt: skip


def stop(_: int, __: FrameType | None) -> None:
    raise Hang


def verdict_on(data: bytes) -> str:
    """Verify *data* and return its status, or what went wrong."""
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        return verify_pdf(data, trust=office().trust(), now=WHEN).status
    except Hang:
        return "HANG"
    except Exception as error:  # noqa: BLE001 - what is looked for
        return f"RAISED {type(error).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main(minutes: float, seed: int) -> int:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, stop)
    chance = random.Random(seed)
    # a file that anybody may cut back to a sound earlier revision is no seed: it passes rightly
    strict = [sealed("B-B"), sealed("B-T")]
    files = [one.make().pdf for one in ATTACKS if not one.name.startswith("too many")]
    files += [*strict * 20, *[sealed("B-LT"), sealed("B-LTA")] * 10]
    files += [path.read_bytes() for path in sorted(CORPUS.glob("*.pdf"))]
    tried, slowest, bad, end = 0, 0.0, 0, time.monotonic() + 60 * minutes
    statuses: dict[str, int] = {}
    while time.monotonic() < end:
        seed_file = chance.choice(files)
        data = seed_file
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            data = chance.choice(CHANGES)(data, chance, files) or b"%"
        started = time.monotonic()
        status = verdict_on(data)
        took = time.monotonic() - started
        slowest, tried = max(slowest, took), tried + 1
        statuses[status] = statuses.get(status, 0) + 1
        wrong = status == "TOTAL-PASSED" and seed_file in strict and data not in files
        if wrong or status.startswith(("HANG", "RAISED")):
            bad += 1
            CORPUS.mkdir(exist_ok=True)
            (CORPUS / f"{hashlib.sha256(data).hexdigest()[:16]}.pdf").write_bytes(data)
            print(f"{status} after {took:.1f} s", flush=True)  # noqa: T201
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{tried} files, seed {seed}: {statuses}, {bad} bad, slowest {slowest:.2f} s, peak {peak} MB")  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)))
