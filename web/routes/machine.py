"""What machines ask that watch over this one: does it live, can it work, what has it done."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from pipeline.house import House
from pipeline.readiness import Check, readiness
from web.guard import OPEN
from web.numbers import Numbers


def machine(house: House, numbers: Numbers) -> APIRouter:
    """Return `/live`, `/ready` and `/metrics`."""
    made, checks = APIRouter(include_in_schema=False), _checks(house)

    @made.get(OPEN)
    async def live() -> Response:  # on no thread: those may all be waiting for a server
        return JSONResponse({})

    @made.get("/ready")
    def ready() -> Response:
        failed = readiness(checks)
        return JSONResponse(failed, 503 if failed else 200)

    @made.get("/metrics")
    def metrics() -> Response:
        return Response(numbers.exposition(checks), media_type="text/plain; version=0.0.4; charset=utf-8")

    return made


def _checks(house: House) -> Mapping[str, Check]:
    """Return what this door needs: to read. The proof that a store keeps what it must is its writers'."""

    def ledger() -> None:
        house.ledger.now()

    def store() -> None:
        list(islice(house.store.keys("dossiers/"), 1))

    return {"ledger": ledger, "store": store}
