"""Everything that can go wrong with what we keep.

* StorageError             the store or the ledger could not be used; trying again may help
  x ObjectMissing          no object has this name
  x ObjectChanged          the stored bytes no longer match their name
  x StoreFull              no room is left; helps once somebody has made room
  x StoreRefused           the server does not let us: a wrong key, too few rights, no such bucket
  x StoreUnsound           the server does not keep things as it must: nothing may be trusted to it
  x LedgerError            the ledger could not be used
    x LedgerBusy           another process holds it; try again
    x LedgerAway           its server does not answer; try again
    x LeaseLost            somebody else has taken over the lease that a write was to be done under
    x LedgerBroken         it cannot be read by this version, or by any
    x ProcedureConflict    two different texts claim to be the same version of a procedure

A name that cannot be one (a digest with 63 letters, a key with ``..``) is a mistake of the
program and raises `ValueError`.
"""

from __future__ import annotations

from typing import ClassVar


class StorageError(Exception):
    """Base of all errors of this package; `str()` of one is a sentence to act on."""

    #: Whether doing the same again, unchanged, may work.
    retry: ClassVar[bool] = True


class _ObjectError(StorageError):
    """An error about one object, which it names.

    The arguments are kept as they came, so that the error survives pickling on its way out
    of a child process.
    """

    retry = False

    def __init__(self, area: str, digest: str) -> None:
        super().__init__(area, digest)
        self.area = area
        self.digest = digest


class ObjectMissing(_ObjectError):
    """No object of this area has this digest."""

    def __str__(self) -> str:
        return f"there is no object {self.digest} in {self.area}"


class ObjectChanged(_ObjectError):
    """The stored bytes no longer match their name."""

    def __str__(self) -> str:
        return (
            f"object {self.digest} in {self.area} is not what was stored under that name: "
            "keep it as it is for the investigation and restore it from a backup"
        )


class StoreFull(StorageError):
    """No room is left on the disk, or the quota is used up."""


class StoreRefused(StorageError):
    """The object server does not let us: a wrong key, too few rights, or a bucket that is not there."""

    retry = False


class StoreUnsound(StorageError):
    """The object server does not keep things as it must, whatever it says; `code` names what it does not do.

    The arguments are kept as they came, as for `_ObjectError`.
    """

    retry = False

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class LedgerError(StorageError):
    """The ledger could not be used."""


class LedgerBusy(LedgerError):
    """Somebody else held the ledger for longer than we wait."""


class LedgerAway(LedgerError):
    """The server of the ledger does not answer, or the line to it was cut; whether a write was kept is not known."""


class LeaseLost(LedgerError):
    """The lease ran out and somebody else took it: what was to be written is theirs to write now."""


class LedgerBroken(LedgerError):
    """The ledger is damaged, is no ledger at all, or was made by a newer version."""

    retry = False


class ProcedureConflict(LedgerError):
    """This version of the procedure is in the ledger already, with another text."""

    retry = False
