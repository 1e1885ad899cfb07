"""An inbox in a bucket of an object server: ``<prefix><station>/<dossier>/<file>``.

An object is there as a whole or not at all, and its ETag is another one when it was put again. Between the look at the
ETag and the removal lies a moment in which a station may put a file again: S3 has no conditional removal that all
servers know. A bucket with versions keeps that file below the marker of the removal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from minio import Minio
from minio.error import MinioException, S3Error
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from pipeline.deposit import LITTER
from pipeline.errors import Interrupted, Misconfigured
from workers.inbox import PIECE, Changed, Kept, problem_of, seen_as
from workers.settling import Place, Seen

_GONE = frozenset({"NoSuchKey", "PreconditionFailed", "NoSuchVersion", "MethodNotAllowed"})
#: A key of no deposit, for trying our rights. Removed where it is not, it leaves a marker without content in a bucket
#: with versions.
_NOBODYS = ".sohoa-doctor"
#: station, dossier, file
_PARTS = 3


class BucketInbox:
    """A bucket, or what lies below a prefix of one."""

    def __init__(self, client: Minio, bucket: str, prefix: str = "") -> None:
        """Watch what lies below *prefix*, which is empty or ends with a stroke."""
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def listing(self) -> Mapping[Place, tuple[Seen, ...]]:
        """Return all deposits that have a file; keys of another form are nobody's deposit and left alone.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """
        return self._listing(self._prefix)

    def look(self, place: Place) -> tuple[Seen, ...]:
        """Return the files of one deposit; none when there is no such place.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """
        return self._listing(f"{self._prefix}{place.station}/{place.dossier}/").get(place, ())

    def _listing(self, prefix: str) -> dict[Place, tuple[Seen, ...]]:
        found: dict[Place, list[Seen]] = defaultdict(list)
        with self._reachable():
            for each in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                parts = (each.object_name or "").removeprefix(self._prefix).split("/", _PARTS - 1)
                if len(parts) != _PARTS or not parts[2] or parts[2] in LITTER or _unsafe(parts[:2]):
                    continue
                seen = seen_as(parts[2], each.size or 0, (each.etag or "").strip('"'))
                found[Place(parts[0], parts[1])].append(seen)
        return {place: tuple(sorted(files)) for place, files in sorted(found.items())}

    @contextmanager
    def pieces(self, place: Place, seen: Seen) -> Iterator[Iterator[bytes]]:
        """Lend the bytes of a file.

        Raises:
            Changed: it is not what was listed.
            Interrupted: ``inbox-unreachable``.
        """
        with self._reachable():
            response = self._client.get_object(
                self._bucket, self._key(place, seen), request_headers={"If-Match": f'"{seen.mark}"'}
            )
        try:
            # Looked at as well: some servers take no notice of If-Match.
            if response.headers.get("ETag", "").strip('"') != seen.mark:
                raise Changed(seen.name)
            yield self._read(response)
        finally:
            response.close()
            response.release_conn()

    def remove(self, place: Place, kept: Kept) -> bool:
        """Remove a file if its ETag is that of the one that was taken; return False when it is not.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """
        key = self._key(place, kept.seen)
        try:
            with self._reachable():
                now = self._client.stat_object(self._bucket, key)
                if (now.etag or "").strip('"') != kept.seen.mark or now.size != kept.seen.size:
                    return False
                self._client.remove_object(self._bucket, key)
        except Changed:
            return False
        return True

    def prove(self) -> int:
        """See `workers.inbox.Inbox`; asks for a name that no deposit has, so that none of them is touched.

        Raises:
            Interrupted: ``inbox-unreachable``.
            Misconfigured: ``inbox-refused``.
        """
        nobodys = f"{self._prefix}{_NOBODYS}"
        tries: tuple[tuple[str, Callable[[], object]], ...] = (
            ("cannot-list", lambda: next(self._client.list_objects(self._bucket, prefix=nobodys), None)),
            ("cannot-read", lambda: self._client.stat_object(self._bucket, nobodys)),
            ("cannot-remove", lambda: self._client.remove_object(self._bucket, nobodys)),
        )
        for problem, attempt in tries:
            try:
                with suppress(Changed), self._reachable():  # there is no such object, and we were told so
                    attempt()
            except Interrupted as error:
                if isinstance(error.__cause__, S3Error) and error.__cause__.code == "AccessDenied":
                    raise Misconfigured("inbox-refused", place=self._bucket, problem=problem) from error
                raise
        return len(self.listing())

    def _read(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        """Go through an answer; only errors of the inbox are made the inbox's, none of whoever takes the pieces."""
        stream = response.stream(PIECE)
        while True:
            with self._reachable():
                piece = next(stream, b"")
            if not piece:
                return
            yield piece

    def _key(self, place: Place, seen: Seen) -> str:
        return f"{self._prefix}{place.station}/{place.dossier}/{seen.name}"

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            if error.code in _GONE:
                raise Changed from error
            raise Interrupted("inbox-unreachable") from error
        except (MinioException, HTTPError, OSError) as error:
            raise Interrupted("inbox-unreachable") from error


def _unsafe(folders: list[str]) -> bool:
    return any(problem_of(each, 0) or each.startswith(".") for each in folders)
