"""Every error has a code that stays and a Vietnamese sentence that can be said with the facts it carries."""

from __future__ import annotations

import ast
import pickle
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import pipeline
from pipeline.crew import StepDied, StepTimedOut
from pipeline.errors import REJECTIONS, Fault, Interrupted, Misconfigured, Rejected, SohoaError, Usage
from pipeline.messages import catalogue, reason, say

PACKAGE = Path(pipeline.__file__).parent
#: Who else raises errors of ours.
PACKAGES = (PACKAGE, PACKAGE.parent / "workers", PACKAGE.parent / "web")
OURS = {"Rejected", "Interrupted", "Misconfigured", "Usage", "Fault", "StepTimedOut", "StepDied"}
OURS |= {"Unknown", "TokenNeeded", "NotAllowed", "MethodUnknown", "RangeUnsatisfiable", "TooManyFailures"}
KINDS = [Rejected, Interrupted, Misconfigured, Usage, Fault, StepTimedOut, StepDied]


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call in the packages by the name of what is called, with where it stands."""
    found = []
    for path in sorted(path for package in PACKAGES for path in package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [(path.name, node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return tuple(found)


def calls_of(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for where, call in calls():
        called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if called in names and call.args:
            yield f"{where}:{call.lineno}", call


def first_text(call: ast.Call) -> str | None:
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def needed(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def given(call: ast.Call) -> set[str] | None:
    """Names of the facts of a raise; None when they are not written out there."""
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else {name for name in names if name}


@pytest.mark.parametrize("code", sorted(REJECTIONS))
def test_every_rejection_has_a_sentence(code: str) -> None:
    assert f"reason.{code}" in catalogue()


def test_every_code_that_is_raised_has_a_sentence() -> None:
    codes = {code: where for where, call in calls_of(*OURS) if (code := first_text(call))}
    assert len(codes) > 30  # the search itself works
    assert {code: where for code, where in codes.items() if f"reason.{code}" not in catalogue()} == {}


def test_every_finding_has_a_code_that_may_stand_in_a_manifest() -> None:
    written = {
        first_text(call): where
        for where, call in calls_of("Finding")
        if first_text(call) and "doctor" not in where  # a finding of another kind
    }
    assert written
    assert {code: where for code, where in written.items() if code not in REJECTIONS} == {}


def test_every_raise_gives_the_facts_that_its_sentence_needs() -> None:
    lacking = {
        where: needed(catalogue()[f"reason.{code}"]) - facts
        for where, call in calls_of(*OURS)
        if (code := first_text(call)) and (facts := given(call)) is not None
    }
    assert {where: names for where, names in lacking.items() if names} == {}


def test_no_fact_is_called_like_a_parameter_of_the_functions_it_goes_through() -> None:
    # say(key, **facts) and SohoaError(code, **facts) would raise TypeError in the middle of telling an error.
    clashes = [where for where, call in calls_of(*OURS) if (given(call) or set()) & {"key", "code", "self"}]
    assert clashes == []


def test_every_reason_can_come_up() -> None:
    # A sentence for a code that is never raised is a promise that nothing keeps.
    texts = {
        node.value
        for package in PACKAGES
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "errors.py"
    }
    reasons = {key.removeprefix("reason.") for key in catalogue() if key.startswith("reason.")}
    assert reasons - texts == set()


def test_every_sentence_that_is_asked_for_is_there() -> None:
    asked = {key: where for where, call in calls_of("say") if (key := first_text(call))}
    assert len(asked) > 40
    assert {key: where for key, where in asked.items() if key not in catalogue()} == {}


def test_every_family_of_sentences_that_is_asked_for_is_there() -> None:
    # say(f"doctor.{what}"): at least the part that is written out must lead to something.
    families = {}
    for where, call in calls_of("say"):
        if isinstance(call.args[0], ast.JoinedStr) and isinstance(call.args[0].values[0], ast.Constant):
            families[str(call.args[0].values[0].value)] = where
    assert families
    assert [head for head in families if not any(key.startswith(head) for key in catalogue())] == []


def test_every_sentence_gets_the_facts_that_it_needs_where_they_are_written_out() -> None:
    lacking = {
        where: needed(catalogue()[key]) - facts
        for where, call in calls_of("say")
        if (key := first_text(call)) and (facts := given(call)) is not None and len(call.args) == 1
    }
    assert {where: names for where, names in lacking.items() if names} == {}


def test_sentences_are_in_composed_unicode() -> None:
    # The mark's font and every search compare code points; NFD would show as loose accents.
    assert [key for key, text in catalogue().items() if unicodedata.normalize("NFC", text) != text] == []
    raw = (PACKAGE / "messages" / "vi.toml").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", raw)


def test_every_stage_that_records_work_has_a_name_for_people() -> None:
    from pipeline.stages import CREW, DESK_VERSIONS

    assert [name for name in [*CREW, *DESK_VERSIONS] if f"stage.{name}" not in catalogue()] == []


def test_every_state_and_verdict_has_a_name_for_people() -> None:
    from typing import get_args, get_type_hints

    from pipeline.completeness import Completeness, State

    getter = Completeness.verdict.fget
    verdicts = get_args(get_type_hints(getter)["return"])
    assert [state for state in get_args(State) if f"state.{state}" not in catalogue()] == []
    assert [verdict for verdict in verdicts if f"verdict.{verdict}" not in catalogue()] == []


def test_every_remark_has_a_sentence() -> None:
    remarks = {code for _, call in calls_of("Remark") if (code := first_text(call))}
    assert {code for code in remarks if f"remark.{code}" not in catalogue()} == set()


def test_every_field_and_every_reason_for_a_review_can_be_told_to_people() -> None:
    from typing import get_args

    from ocr.fields import FieldName
    from ocr.fields.review import ReasonCode

    # Of an assumed turn the pipeline tells in its own words, for it knows the neighbours.
    codes = [*(set(get_args(ReasonCode)) - {"turn-assumed"}), "orientation-assumed", "blank-document"]
    assert [name for name in get_args(FieldName) if f"field.{name}" not in catalogue()] == []
    assert [code for code in codes if not needed(catalogue()[f"review.{code}"]) <= {"page", "field", "percent"}] == []


def test_every_state_of_a_dossier_has_a_name_and_a_colour_for_people() -> None:
    from pipeline.cli.show import COLOURS

    states = ("sealed", "review", "rejected")
    assert [state for state in states if f"dossier-state.{state}" not in catalogue() or state not in COLOURS] == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_from_a_child_with_its_code_and_facts(kind: type[SohoaError]) -> None:
    # The crew's processes send errors by pickle; an exception with its own __init__ would not arrive.
    error = kind("picture-too-large", width=30_000, height=30_000, most_mpx=150, page=1)
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is kind
    assert (arrived.code, dict(arrived.facts)) == (error.code, dict(error.facts))
    assert str(arrived) == str(error)


def test_a_rejection_with_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no such rejection"):
        Rejected("no-such-code")


def test_facts_of_an_error_are_not_changed_by_whoever_catches_it() -> None:
    with pytest.raises(TypeError):
        Rejected("pdf-empty").facts["page"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "retry", "exit_code"),
    [(Rejected, False, 4), (Interrupted, True, 1), (Misconfigured, False, 1), (Usage, False, 2), (Fault, False, 1)],
)
def test_each_kind_of_error_ends_as_the_issue_says(kind: type[SohoaError], retry: bool, exit_code: int) -> None:
    assert (kind.retry, kind.exit_code) == (retry, exit_code)


def test_a_reason_is_filled_with_its_facts() -> None:
    said = reason("dpi-too-low", {"page": 3, "dpi": 150, "least": 200})
    assert "3" in said
    assert "150" in said
    assert "200" in said


def test_braces_in_a_fact_are_only_text() -> None:
    # A folder may be called {text}; filling must not look into it again.
    assert "{text.__class__}" in say("reason.dossier-code-invalid", text="{text.__class__}")
