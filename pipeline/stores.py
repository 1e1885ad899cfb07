"""Which object store the settings name, and whether it keeps things as it must. The only place that knows the kinds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

from pipeline.errors import Misconfigured
from pipeline.secret import secret_in
from pipeline.settings import Settings
from storage import FolderStore, ObjectStore
from storage.s3 import Keeping, Mode, ProbeFinding, S3Store, Server, probe, require_sound


def store_of(settings: Settings) -> ObjectStore:
    """Return the store; nothing is asked of a server yet.

    Raises:
        Misconfigured: ``setting-needed`` or ``setting-invalid``.
        StorageError: its address cannot be one.
    """
    if not settings.store_url:
        return FolderStore(settings.var / "store")
    return S3Store(
        server_of(settings),
        prefix=settings.store_prefix,
        scratch=settings.var / "borrowed",
        keeping=Keeping(
            cast("Mode", settings.store_lock.upper()),
            timedelta(days=settings.store_retention),
            settings.store_encryption,
        ),
    )


def server_of(settings: Settings) -> Server:
    """Return how to come to the object server.

    Raises:
        Misconfigured: ``setting-needed``, or ``setting-invalid`` for a file that cannot be read.
    """
    for name in ("store_url", "store_key", "store_secret_file"):
        if not getattr(settings, name):
            raise Misconfigured("setting-needed", name=f"SOHOA_{name.upper()}", why="S3")
    if settings.store_ca and not settings.store_ca.is_file():
        raise Misconfigured("setting-invalid", name="SOHOA_STORE_CA", problem=str(settings.store_ca))
    url = urlsplit(settings.store_url)
    return Server(
        url.netloc,
        settings.store_key,
        secret_in("store_secret_file", str(settings.store_secret_file)),
        secure=url.scheme == "https",
        region=settings.store_region,
        authorities=settings.store_ca,
    )


def require_kept(store: ObjectStore) -> None:
    """Prove, before anything is trusted to it, that a server keeps what it is told to keep; folders prove nothing.

    Raises:
        StoreUnsound: it does not.
        StorageError: it cannot be reached.
    """
    if isinstance(store, S3Store):
        require_sound(store)


def proof_of(store: ObjectStore) -> Sequence[ProbeFinding]:
    """Return how everything stands that a server is relied on for; nothing for a folder."""
    return probe(store) if isinstance(store, S3Store) else ()
