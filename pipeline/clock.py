"""What time it is, and how times are written for people here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

#: Vietnam's only zone.
ICT = timezone(timedelta(hours=7))


def now() -> datetime:
    """Return the present time, UTC."""
    return datetime.now(UTC)


def local_time(when: datetime) -> str:
    """Return ISO 8601 with +07:00, to the second, as NĐ 30/2020 Annex I asks."""
    return when.astimezone(ICT).isoformat(timespec="seconds")
