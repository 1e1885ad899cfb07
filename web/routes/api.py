"""What programs ask: the one-stop software, which takes sealed files from here, and auditors' tools."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipeline.house import House
from pipeline.manifest import NAME, SEAL_NAME
from pipeline.translate import ours
from web import log
from web.answers import sealed_file
from web.refusals import Unknown
from web.released import Released, dossier_code, released
from web.routes.asking import Taking
from web.single import API, DossierView, FilesView, files_view, href, single
from web.tokens import Holder

_PROBLEM: dict[str, Any] = {
    "description": "RFC 9457; `code` stays, `title` is Vietnamese",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "code", "retry", "instance"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "code": {"type": "string"},
                    "retry": {"type": "boolean"},
                    "instance": {"type": "string"},
                },
            }
        }
    },
}
_BYTES: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
_SENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes as they were sealed; `ETag` and `Repr-Digest` are their SHA-256",
        "content": {"application/octet-stream": {"schema": _BYTES}},
    },
    206: {"description": "The range that was asked for"},
    304: {"description": "Whoever asks has it"},
}


def api(house: House) -> APIRouter:
    """Return the addresses below `/api/v1`."""
    made = APIRouter(prefix=API, responses={"4XX": _PROBLEM, "5XX": _PROBLEM})

    @made.get("/dossiers/{code}", operation_id="dossier", summary="State, reason, progress, components, versions")
    def dossier(code: str) -> DossierView:
        return single(house, code)

    @made.get("/dossiers/{code}/versions/{number}", operation_id="files", summary="Every file of a version")
    def files(code: str, number: str) -> FilesView:
        with ours():
            return files_view(released(house.store, dossier_code(code), number))

    @made.head("/dossiers/{code}/versions/{number}/manifest", include_in_schema=False)
    @made.get(
        "/dossiers/{code}/versions/{number}/manifest", operation_id="manifest", responses=_SENT,
        response_class=Response, summary="The manifest, byte for byte; `Link` says where its seal is",
    )  # fmt: skip
    def manifest(code: str, number: str, request: Request, holder: Taking) -> Response:
        with ours():
            found = released(house.store, dossier_code(code), number)
            answer = _handed(house, found, NAME, request=request, holder=holder)
        answer.headers["Link"] = f'<{href(found.version, "files", SEAL_NAME)}>; rel="describedby"'
        return answer

    @made.head("/dossiers/{code}/versions/{number}/files/{name}", include_in_schema=False)
    @made.get(
        "/dossiers/{code}/versions/{number}/files/{name}", operation_id="file", responses=_SENT,
        response_class=Response, summary="A file that the sealed manifest names, or the manifest, or its seal",
    )  # fmt: skip
    def file(code: str, number: str, name: str, request: Request, holder: Taking) -> Response:
        with ours():
            found = released(house.store, dossier_code(code), number)
            return _handed(house, found, name, request=request, holder=holder)

    return made


def _handed(house: House, found: Released, name: str, *, request: Request, holder: Holder) -> Response:
    """Return the answer with a file of a version, and write down who takes it.

    Raises:
        Unknown: no manifest names it.
        SohoaError, StorageError: it is not what was sealed, or cannot be read.
    """
    version = found.version
    digest = found.files.get(name)
    if digest is None:
        raise Unknown("file-unknown", dossier=version.dossier, version=version.number)
    answer = sealed_file(house.store, digest, name=name, asked_for=request.headers)
    log.handed_out(holder.name, version.dossier, version.number, name=name, sha256=digest)
    return answer
