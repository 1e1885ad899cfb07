"""The door as one ASGI application over a house, put together from its addresses and its guard."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from pipeline.house import House
from web.guard import Guard
from web.numbers import Numbers
from web.refusals import MethodUnknown, Unknown
from web.routes.api import api
from web.routes.machine import machine
from web.routes.pages import pages, told
from web.single import API
from web.tokens import TokenFile
from web.words import templates

_STATIC = Path(__file__).parent / "pages" / "static"
_FRESH = 1.0  # seconds
_METHOD_NOT_ALLOWED = 405


def make_app(house: House, tokens: TokenFile | None, *, fresh: float = _FRESH) -> FastAPI:
    """Return the application.

    Args:
        house: what is shown of; nothing is written into it.
        tokens: who may ask; None for everybody on this machine.
        fresh: seconds for which a board is shown to all who ask.
    """
    shown, numbers = templates(), Numbers()
    inner = FastAPI(
        title="Sohoa", version="1", openapi_url=f"{API}/openapi.json", docs_url=None, redoc_url=None,
        swagger_ui_oauth2_redirect_url=None, redirect_slashes=False, exception_handlers={HTTPException: _refused},
    )  # fmt: skip
    inner.include_router(machine(house, numbers))
    inner.include_router(api(house))
    inner.include_router(pages(house, shown, fresh=fresh))
    inner.mount("/static", StaticFiles(directory=_STATIC))
    _name_tokens(inner)
    # Between the framework's last net, which tells of errors in its own words, and everything that may raise one.
    inner.add_middleware(Guard, tokens=tokens, telling=partial(told, shown), numbers=numbers)
    return inner


def _name_tokens(inner: FastAPI) -> None:
    """Say in the description of the interface that a token is needed; the guard sees to it, not the framework."""
    plain = inner.openapi

    def described() -> dict[str, Any]:
        said = plain()
        said.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        said["security"] = [{"token": []}]
        return said

    inner.openapi = described  # type: ignore[method-assign]  # the place that the framework names for it


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001 -- as the framework calls it
    """Make the framework's own refusals ours; the guard tells them.

    Raises:
        Unknown, MethodUnknown: always.
    """
    if isinstance(error, HTTPException) and error.status_code == _METHOD_NOT_ALLOWED:
        raise MethodUnknown("method-unknown") from error
    raise Unknown("page-unknown") from error
