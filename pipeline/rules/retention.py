"""How long a dossier is kept, as data with citations (`retention.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Retention:
    """One period of keeping."""

    code: str  # as the catalogue has it
    citation: str  # Vietnamese
    years: int = 0
    permanent: bool = False

    def end(self, begin: datetime) -> datetime:
        """Return when what is filed at *begin* may go: the last moment there is when never."""
        if self.permanent:
            return datetime.max.replace(tzinfo=begin.tzinfo)
        day = 28 if (begin.month, begin.day) == (2, 29) else begin.day
        return begin.replace(year=begin.year + self.years, day=day)


@cache
def retentions() -> dict[str, Retention]:
    """Return every period, by its code."""
    text = files("pipeline.rules").joinpath("retention.toml").read_text(encoding="utf-8")
    return {raw["code"]: Retention(**raw) for raw in tomllib.loads(text)["retention"]}
