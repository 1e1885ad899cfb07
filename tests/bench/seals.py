"""How fast seals are made and verified, against the bare work they need and against pyHanko's command line.

One process of ours, one file of 200 KB. Every figure is the median over rounds in which all sides take their turn, so
that a disturbance of the machine falls on all of them. The command line starts anew for each file, as it must; what
its bare start takes stands beside it.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from asn1crypto import algos, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sides import SideFailed
from softhsm import MODULE, PIN, SoftToken, make_token

from pipeline.identities import identities
from pipeline.settings import Settings
from pipeline.stages.seal import mark_font
from signing import Identity, Limits, Mark, Trust, compare_seen, load_trust, seal_pdf, verify_pdf
from signing.batches.batch import inclusion, seal_batch

ROUNDS = 5
LEAVES = 10_000
PEER = "pyHanko's command"
#: What the issue of these figures asks; shown beside what was measured, never asserted.
ASKED = {
    "B-B, held key": "≥ 45/s", "B-B, SoftHSM": "≥ 45/s", "B-LTA / its raw requests": "≤ 2.5",
    "verify B-LTA": "≥ 20/s", "batch of 10,000": "≤ 1 s",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """What all sides work with."""

    folder: Path
    host: str
    pdf: bytes
    mark: Mark
    trust: Trust
    held: Mapping[str, Identity]  # by level
    token: Identity  # in SoftHSM, B-B


def measured(folder: Path, pyhanko: Path | None) -> dict[str, float]:
    """Return every figure: seconds for one, but for ratios.

    Args:
        folder: a scratch folder, empty.
        pyhanko: the command line to compare with; None to leave it out.
    """
    with authority(folder) as host, pytest.MonkeyPatch.context() as patch:
        desk = prepared(folder, host, make_token(_made(folder / "hsm"), patch, datetime.now(UTC)))
        sides = ours(desk) | (peers(desk, pyhanko) if pyhanko else {})
        taken: dict[str, list[float]] = {name: [] for name in sides}
        for side in sides.values():
            side()  # what is fetched or cut once is not measured
        for _ in range(ROUNDS):
            for name, side in sides.items():
                taken[name].append(_seconds(side, most=1.5))
        found = {name: statistics.median(times) for name, times in taken.items()}
    return found | ratios(found)


def ratios(found: Mapping[str, float]) -> dict[str, float]:
    """Return how the figures stand to each other."""
    made = {"B-LTA / its raw requests": found["B-LTA, held key"] / (2 * found["raw request to the TSA"])}
    pairs = (("B-B", "B-B, held key"), ("B-LTA", "B-LTA, held key"), ("verify B-B", "verify B-B"))
    for work, own in pairs:
        if (peer := found.get(f"{PEER}, {work}")) is not None:
            made[f"{PEER} / ours, {work}"] = peer / found[own]
            made[f"{PEER} without its start / ours, {work}"] = (peer - found[f"{PEER}, bare start"]) / found[own]
    return made


def ours(desk: Desk) -> dict[str, Callable[[], object]]:
    """Return what we do, and the bare work beneath it."""
    key = load_pem_private_key((desk.folder / "agency.pem").read_bytes(), None)
    sealed = {level: _seal(desk, desk.held[level]) for level in ("B-B", "B-T", "B-LTA")}
    for level in ("B-T", "B-LTA"):
        report = verify_pdf(sealed[level], trust=desk.trust, now=datetime.now(UTC))
        assert level != "B-LTA" or report.status == "TOTAL-PASSED", report
    digests = [os.urandom(32) for _ in range(LEAVES)]
    return {
        "RSA-3072 alone": lambda: key.sign(b"x" * 64, padding.PKCS1v15(), hashes.SHA256()),  # type: ignore[union-attr,call-arg,arg-type]
        "B-B, held key": lambda: _seal(desk, desk.held["B-B"]),
        "B-B, SoftHSM": lambda: _seal(desk, desk.token),
        "raw request to the TSA": lambda: _raw_request(desk.host),
        "B-T, held key": lambda: _seal(desk, desk.held["B-T"]),
        "B-LTA, held key": lambda: _seal(desk, desk.held["B-LTA"]),
        "verify B-B": lambda: verify_pdf(sealed["B-B"], trust=desk.trust, now=datetime.now(UTC)),
        "verify B-LTA": lambda: verify_pdf(sealed["B-LTA"], trust=desk.trust, now=datetime.now(UTC)),
        "draw and compare (B-LTA, one page)": lambda: compare_seen(sealed["B-LTA"], limits=Limits()),
        "batch of 10,000": lambda: _batch(desk, digests),
    }


def peers(desk: Desk, pyhanko: Path) -> dict[str, Callable[[], object]]:
    """Return the same by pyHanko's command line, from files to files."""
    source, made = desk.folder / "in.pdf", desk.folder / "out.pdf"
    source.write_bytes(desk.pdf)
    check = desk.folder / "check.pdf"
    check.write_bytes(_seal(desk, desk.held["B-B"]))
    trust, key = desk.folder / "root.pem", desk.folder / "agency.p12"
    sign = [pyhanko, "sign", "addsig", "--field", "1/300,700,560,800/Seal", "--use-pades"]
    lasting = ["--use-pades-lta", "--with-validation-info", "--timestamp-url", f"http://{desk.host}/tsa/1"]
    lasting += ["--trust", trust, "--trust-replace"]
    by_key = ["pkcs12", "--no-pass", source, made, key]
    validate = [pyhanko, "sign", "validate", "--trust", trust, "--trust-replace", "--executive-summary", check]
    return {
        f"{PEER}, bare start": lambda: _run([pyhanko, "--version"]),
        f"{PEER}, B-B": lambda: _run([*sign, *by_key]),
        f"{PEER}, B-LTA": lambda: _run([*sign, *lasting, *by_key]),
        f"{PEER}, verify B-B": lambda: _run(validate),
    }


