"""Laws of naming work: a step's key changes with everything its outcome depends on, and with nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import plan
from pipeline.model import Document, Kind, Original, PageRef, Sha256, canonical_json
from pipeline.plan import Output, Step, StepRecord, Workshop

quick = settings(deadline=None, max_examples=60)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, plain, max_size=4)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
steps = st.builds(
    Step,
    stage=st.sampled_from(["intake", "read", "assemble", "seal", "manifest"]),
    version=st.integers(1, 9),
    inputs=st.lists(st.tuples(st.sampled_from(["originals", "work"]), digests), max_size=3).map(tuple),
    params=objects,
    tools=st.lists(texts, max_size=3).map(tuple),
)
outputs = st.builds(Output, st.sampled_from(["work", "sealed"]), digests, texts, st.integers(0, 10**12))
rejections = st.none() | st.fixed_dictionaries({"code": texts, "facts": objects})
records = st.builds(
    StepRecord,
    step=steps,
    outputs=st.lists(outputs, max_size=3).map(tuple),
    facts=objects,
    rejection=rejections,
    at=texts,
    seconds=st.floats(0, 1e6),
)


def reordered(value: Any) -> Any:
    """The same value with every object's keys the other way round."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(list(value))}
    return [reordered(each) for each in value] if isinstance(value, list) else value


@quick
@given(records)
def test_a_record_survives_the_store(record: StepRecord) -> None:
    again = StepRecord.from_json(record.to_json())
    assert again == record
    assert again.seconds == record.seconds
    assert again.step.key == record.step.key
    assert again.to_json() == record.to_json()


@quick
@given(records)
def test_a_record_is_canonical_json(record: StepRecord) -> None:
    assert canonical_json(json.loads(record.to_json())) == record.to_json()


@quick
@given(steps)
def test_equal_steps_have_equal_keys_whatever_the_order_of_their_parameters(step: Step) -> None:
    assert replace(step, params=reordered(step.params)).key == step.key
    assert len(step.key) == 64


@quick
@given(steps, steps)
def test_different_steps_have_different_keys(one: Step, other: Step) -> None:
    same = canonical_json(one.params) == canonical_json(other.params)
    rest = (one.stage, one.version, one.inputs, one.tools) == (other.stage, other.version, other.inputs, other.tools)
    assert (one.key == other.key) == (same and rest)


@quick
@given(steps, texts, digests)
def test_everything_that_shapes_the_outcome_is_in_the_key(step: Step, text: str, digest: str) -> None:
    # House rules: a newer Tesseract, another parameter or another page must never find the old record.
    others = [
        replace(step, stage=step.stage + "x"),
        replace(step, version=step.version + 1),
        replace(step, inputs=(*step.inputs, ("originals", digest))),
        replace(step, params={**step.params, "new": text}),
        replace(step, tools=(*step.tools, text)),
    ]
    assert len({step.key, *(other.key for other in others)}) == 6


@quick
@given(steps, digests, digests)
def test_the_order_of_inputs_counts(step: Step, one: str, other: str) -> None:
    # Pages in another order are another paper.
    ways = [(("originals", one), ("originals", other)), (("originals", other), ("originals", one))]
    keys = {replace(step, inputs=way).key for way in ways}
    assert len(keys) == (1 if one == other else 2)


@quick
@given(steps, digests)
def test_where_an_input_lies_counts(step: Step, digest: str) -> None:
    assert replace(step, inputs=(("work", digest),)).key != replace(step, inputs=(("sealed", digest),)).key


# --- the lanes ----------------------------------------------------------------------------------------------------

NAMES = ("intake", "read", "assemble", "seal", "manifest")
SHOP = Workshop(dict.fromkeys(NAMES, 1), {name: (f"{name} 1.0",) for name in NAMES})
SHA = [Sha256(letter * 64) for letter in "abcdef"]
PAGE = {"width": 1654, "height": 2339, "dpi_x": 200.0, "dpi_y": 200.0, "dpi_source": "declared", "exif": 1}


def gated(sha256: Sha256, pages: int = 1) -> StepRecord:
    facts = {"media": "image/tiff", "signed": False, "pages": [{**PAGE, "n": number} for number in range(pages)]}
    return StepRecord(plan.intake(SHOP, Original("x", sha256, 1)), (), facts, None, "t")


