"""What is to be done, named by everything its outcome depends on. Looks at nothing, touches nothing.

A dossier goes in three lanes: it opens (every original through the gate, then separated into documents), its pages
are read side by side and each document described, and it closes (each document assembled and sealed, what was asked
for beside it made, then the manifest). Each function here names one step of a lane; `pipeline.works` does it unless
its record exists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NewType

from pipeline.model import Document, Original, PageRef, Sha256, canonical_json

#: SHA-256 over everything a step's outcome depends on; its idempotency key.
StepKey = NewType("StepKey", str)


@dataclass(frozen=True, slots=True)
class Step:
    """One application of one stage to known inputs. Two equal steps are one step."""

    stage: str
    version: int  # of the stage's code
    inputs: tuple[tuple[str, str], ...]  # (storage area, SHA-256), in the order the stage reads them
    params: Mapping[str, Any]  # plain JSON
    tools: tuple[str, ...]  # "name version" of every program that shapes the outcome

    @property
    def key(self) -> StepKey:
        """Name the step."""
        identity = [self.stage, self.version, self.inputs, self.params, self.tools]
        return StepKey(hashlib.sha256(canonical_json(identity)).hexdigest())


@dataclass(frozen=True, slots=True)
class Output:
    """One thing a step made, and where it is kept."""

    area: str
    sha256: str
    media_type: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What a step did; written once, when its outputs are safely stored."""

    step: Step
    outputs: tuple[Output, ...]
    facts: Mapping[str, Any]  # plain JSON: what later steps and the manifest need to know
    rejection: Mapping[str, Any] | None  # {"code", "facts"}: the deposited bytes are at fault
    at: str  # ISO 8601, UTC: when the step ended
    seconds: float = field(default=0.0, compare=False)

    def to_json(self) -> bytes:
        """Encode for the store."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, data: bytes) -> StepRecord:
        """Decode what `to_json` made."""
        raw = json.loads(data)
        step = raw["step"]
        return cls(
            step=Step(
                stage=step["stage"],
                version=step["version"],
                inputs=tuple((area, sha256) for area, sha256 in step["inputs"]),
                params=step["params"],
                tools=tuple(step["tools"]),
            ),
            outputs=tuple(Output(**output) for output in raw["outputs"]),
            facts=raw["facts"],
            rejection=raw["rejection"],
            at=raw["at"],
            seconds=raw["seconds"],
        )


@dataclass(frozen=True, slots=True)
class Workshop:
    """The stages as they are installed: version and tool versions by stage name."""

    versions: Mapping[str, int]
    tools: Mapping[str, tuple[str, ...]]

    def step(self, stage: str, inputs: Sequence[tuple[str, str]], params: Mapping[str, Any]) -> Step:
        """Name one application of *stage* as it would be done here and now."""
        return Step(stage, self.versions[stage], tuple(inputs), params, self.tools[stage])


def intake(shop: Workshop, original: Original) -> Step:
    """The gate: what is this file, and can all of it be read? Its name does not matter."""
    return shop.step("intake", [("originals", original.sha256)], {})


def codes(shop: Workshop, page: PageRef, gated: StepRecord) -> Step:
    """Look for codes of separator sheets on one page of a stack, and whether it is bare."""
    params = {"index": page.index, "media": gated.facts["media"], "page": gated.facts["pages"][page.index]}
    return shop.step("codes", [("originals", page.original)], params)


def read(shop: Workshop, page: PageRef, gated: StepRecord, rotation: int | None = None) -> Step:
    """Read one page of an original that passed the gate; *rotation* in degrees clockwise when somebody knows it."""
    params = {
        "index": page.index,
        "media": gated.facts["media"],
        "page": gated.facts["pages"][page.index],
    }
    # Not asked for, it is not named either: a page read before anybody could ask is not read again.
    known = {} if rotation is None else {"rotation": rotation}
    return shop.step("read", [("originals", page.original)], params | known)


def describe(shop: Workshop, readings: Sequence[StepRecord]) -> Step:
    """Find out what a document says of itself, from the readings of all its pages in order."""
    return shop.step("describe", _outputs_of(readings), {"pages": len(readings)})


def sidecar(shop: Workshop, readings: Sequence[StepRecord], *, kind: str, file_name: str) -> Step:
    """Write the pages of a PDF in another form: *kind* is one of `pipeline.filed.SIDECARS`, *file_name* the PDF's."""
    return shop.step("sidecar", _outputs_of(readings), {"kind": kind, "file": file_name, "pages": len(readings)})


def assemble(
    shop: Workshop,
    document: Document,
    *,
    gated: Mapping[Sha256, StepRecord],
    readings: Sequence[StepRecord],
    title: str,
    agency: str,
    mark_shapes: Sequence[tuple[float, float]],
) -> Step:
    """Make one PDF of a document's pages and their readings.

    Args:
        shop: The stages as installed.
        document: Whose pages; in page order.
        gated: The gate's record of each original, by SHA-256.
        readings: The record of each page's reading, in page order.
        title: For the metadata; names the dossier and the component, so no two documents give equal bytes.
        agency: For the metadata.
        mark_shapes: Widths and heights in points that the seal's mark may take on page 1, the widest first.
    """
    files = tuple(dict.fromkeys(page.original for page in document.pages))
    inputs = [("originals", file) for file in files] + _outputs_of(readings)
    pages = [
        {
            "file": files.index(page.original),
            "index": page.index,
            "media": gated[page.original].facts["media"],
            "page": gated[page.original].facts["pages"][page.index],
        }
        for page in document.pages
    ]
    params = {"pages": pages, "title": title, "agency": agency, "mark_shapes": [list(shape) for shape in mark_shapes]}
    return shop.step("assemble", inputs, params)


def seal(
    shop: Workshop,
    assembled: StepRecord,
    *,
    mark: Mapping[str, Any],
    identity: str,
    level: str,
    officer: str | None = None,
) -> Step:
    """Seal one assembled PDF where there is room for the mark on it.

    Args:
        shop: The stages as installed.
        assembled: The record of the PDF.
        mark: What the visible mark says.
        identity: SHA-256 of the agency's certificate.
        level: What the seal is to prove.
        officer: SHA-256 of the certificate of the officer who signs first, where the profile wants both.
    """
    output = assembled.outputs[0]
    params = {"mark": {**mark, "place": assembled.facts["mark"]}, "identity": identity, "level": level}
    both = {} if officer is None else {"officer": officer}
    return shop.step("seal", [(output.area, output.sha256)], params | both)


def renew(shop: Workshop, sha256: str) -> Step:
    """Renew one sealed PDF: as it is kept, whoever sealed it, and whenever its last stamp ends."""
    return shop.step("renew", [("sealed", sha256)], {})


def manifest(shop: Workshop, content: Mapping[str, Any], *, identity: str) -> Step:
    """Seal the manifest of a dossier; *content* is all of it but the version and the time."""
    params = {"content": hashlib.sha256(canonical_json(content)).hexdigest(), "identity": identity}
    return shop.step("manifest", [], params)


def _outputs_of(records: Sequence[StepRecord]) -> list[tuple[str, str]]:
    return [(record.outputs[0].area, record.outputs[0].sha256) for record in records]
