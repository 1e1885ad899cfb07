"""What this door refuses. Nothing else is known of HTTP statuses than what `pipeline.errors` says of its own."""

from __future__ import annotations

from pipeline.errors import Usage


class Unknown(Usage):
    """There is nothing of that name; nor is said whether there could be."""

    http_status = 404


class TokenNeeded(Usage):
    """Nobody whom we know asks."""

    http_status = 401


class NotAllowed(Usage):
    """Who asks may not have it."""

    http_status = 403


class MethodUnknown(Usage):
    """It can only be read."""

    http_status = 405


class RangeUnsatisfiable(Usage):
    """The file is shorter than what is asked for."""

    http_status = 416


class TooManyFailures(Usage):
    """Somebody guesses."""

    http_status = 429
