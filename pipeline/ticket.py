"""From what a station says of its scans to a `Dossier`: `dossier.json`, or the names of the files.

Nothing in a ticket is trusted: it is checked against the published schema and the code forms, and the names of files
in it are only compared with names that the folder really has; none is ever opened as a path.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.errors import Rejected
from pipeline.model import (
    Agency,
    BlankPages,
    Case,
    Channel,
    Claim,
    CodeError,
    Comparison,
    Dossier,
    DossierCode,
    Exemption,
    Kind,
    Operator,
    Owner,
    PostalForm,
    Station,
    canonical_json,
)
from pipeline.schemas import mismatch
from pipeline.separators import DossierSheet

NAME = "dossier.json"
#: A ticket is a few KB; 1 MiB leaves room for thousands of files.
MOST_BYTES = 1 << 20
#: How far the clocks of a counter and of ours may lie apart.
_CLOCK_SLACK = timedelta(minutes=15)
_NAMED = re.compile(r"(?P<component>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)-(?P<number>\d{2,4})\.[A-Za-z0-9]{1,5}")


def parse_ticket(data: bytes, folder: str) -> Dossier:
    """Read the ticket of the deposit called *folder*.

    Raises:
        Rejected: ``ticket-unreadable``, ``ticket-invalid``, ``dossier-code-invalid`` or ``dossier-mismatch``.
    """
    raw = _loaded(data)
    if wrong := mismatch("ticket-1", raw):
        raise Rejected("ticket-invalid", where=wrong.where, problem=wrong.rule)
    code = dossier_code(raw["dossier"])
    if _nfc(folder) != str(code):
        raise Rejected("dossier-mismatch", ticket=str(code), folder=folder[:80])
    _check_words(raw)
    _check_stack(raw)
    return Dossier(
        code=code,
        procedure=raw["procedure"],
        case=raw.get("case"),
        channel=Channel(raw["channel"]),
        postal_form=PostalForm(raw["postal_form"]) if raw.get("postal_form") else None,
        agency=Agency(raw["agency"]["code"], _nfc(raw["agency"]["name"])),
        station=Station(raw["station"]),
        operator=_operator(raw["operator"]),
        owner=_owner(raw.get("owner")),
        claims=tuple(_claim(at, entry) for at, entry in enumerate(raw["documents"])),
        exemptions=tuple(Exemption(entry["component"], _nfc(entry["reason"])) for entry in raw.get("exempt", ())),
        blank_pages=BlankPages(raw.get("profile", {}).get("blank_pages", BlankPages.KEEP)),
        stack=tuple(_nfc(name) for name in raw.get("stack", ())),
        whole=raw.get("scope") == "whole",
    )


def check_times(dossier: Dossier, now: datetime) -> None:
    """Refuse a comparison that has not been yet.

    Raises:
        Rejected: ``ticket-invalid``.
    """
    for at, claim in enumerate(dossier.claims):
        if claim.compared and claim.compared.at > now + _CLOCK_SLACK:
            raise Rejected("ticket-invalid", where=f"documents[{at}].compared.at", problem="future")


def from_names(folder: str, names: Iterable[str], procedure: str, operator: Operator, agency: str) -> Dossier:
    """Make up the ticket of a deposit that has none: files ``<component>-<nn>.<ext>`` in a folder named by the dossier.

    Files with other names are not claimed, so they are reported like any file that a ticket does not name.

    Raises:
        Rejected: ``dossier-code-invalid``, or ``ticket-missing`` when no file is named so.
    """
    claimed: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name in names:
        if found := _NAMED.fullmatch(name):
            claimed[found["component"]].append((int(found["number"]), name))
    if not claimed:
        raise Rejected("ticket-missing")
    claims = tuple(
        Claim(component, Kind.ORIGINAL, tuple(name for _, name in sorted(numbered)))
        for component, numbered in sorted(claimed.items())
    )
    return _made_up(folder, procedure, operator, agency, claims)


def names_components(names: Iterable[str]) -> bool:
    """Say whether any file is named as `from_names` wants it."""
    return any(map(_NAMED.fullmatch, names))


def claims_known(dossier: Dossier, case: Case) -> bool:
    """Say whether any claim is for a component of *case*: of ``scan-0001.jpg`` no component is called ``scan``."""
    return not {claim.component for claim in dossier.claims}.isdisjoint(each.code for each in case.components)


def from_stack(folder: str, names: Iterable[str], procedure: str | None, operator: Operator, agency: str) -> Dossier:
    """Make up the ticket of a deposit whose files, in the order of their names, are one stack with separator sheets.

    What the procedure is may be left to the sheets (`with_sheets`).

    Raises:
        Rejected: ``dossier-code-invalid``.
    """
    return replace(_made_up(folder, procedure or "", operator, agency, ()), stack=tuple(sorted(names, key=_as_scanned)))


def with_sheets(dossier: Dossier, head: DossierSheet) -> Dossier:
    """Return *dossier* with what its ticket left to the first sheet of its stack; they do not contradict each other."""
    return replace(
        dossier,
        procedure=dossier.procedure or head.procedure,
        case=dossier.case or head.case,
        station=Station(head.station) if head.station else dossier.station,
    )


def _made_up(folder: str, procedure: str, operator: Operator, agency: str, claims: tuple[Claim, ...]) -> Dossier:
    code = dossier_code(folder)
    return Dossier(
        code=code,
        procedure=procedure,
        case=None,
        channel=Channel.COUNTER,
        postal_form=None,
        agency=Agency(code.agency, agency),
        station=Station("cli"),
        operator=operator,
        owner=None,
        claims=claims,
    )


def dossier_code(text: str) -> DossierCode:
    """Read a dossier code.

    Raises:
        Rejected: ``dossier-code-invalid``.
    """
    try:
        return DossierCode.parse(text)
    except CodeError as error:
        raise Rejected("dossier-code-invalid", text=text[:80]) from error


def is_dossier_code(text: str) -> bool:
    """Say whether *text* is a dossier code."""
    try:
        DossierCode.parse(text)
    except CodeError:
        return False
    return True


def _loaded(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise Rejected("ticket-unreadable", line=1)
    try:
        # Windows tools put a byte order mark before UTF-8.
        raw = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_twins)
        # JSON can spell half of a surrogate pair; let in, nothing that tells of it could be written.
        canonical_json(raw)
    except json.JSONDecodeError as error:
        raise Rejected("ticket-unreadable", line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise Rejected("ticket-unreadable", line=1) from error
    return raw


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key given twice: two readers of such a ticket may see two different tickets."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def _claim(at: int, entry: Mapping[str, Any]) -> Claim:
    compared = entry.get("compared")
    return Claim(
        component=entry["component"],
        kind=Kind(entry["kind"]),
        files=tuple(_nfc(name) for name in entry["files"]),
        compared=Comparison(_operator(compared["by"]), _time(compared["at"], f"documents[{at}].compared.at"))
        if compared
        else None,
    )


def _check_words(raw: Mapping[str, Any]) -> None:
    """Refuse names and reasons that say nothing, or are written to be read otherwise than they stand."""
    words = {"agency.name": raw["agency"]["name"], "operator.name": raw["operator"]["name"]}
    words |= {f"exempt[{at}].reason": each["reason"] for at, each in enumerate(raw.get("exempt", ()))}
    if raw.get("owner"):
        words["owner.name"] = raw["owner"]["name"]
    for where, text in words.items():
        if not text.strip():
            raise Rejected("ticket-invalid", where=where, problem="minLength")
        if any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in text):
            raise Rejected("ticket-invalid", where=where, problem="hidden-letter")
    exempt = [each["component"] for each in raw.get("exempt", ())]
    if len(set(exempt)) != len(exempt):
        raise Rejected("ticket-invalid", where="exempt", problem="twice")


def _check_stack(raw: Mapping[str, Any]) -> None:
    """Refuse a document without files, unless there is a stack that it may lie in, and a file that is there twice."""
    stack = [_nfc(name) for name in raw.get("stack", ())]
    if not stack and not raw["documents"]:
        raise Rejected("ticket-invalid", where="documents", problem="minItems")
    for at, entry in enumerate(raw["documents"]):
        if not stack and not entry["files"]:
            raise Rejected("ticket-invalid", where=f"documents[{at}].files", problem="minItems")
        stack += [_nfc(name) for name in entry["files"]] if raw.get("stack") else []
    if len(set(stack)) != len(stack):
        raise Rejected("ticket-invalid", where="stack", problem="file-twice")


def _as_scanned(name: str) -> tuple[list[tuple[int, str]], str]:
    """Return what orders names as scanners count: ``scan.tif`` before ``scan-2.tif`` before ``scan-10.tif``."""
    parts = re.split(r"(\d+)", name.rpartition(".")[0] or name)
    return [(int(part) if at % 2 else -1, "" if at % 2 else part.casefold()) for at, part in enumerate(parts)], name


def _operator(raw: Mapping[str, Any]) -> Operator:
    return Operator(raw["id"], _nfc(raw["name"]).strip())


def _owner(raw: Mapping[str, Any] | None) -> Owner | None:
    return Owner(_nfc(raw["name"]), raw.get("id_number")) if raw else None


def _time(text: str, where: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Rejected("ticket-invalid", where=where, problem="date-time") from error
    if time.tzinfo is None:
        raise Rejected("ticket-invalid", where=where, problem="time-zone")
    return time


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
