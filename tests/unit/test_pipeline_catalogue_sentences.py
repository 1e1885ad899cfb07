"""Whatever can be wrong with a catalogue has a Vietnamese sentence, and the sentence is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline import catalogue, catalogue_tables
from pipeline.messages import catalogue as sentences
from pipeline.schemas import schema


def keywords(part: Any) -> Iterator[str]:
    """Every keyword of a schema by which a value can fail."""
    if isinstance(part, dict):
        for name, below in part.items():
            if name in {"properties", "$defs"}:
                for each in below.values():
                    yield from keywords(each)
            else:
                yield name
                yield from keywords(below)
    elif isinstance(part, list):
        for each in part:
            yield from keywords(each)


def test_every_keyword_of_the_schema_has_its_sentence() -> None:
    silent = {"$schema", "$id", "$ref", "title", "description", "items"}
    assert {name for name in keywords(schema("catalogue-1")) if f"problem.{name}" not in sentences()} <= silent


def test_the_sentences_tell_the_limits_that_hold() -> None:
    assert f"{catalogue.MOST_BYTES >> 20} MB" in sentences()["problem.catalogue-too-large"]
    assert f"{catalogue_tables.MOST_UNPACKED >> 20} MB" in sentences()["problem.unpacked-too-large"]
