"""What the manifest says of one file: its pages, what was found on them, what a person should see to. Pure.

Apart from `pipeline.manifest`, which tells of the dossier as a whole. Pages are numbered from 1 as the PDF has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.filed import Filed, sidecar_name
from pipeline.model import Comparison, Original, PageRef
from pipeline.plan import StepRecord
from pipeline.turns import unsure

#: Gives the Vietnamese sentence for a key and its facts.
Say = Callable[[str, Mapping[str, object]], str]


def file_entry(filed: Filed, say: Say) -> dict[str, Any]:
    """Return what the manifest says of a file."""
    document = filed.document
    pages = [_page(filed, at) for at in range(len(filed.read.pages)) if at not in filed.read.left_out]
    gate = filed.gated[document.originals[0].sha256]
    entry = {
        "name": document.file_name,
        "sha256": filed.sha256,
        "size": filed.size,
        "media_type": "application/pdf",
        "kind": document.kind.value,
        "received_signed": document.received_signed,
        "page_count": len(pages) or gate.facts["page_count"],
        "pages": pages,
        "blank_pages": [_blank_page(filed, at) for at in filed.read.blank],
        "dpi": min((page["dpi"] for page in pages), default=None),
        "mean_confidence": _weighted(pages, "mean_confidence"),
        "uncertain_share": _weighted(pages, "uncertain_share"),
        "fields": [{**field, "page": filed.read.number(field["page"])} for field in filed.read.fields],
        "review": [_reason(facts, say) for facts in reasons(filed)],
        "sidecars": [_sidecar(filed, record) for record in filed.sidecars],
        "signature": _signature(filed),
        "signers": list(filed.sealed.facts.get("signers", ())) if filed.sealed else [],
        "received_signatures": list(gate.facts.get("signatures", ())),
        "compared": _compared(document.compared),
        "originals": [original_entry(original) for original in document.originals],
        "steps": _steps(filed),
    }
    return renewed_entry(entry, filed.renewals)


def renewed_entry(entry: Mapping[str, Any], renewals: Sequence[StepRecord]) -> dict[str, Any]:
    """Return what the manifest says of a file that was renewed: all that *entry* says, and what it was renewed from."""
    if not renewals:
        return dict(entry)
    (output,) = renewals[-1].outputs
    before = [
        {"sha256": record.step.inputs[0][1], "size": record.facts["size_before"], "at": record.at}
        for record in renewals
    ]
    return {
        **entry,
        "sha256": output.sha256,
        "size": output.size,
        "renewals": [*entry.get("renewals", ()), *before],
        "steps": [*entry["steps"], *map(_step, renewals)],
    }


def original_entry(original: Original) -> dict[str, Any]:
    """Return what the manifest says of a deposited file."""
    return {"name": original.name, "sha256": original.sha256, "size": original.size}


def reasons(filed: Filed) -> list[dict[str, Any]]:
    """Return why a person should look at a file: ``review.<code>`` in the messages, with the facts for it.

    What the readings say, and what only shows where pages meet: a turn that nobody could tell, nothing but blanks.
    """
    read = filed.read
    found = [{**each, "page": read.number(each["page"])} for each in read.reasons if each["page"] not in read.left_out]
    found += [
        {"code": "orientation-assumed", "page": read.number(at)}
        for at, page in enumerate(read.pages)
        if unsure(page.reading.facts) and page.turned_by is None and at not in read.blank
    ]
    if read.pages and len(read.blank) == len(read.pages):
        found.append({"code": "blank-document", "page": None})
    return found


def entry_remarks(entry: Mapping[str, Any]) -> list[tuple[str, Mapping[str, object]]]:
    """Return what the verdict remarks on a file: pages without text, and received signatures that are not known."""
    name, pages = entry["name"], entry["pages"]
    blank = {(each["original"], each["index"]) for each in entry["blank_pages"]}
    unread = [
        ("page-unread", {"file": name, "page": page["number"], "failure": page["unread"]})
        for page in pages
        if page["unread"]
    ]
    empty = [
        ("page-without-words", {"file": name, "page": page["number"]})
        for page in pages
        if not page["unread"] and not page["words"] and (page["original"], page["index"]) not in blank
    ]
    unverified = [
        ("signature-unverified", {"file": name, "status": signature["status"]})
        for signature in entry["received_signatures"]
        if signature["status"] != "TOTAL-PASSED"
    ]
    return [*unread, *empty, *unverified[:1]]


def _page(filed: Filed, at: int) -> dict[str, Any]:
    page = filed.read.pages[at]
    read = page.reading.facts
    gate = filed.gated[page.ref.original].facts["pages"][page.ref.index]
    return {
        "number": filed.read.number(at),
        "original": page.ref.original,
        "index": page.ref.index,
        "width": gate["width"],
        "height": gate["height"],
        "dpi": min(gate["dpi_x"], gate["dpi_y"]),
        "dpi_source": gate["dpi_source"],
        "rotation": read["rotation"],
        "rotation_ground": "given" if page.turned_by else read["rotation_ground"],
        "rotation_from": _ref(page.turned_by) if page.turned_by else None,
        "skew": read["skew"],
        "words": read["words"],
        "mean_confidence": read["mean_confidence"],
        "uncertain_share": read["uncertain_share"],
        "blank_score": read["blank_score"],
        "unread": read["failure"],
    }


def _blank_page(filed: Filed, at: int) -> dict[str, Any]:
    page = filed.read.pages[at]
    return {**_ref(page.ref), "score": page.reading.facts["blank_score"], "left_out": at in filed.read.left_out}


def _ref(page: PageRef) -> dict[str, Any]:
    return {"original": page.original, "index": page.index}


def _reason(facts: Mapping[str, Any], say: Say) -> dict[str, Any]:
    field = facts.get("field")
    share = facts.get("share") or 0.0
    words = {"field": say(f"field.{field}", {}) if field else "", "percent": round(100 * share)}
    text = say(f"review.{facts['code']}", {"page": facts["page"], **words})
    return {"code": facts["code"], "page": facts["page"], "field": field, "text": text}


def _sidecar(filed: Filed, record: StepRecord) -> dict[str, Any]:
    (output,) = record.outputs
    kind = record.step.params["kind"]
    name = sidecar_name(filed.document.file_name, kind)
    return {"file": name, "kind": kind, "sha256": output.sha256, "size": output.size}


def _signature(filed: Filed) -> dict[str, Any]:
    seal = filed.sealed.facts if filed.sealed else {}
    told = {name: seal.get(name) for name in ("level", "signer", "fingerprint", "time")}
    evidence = filed.sealed.outputs[1].sha256 if filed.sealed else None
    return {**told, "trial": seal.get("trial", False), "evidence_sha256": evidence}


def _compared(compared: Comparison | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    return {"by": {"id": compared.by.id, "name": compared.by.name}, "at": compared.at.isoformat()}


def _weighted(pages: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Return the mean over all words of a file, which a page with three words hardly moves."""
    words: int = sum(page["words"] for page in pages)
    if not words:
        return None
    total: float = sum(page[name] * page["words"] for page in pages if page["words"])
    return round(total / words, 4)


def _steps(filed: Filed) -> list[dict[str, Any]]:
    gates = [filed.gated[original.sha256] for original in filed.document.originals]
    readings = [record for page in filed.read.pages for record in (page.before, page.reading)]
    done = [*gates, *readings, filed.read.described, filed.assembled, *filed.sidecars, filed.sealed]
    return [_step(record) for record in done if record]


def _step(record: StepRecord) -> dict[str, Any]:
    return {
        "stage": record.step.stage,
        "version": record.step.version,
        "key": record.step.key,
        "tools": list(record.step.tools),
        "at": record.at,
    }