def reading(page: PageRef, text: str) -> StepRecord:
    step = plan.read(SHOP, page, gated(page.original, 2))
    return StepRecord(step, (Output("work", text * 64, "application/json", 9),), {}, None, "t")


def document(*pages: PageRef) -> Document:
    names = dict.fromkeys(page.original for page in pages)
    originals = tuple(Original(f"{number}.tif", sha256, 1) for number, sha256 in enumerate(names))
    return Document("TP01", 1, Kind.ORIGINAL, originals, pages, received_signed=False, compared=None)


def assembled(*pages: PageRef, **more: Any) -> Step:
    readings = [reading(page, "0123"[page.index]) for page in pages]
    given_ = {"title": "t", "agency": "a", "mark_shapes": [(200.0, 50.0)]} | more
    return plan.assemble(
        SHOP,
        document(*pages),
        gated={page.original: gated(page.original, 2) for page in pages},
        readings=readings,
        **given_,
    )


def test_the_gate_does_not_care_what_a_file_is_called() -> None:
    # An original is its SHA-256; the same scan under another name is the same work.
    assert plan.intake(SHOP, Original("a.jpg", SHA[0], 1)) == plan.intake(SHOP, Original("b.jpg", SHA[0], 1))


def test_each_page_is_a_step_of_its_own() -> None:
    gate = gated(SHA[0], 2)
    assert plan.read(SHOP, PageRef(SHA[0], 0), gate).key != plan.read(SHOP, PageRef(SHA[0], 1), gate).key


def test_a_newer_tool_or_stage_makes_another_step_and_only_of_its_own_stage() -> None:
    newer = replace(SHOP, tools={**SHOP.tools, "read": ("read 1.1",)})
    page, gate = PageRef(SHA[0], 0), gated(SHA[0])
    assert plan.read(newer, page, gate).key != plan.read(SHOP, page, gate).key
    original = Original("x", SHA[0], 1)
    assert plan.intake(newer, original).key == plan.intake(SHOP, original).key
    raised = replace(SHOP, versions={**SHOP.versions, "read": 2})
    assert plan.read(raised, page, gate).key != plan.read(SHOP, page, gate).key


def test_an_assembly_reads_each_original_once_and_a_reading_for_each_page() -> None:
    pages = (PageRef(SHA[0], 0), PageRef(SHA[0], 1), PageRef(SHA[1], 0))
    step = assembled(*pages)
    assert [area for area, _ in step.inputs] == ["originals", "originals", "work", "work", "work"]
    assert [page["file"] for page in step.params["pages"]] == [0, 0, 1]
    assert [page["index"] for page in step.params["pages"]] == [0, 1, 0]


def test_pages_in_another_order_are_another_document() -> None:
    pages = (PageRef(SHA[0], 0), PageRef(SHA[0], 1))
    assert assembled(*pages).key != assembled(*pages[::-1]).key


def test_title_agency_and_mark_are_part_of_an_assembly() -> None:
    page = PageRef(SHA[0], 0)
    ways = [{}, {"title": "u"}, {"agency": "b"}, {"mark_shapes": [(200.0, 51.0)]}]
    assert len({assembled(page, **way).key for way in ways}) == 4


#: What assembling says of the mark's place.
PLACED = {"mark": {"width": 200.0, "right": 14.0, "top": 8.0, "grown": False}}


def test_another_key_or_level_or_signer_seals_again() -> None:
    record = StepRecord(
        assembled(PageRef(SHA[0], 0)), (Output("work", SHA[2], "application/pdf", 9),), PLACED, None, "t"
    )
    mark = {"form": "SAO Y", "agency": "a", "operator": "o", "trial": True}

    def sealed(**more: Any) -> str:
        return plan.seal(SHOP, record, **({"mark": mark, "identity": "i", "level": "B-T"} | more)).key

    ways = [{}, {"identity": "j"}, {"level": "B-B"}, {"mark": mark | {"trial": False}}, {"officer": "k"}]
    assert len({sealed(**way) for way in ways}) == 5


def test_the_same_content_is_the_same_manifest() -> None:
    one, other = {"a": 1, "b": [2]}, {"b": [2], "a": 1}
    assert plan.manifest(SHOP, one, identity="i") == plan.manifest(SHOP, other, identity="i")
    assert plan.manifest(SHOP, one, identity="i").key != plan.manifest(SHOP, {"a": 2}, identity="i").key
    assert plan.manifest(SHOP, one, identity="i").key != plan.manifest(SHOP, one, identity="j").key
