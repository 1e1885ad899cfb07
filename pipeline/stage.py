"""What a stage is: a module with a VERSION, the tools that shape its outcome, and `run`.

Stages on the crew's side get paths of inputs and a scratch folder, in a child process with limits; they know no
clock, no network, no settings, no ledger. Sealing happens at the desk, in the main process that holds the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from ocr import OcrEngine


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One output of a stage, in its scratch folder."""

    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage made of its inputs."""

    files: tuple[MadeFile, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # plain JSON


class Bench:
    """What a child process keeps between steps: the loaded OCR engine."""

    def __init__(self, load: Callable[[], OcrEngine]) -> None:
        self._load = load

    @cached_property
    def engine(self) -> OcrEngine:
        """The engine, loaded at first use."""
        return self._load()


class Stage(Protocol):
    """A stage that works in a child process."""

    #: Raised by one whenever the same inputs would give another output.
    VERSION: int
    #: Storage area of what it makes.
    AREA: str

    def tools(self, engine: str) -> tuple[str, ...]:
        """Return "name version" of every program that shapes the outcome, with the OCR engine called *engine*."""
        ...

    def seconds(self, params: Mapping[str, Any]) -> float:
        """Return how long one step may take before its process is killed."""
        ...

    def run(self, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:
        """Do one step.

        Raises:
            Rejected: what was deposited is at fault.
            SohoaError: a tool or an installation is at fault.
        """
        ...


def versions(*packages: str) -> tuple[str, ...]:
    """Return "name version" of installed Python packages."""
    return tuple(f"{package} {version(package)}" for package in packages)
