"""A deposit that was scanned in one go: looked at side by side, taken apart by its separator sheets, made documents.

What the sheets mean together is decided in `pipeline.splitting`; this module brings it what lies in the store, and
makes findings of its doubts. A stack that cannot be taken apart is refused as a whole; its files are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ocr import Reading
from ocr.fields.letterhead import find_letterhead
from ocr.fields.sheet import sheet_of
from pipeline import plan
from pipeline.completeness import Finding
from pipeline.errors import REVIEWS, Rejected
from pipeline.filed import ReadDocument
from pipeline.model import Case, Claim, Comparison, Document, Dossier, Kind, Original, PageRef, Sha256
from pipeline.plan import StepRecord, Workshop
from pipeline.separators import ComponentSheet
from pipeline.splitting import Doubt, Side, Split, disagreement, side_of, split
from pipeline.stages.separate import problem_facts
from pipeline.ticket import NAME as TICKET
from pipeline.works import Works
from storage import Area, Digest, ObjectStore


@dataclass(frozen=True, slots=True)
class Place:
    """One side of the stack, or a file in it that did not get in."""

    file: str
    original: Original | None  # None when it is not in the store
    page: PageRef | None
    side: Side


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that was taken apart."""

    places: tuple[Place, ...]
    split: Split
    gated: Mapping[Sha256, StepRecord]

    def documents(self, case: Case, claims: Sequence[Claim], *, after: Sequence[Document]) -> list[Document]:
        """Make a document of each segment without a doubt.

        Args:
            case: Whose components there are.
            claims: What the ticket says of papers in the stack, for who compared them.
            after: Documents that are made of other files; the numbers go on from theirs.
        """
        numbers = Counter(document.component for document in after)
        compared: defaultdict[tuple[str, Kind], set[Comparison | None]] = defaultdict(set)
        for claim in claims:
            if not claim.files:
                compared[claim.component, claim.kind].add(claim.compared)
        made = []
        for segment in self.split.segments:
            part = segment.sheet.part
            if segment.doubt or part.component not in _known(case) or not segment.pages:
                continue
            numbers[part.component] += 1
            places = [self.places[at] for at in segment.pages]
            originals = dict.fromkeys(place.original for place in places if place.original)
            pages = tuple(place.page for place in places if place.page)
            told = compared[part.component, part.kind]
            by = next(iter(told)) if len(told) == 1 else None  # of two papers nobody knows which was compared by whom
            number = numbers[part.component]
            made.append(
                Document(part.component, number, part.kind, tuple(originals), pages, received_signed=False, compared=by)
            )
        return made

    def findings(self, case: Case, procedure: str) -> list[Finding]:
        """Tell of each segment of which nothing is made, and of sheets that are missing."""
        found = [self._finding(each.doubt, each.sheet.part.component) for each in self.split.segments if each.doubt]
        for segment in self.split.segments:
            component = segment.sheet.part.component
            if component not in _known(case) and not segment.doubt:
                facts = {"procedure": procedure, "component": component}
                at = segment.pages[0] if segment.pages else 0
                found.append(self._finding(Doubt("component-unknown", facts, at), component))
        if self.split.missing and not any(each.code == "separator-missing" for each in found):
            facts = {"numbers": ", ".join(map(str, self.split.missing))}
            found.append(self._finding(Doubt("separator-missing", facts, 0), None))
        return found

    def without_headings(
        self, read: Sequence[ReadDocument], store: ObjectStore
    ) -> tuple[list[ReadDocument], list[Finding]]:
        """Leave out documents of this stack that hold the head of another paper behind their first page."""
        at_of = {self.places[at].page: at for segment in self.split.segments for at in segment.pages}
        kept: list[ReadDocument] = []
        found: list[Finding] = []
        for each in read:
            later = [page for page in each.pages[1:] if page.ref in at_of]
            head = next((page for page in later if begins_paper(_reading(page.reading, store))), None)
            if head is None:
                kept.append(each)
            else:
                at = at_of[head.ref]
                found.append(self._finding(Doubt("separator-heading", {"page": at + 1}, at), each.document.component))
        return kept, found

    def told(self) -> list[dict[str, Any]]:
        """Return what the manifest says of the sides that are in no file: sheets and their blank backs."""
        places = [(at, at) for at in self.split.sheets] + [(at, at - 1) for at in self.split.backs]
        return [self._told(at, sheet_at) for at, sheet_at in sorted(places)]

    def _told(self, at: int, sheet_at: int) -> dict[str, Any]:
        place, sheet = self.places[at], self.split.sheets[sheet_at]
        part = sheet.part if isinstance(sheet, ComponentSheet) else None
        return {
            "file": place.file,
            "original": place.page.original if place.page else None,
            "index": place.page.index if place.page else None,
            "number": sheet.number,
            "of": sheet.of,
            "component": part.component if part else None,
            "pages": part.pages if part else None,
            "back": at != sheet_at,
        }

    def _finding(self, doubt: Doubt, component: str | None) -> Finding:
        place = self.places[doubt.at]
        return Finding(
            doubt.code, doubt.facts, place.file, place.original.sha256 if place.original else None, component
        )


