"""Answers that are not pages: sealed bytes, checked to the last one, and problems (RFC 9457).

A sealed file is read twice. First all of it, so that an altered one is refused with a status that says so. Then again
while it goes out, and its last piece only when the whole has the right hash: should it change in between, the answer
breaks off and is complete for nobody.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pipeline.errors import SohoaError
from pipeline.messages import reason
from storage import Digest, ObjectChanged, ObjectStore
from storage.objects import CHUNK
from web.ranges import asked
from web.refusals import RangeUnsatisfiable, TokenNeeded, TooManyFailures

#: By the end of a name; what a sealed record holds and no more.
_MEDIA = {".pdf": "application/pdf", ".json": "application/json", ".p7s": "application/pkcs7-signature"}
_MEDIA |= {".txt": "text/plain; charset=utf-8", ".xml": "application/xml"}


def media_type(name: str) -> str:
    """Return what a file of that name is."""
    return _MEDIA.get(name[name.rfind(".") :], "application/octet-stream")


class SealedFile(Response):
    """The bytes of one object of the area ``sealed``, all of them or a range."""

    def __init__(self, file: BinaryIO, size: int, *, name: str, digest: Digest, part: tuple[int, int] | None) -> None:
        first, end = part or (0, size)
        headers = {
            "ETag": f'"{digest}"',
            "Accept-Ranges": "bytes",
            "Content-Length": str(end - first),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:",
        }
        if part:
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
        super().__init__(None, 206 if part else 200, headers, media_type(name))
        self._file, self._digest, self._part = file, digest, (first, end)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- as ASGI calls it
        """Send it."""
        with self._file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                pieces = checked(self._file, self._digest, *self._part)
                while piece := await run_in_threadpool(next, pieces, b""):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def checked(file: BinaryIO, digest: Digest, first: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of *file* from *first* to before *end*; the last of them once the whole file has its hash.

    Raises:
        ObjectChanged: it has another.
    """
    hasher, at, held = hashlib.sha256(), 0, b""
    file.seek(0)
    while chunk := file.read(CHUNK):
        hasher.update(chunk)
        wanted = chunk[max(0, first - at) : max(0, end - at)]
        at += len(chunk)
        if wanted:
            if held:
                yield held
            held = wanted
    if hasher.hexdigest() != digest:
        raise ObjectChanged("sealed", digest)
    yield held


def sealed_file(store: ObjectStore, digest: Digest, *, name: str, asked_for: Mapping[str, str]) -> Response:
    """Return the answer with the object *digest*, called *name*.

    Args:
        store: where it is.
        digest: as a sealed manifest names it.
        name: for whoever saves it.
        asked_for: headers of the request.

    Raises:
        ObjectMissing, ObjectChanged: it is not there, or not as it was sealed.
        RangeUnsatisfiable: it is shorter than what is asked for.
    """
    with store.local("sealed", digest) as path:
        file = path.open("rb")  # what was lent may be taken away: an open file stays
    try:
        size = _size(file, digest)
        if f'"{digest}"' in asked_for.get("if-none-match", ""):
            file.close()
            return Response(status_code=304, headers={"ETag": f'"{digest}"'})
        same = asked_for.get("if-range", f'"{digest}"') == f'"{digest}"'
        part = asked(asked_for["range"], size) if same and "range" in asked_for else None
        return SealedFile(file, size, name=name, digest=digest, part=part)
    except BaseException:
        file.close()
        raise


def problem(error: SohoaError, *, instance: str) -> Response:
    """Return an error for programs: `code` stays for ever, `title` is for people."""
    told: dict[str, Any] = {
        "type": f"urn:sohoa:problem:{error.code}",
        "title": reason(error.code, error.facts),
        "status": error.http_status,
        "code": error.code,
        "retry": error.retry,
        "instance": instance,
    }
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, error.http_status, headers_of(error), "application/problem+json")


def headers_of(error: SohoaError) -> dict[str, str]:
    """Return what HTTP wants to be told of an error, besides its status."""
    match error:
        case TokenNeeded():
            return {"WWW-Authenticate": 'Basic realm="Sohoa", charset="UTF-8", Bearer realm="Sohoa"'}
        case TooManyFailures():
            return {"Retry-After": str(error.facts["seconds"])}
        case RangeUnsatisfiable():
            return {"Content-Range": f"bytes */{error.facts['size']}"}
        case _:
            return {}


def _size(file: BinaryIO, digest: Digest) -> int:
    """Return how many bytes a file has, once it has the right ones."""
    hasher, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        hasher.update(chunk)
        size += len(chunk)
    if hasher.hexdigest() != digest:
        raise ObjectChanged("sealed", digest)
    return size
