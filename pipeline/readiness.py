"""Whether what a process needs is there, look by look. What is looked at is for whoever answers: workers, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.errors import SohoaError
from pipeline.translate import ours

#: One look at a thing that is needed; raises what is wrong with it.
Check = Callable[[], None]


def readiness(checks: Mapping[str, Check]) -> dict[str, str]:
    """Return by its name the code of each check that does not pass."""
    failed = {}
    for name, check in checks.items():
        try:
            with ours():
                check()
        except SohoaError as error:
            failed[name] = error.code
    return failed
