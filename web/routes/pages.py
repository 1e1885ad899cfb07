"""What people look at. Every page works without its script, which only brings the board up to date."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pipeline.errors import SohoaError
from pipeline.house import House
from web.answers import headers_of, problem
from web.board import live_board
from web.released import dossier_code
from web.routes.asking import Asking
from web.single import API, single


def pages(house: House, templates: Environment, *, fresh: float) -> APIRouter:
    """Return the pages; the board is at most *fresh* seconds old."""
    made, board = APIRouter(include_in_schema=False), live_board(house.ledger, fresh=fresh, counted=fresh * 60)

    @made.get("/")
    def all_dossiers() -> Response:
        return HTMLResponse(templates.get_template("board.html").render(board=board()))

    @made.get("/ho-so")
    def find(ma: Annotated[str, Query()] = "") -> Response:
        return RedirectResponse(f"/ho-so/{dossier_code(ma.strip())}", 303)

    @made.get("/ho-so/{code}")
    def one(code: str, holder: Asking) -> Response:
        page = templates.get_template("dossier.html")
        return HTMLResponse(page.render(dossier=single(house, code), takes=holder.role == "reader"))

    return made


def told(templates: Environment, request: Request, error: SohoaError) -> Response:
    """Return an error as whoever asks can read it: a page for people, a problem for programs."""
    path = request.url.path
    if path.startswith(f"{API}/") or "text/html" not in request.headers.get("accept", ""):
        return problem(error, instance=path)
    page = templates.get_template("problem.html").render(error=error)
    return HTMLResponse(page, error.http_status, headers_of(error))