def take_apart(
    works: Works,
    shop: Workshop,
    dossier: Dossier,
    originals: Mapping[str, Original],
    problems: Mapping[str, str | None],
) -> Stack:
    """Look at every side of a dossier's stack and take it apart; without a ticket its sheets say what one would.

    Args:
        works: Does the steps.
        shop: The stages as installed.
        dossier: Names the files of the stack, and says what its sheets must not contradict.
        originals: What is kept of the deposit, by name.
        problems: By name, the ticket's too: the rejection code that an entry of the deposit has by itself.

    Raises:
        Rejected: one of `pipeline.errors.REVIEWS`, or ``ticket-missing`` when there is neither ticket nor sheet.
    """
    ticketed = TICKET in problems
    places, gated = _looked_at(works, shop, dossier.stack, originals, problems)
    parted = split([place.side for place in places], str(dossier.code))
    if isinstance(parted, Split):
        parted = _against(dossier, parted, ticketed=ticketed) or parted
    if isinstance(parted, Doubt):
        raise _refused(parted, places, ticketed=ticketed)
    return Stack(tuple(places), parted, gated)


def _looked_at(
    works: Works,
    shop: Workshop,
    names: Sequence[str],
    originals: Mapping[str, Original],
    problems: Mapping[str, str | None],
) -> tuple[list[Place], dict[Sha256, StepRecord]]:
    """Return every side of the stack in order, and the gate's record of each file that got there."""
    files = [originals[name] for name in names if name in originals and not problems[name]]
    gates = works.do_all([plan.intake(shop, file) for file in files])
    gated = {file.sha256: record for file, record in zip(files, gates, strict=True)}
    pages = [page for file in files for page in _pages(file, gated)]
    looked = works.do_all([plan.codes(shop, page, gated[page.original]) for page in pages])
    said = {page: record.facts for page, record in zip(pages, looked, strict=True)}
    places: list[Place] = []
    for name in names:
        file = originals.get(name)
        if trouble := _trouble(name, file, problems, gated):
            places.append(Place(name, file, None, Side(trouble=trouble)))
        elif file:
            told = ((page, said[page]) for page in _pages(file, gated))
            places += [Place(name, file, page, side_of(**each)) for page, each in told]
    return places, gated


def begins_paper(reading: Reading) -> bool:
    """Say whether the national name or the motto stands at the head of a page, as on the first page of a paper."""
    sheet = sheet_of(reading, 0)
    return sheet is not None and find_letterhead(sheet) is not None


def _refused(doubt: Doubt, places: Sequence[Place], *, ticketed: bool) -> Rejected:
    """Return why the whole stack goes to a person; a file that did not get in is named."""
    none = doubt.code == "separators-none"
    if none and not ticketed:
        return Rejected("ticket-missing")
    lost = [place for place in places if place.side.trouble] if none else [places[doubt.at]] if places else []
    if lost and (none or doubt.code not in REVIEWS):
        code, _ = lost[0].side.trouble or (doubt.code, {})
        return Rejected("separator-lost", file=lost[0].file, cause=code)
    return Rejected(doubt.code, **doubt.facts)


def _against(dossier: Dossier, parted: Split, *, ticketed: bool) -> Doubt | None:
    return disagreement(
        parted,
        procedure=dossier.procedure or parted.head.procedure,
        case=dossier.case,
        station=dossier.station.code if ticketed else None,
        parts=[(claim.component, claim.kind) for claim in dossier.claims if not claim.files],
    )


def _trouble(
    name: str, original: Original | None, problems: Mapping[str, str | None], gated: Mapping[Sha256, StepRecord]
) -> tuple[str, Mapping[str, Any]] | None:
    """Return why a file of the stack cannot be looked at, if so: a code of a rejection with its facts."""
    if problem := problems.get(name, "file-missing"):
        return problem, problem_facts(problem)
    if original is None:
        return "file-unreadable", {}
    record = gated[original.sha256]
    if record.rejection:
        return record.rejection["code"], record.rejection["facts"]
    return ("separator-signed", {}) if record.facts["signed"] else None


def _pages(file: Original, gated: Mapping[Sha256, StepRecord]) -> list[PageRef]:
    count = len(gated[file.sha256].facts["pages"]) if not gated[file.sha256].rejection else 0
    return [PageRef(file.sha256, index) for index in range(count)]


def _known(case: Case) -> frozenset[str]:
    return frozenset(component.code for component in case.components)


def _reading(record: StepRecord, store: ObjectStore) -> Reading:
    (output,) = record.outputs
    return Reading.from_json(store.get(cast("Area", output.area), Digest(output.sha256)))