def show(found: Mapping[str, float], console: Console) -> None:
    """Print the figures, what was asked beside them."""
    table = Table(title="Seals: one process, a file of 200 KB, median of rounds")
    for column in ("what", "ms", "a second", "ratio", "asked"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, value in found.items():
        ratio = " / " in name
        cells = ("", "", f"{value:.2f}") if ratio else (f"{value * 1000:.1f}", f"{1 / value:.1f}", "")
        table.add_row(name, *cells, ASKED.get(name, ""))
    console.print(table)


@contextmanager
def authority(folder: Path) -> Iterator[str]:
    """Run the authority in a process of its own; lend its host and port."""
    command = [sys.executable, str(Path(__file__).with_name("seal_authority.py")), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            yield child.stdout.readline().strip()
        finally:
            child.stdin.close()


def prepared(folder: Path, host: str, token: SoftToken) -> Desk:
    """Make the identities as the settings of an agency do."""
    key_file, trust = folder / "agency.p12", folder / "trust.pem"
    allowed = Settings(
        var=folder, signing_p12=key_file, tsa=(f"http://{host}/tsa/1",), fetch_allow=(host,), trust=(str(trust),)
    )
    held = {level: identities(replace(allowed, seal_level=level))("") for level in ("B-B", "B-T", "B-LTA")}
    data = (folder / "agency.pem").read_bytes()
    token.load("agency", load_pem_private_key(data, None), x509.load_pem_x509_certificate(data))  # type: ignore[arg-type]
    (folder / "pin").write_text(PIN)
    in_token = Settings(
        var=folder, signing_pkcs11=MODULE, signing_token=token.label, signing_key="agency",
        signing_pin_file=folder / "pin", seal_level="B-B", trust=(str(trust),),
    )  # fmt: skip
    mark = Mark(("BẢN SAO Y", "UBND phường Tuy Phước", "2026-11-20T15:30:00+07:00"), None, mark_font())
    return Desk(folder, host, paper(), mark, load_trust([trust]), held, identities(in_token)(""))


def paper(octets: int = 200_000) -> bytes:
    """Return a PDF of one page, a scan-like picture of about *octets*."""
    noise = np.random.default_rng(7).normal(235, 12, (2339, 1654)).clip(0, 255).astype(np.uint8)
    for quality in range(90, 5, -5):
        file = BytesIO()
        Image.fromarray(noise).save(file, "JPEG", quality=quality)
        if file.tell() <= octets:
            break
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        picture = pikepdf.Stream(pdf, file.getvalue())
        picture.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1654, Height=2339,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=picture))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Scan Do Q")
        made = BytesIO()
        pdf.save(made)
    return made.getvalue()


def _seal(desk: Desk, identity: Identity) -> bytes:
    when = datetime.now(UTC)
    made = seal_pdf(
        desk.pdf, identity=identity, mark=desk.mark, name="UBND", reason="Bản sao", location=None, when=when
    )
    return made.pdf


def _batch(desk: Desk, digests: list[bytes]) -> None:
    """Seal a batch and write the evidence of every leaf."""
    timestamper = desk.held["B-LTA"].timestamper
    assert timestamper is not None
    batch = seal_batch(digests, timestamper=timestamper, when=datetime.now(UTC))
    for index in range(len(digests)):
        inclusion(batch, index)


def _raw_request(host: str) -> None:
    """Ask the TSA for a stamp and do nothing with it: what any client has to wait for."""
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": os.urandom(32)}
    )
    asked = tsp.TimeStampReq(
        {"version": 1, "message_imprint": imprint, "nonce": int.from_bytes(os.urandom(8), "big"), "cert_req": True}
    ).dump()
    connection = http.client.HTTPConnection(host)
    connection.request("POST", "/tsa/1", asked, {"Content-Type": "application/timestamp-query"})
    connection.getresponse().read()
    connection.close()


def _run(command: list[str | Path]) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SideFailed(f"{command[1:3]} ended with {done.returncode}: {done.stderr[-2000:]}{done.stdout[-500:]}")


def _seconds(side: Callable[[], object], *, most: float) -> float:
    """Return the seconds of one call: the mean of as many as fit into *most* seconds."""
    calls, started = 0, time.perf_counter()
    while True:
        side()
        calls += 1
        if (taken := time.perf_counter() - started) >= most:
            return taken / calls


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
