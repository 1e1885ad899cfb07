"""What a finding is called in Vietnamese; shared by the terminal and by every form of report."""

from __future__ import annotations

from pipeline.checking import Check
from pipeline.messages import catalogue, say
from pipeline.reports.plain import local, plain


def why(each: Check) -> str:
    """Return why a check ended as it did, as a clerk should read it."""
    if each.what == "signature" and f"verify.{each.code}" not in catalogue():
        said = of_code(each.code)
        return f"{each.level}: {said}" if each.level else said
    return say(f"verify.{each.code}", other=plain(each.other), time=local(each.time) if each.time else "?")


def of_code(code: str) -> str:
    """Return the sentence for a sub-indication; one that has none stands for itself."""
    known = f"signature.{code}" in catalogue()
    return say(f"signature.{code}") if known else say("signature.other", code=plain(code))
