"""One PKCS#11 library in this process, its logged-in sessions, and the private keys held open in them.

A token locks for good after three wrong PINs, so a PIN that was refused is never sent again, and
none is sent to a token that says a wrong one was entered before. A session that is lost (token
pulled out, library finalised, login ended) is opened again once; then `KeyUnavailable`.

The library of the maker is ours alone in this process: opening again finalises it, which ends every
session in it. Not here: making keys, changing PINs, other mechanisms than signing with SHA-256.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.util.ec import encode_ecdsa_signature

from signing.errors import IdentityUnusable, KeyUnavailable

if TYPE_CHECKING:
    from pkcs11 import _pkcs11

T = TypeVar("T")

#: The token took the PIN for wrong, or takes none: every further try brings it nearer to its lock.
_PIN_FAULTS = (
    pkcs11.PinIncorrect,
    pkcs11.PinInvalid,
    pkcs11.PinLenRange,
    pkcs11.PinExpired,
    pkcs11.PinLocked,
    pkcs11.UserPinNotInitialized,
)
_PIN_WARNINGS = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED
#: What another try cannot mend.
_KEY_FAULTS = (
    pkcs11.FunctionNotSupported,
    pkcs11.KeySizeRange,
    pkcs11.KeyTypeInconsistent,
    pkcs11.MechanismInvalid,
    pkcs11.MechanismParamInvalid,
)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key in a token, found by label or identifier; it never leaves the token."""

    #: The maker's PKCS#11 library, a shared object; resolved, since it is initialised once under one name.
    module: Path
    #: The token's own label, without padding.
    token: str
    #: CKA_LABEL and CKA_ID of the private key; both may be missing where the token holds one key.
    label: str | None
    identifier: bytes | None
    #: The user's PIN.
    pin: str = field(repr=False)

    @property
    def where(self) -> str:
        """The key and its token, for messages."""
        names = [] if self.label is None else [self.label]
        names += [] if self.identifier is None else [f"id {self.identifier.hex()}"]
        return f"the key {' '.join(names) or '(any)'} in the token {self.token}"

    async def sign(self, data: bytes) -> bytes:
        """Sign in the token; see `signing.identity.outside.OutsideKey`."""
        return library(self.module).use(self, lambda opened: opened.sign(data))


class OpenKey:
    """A private key in a logged-in session, looked up once."""

    def __init__(self, session: pkcs11.Session, wanted: TokenKey) -> None:
        template: dict[Attribute, object] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        if wanted.label is not None:
            template[Attribute.LABEL] = wanted.label
        if wanted.identifier is not None:
            template[Attribute.ID] = wanted.identifier
        # a key without CKA_SIGN is no SignMixin
        keys = [key for key in session.get_objects(template) if isinstance(key, pkcs11.SignMixin)]
        if len(keys) != 1:
            raise IdentityUnusable(
                f"{len(keys)} private keys answer to {wanted.where}, where there must be one; name it by label or id"
            )
        self._session = session
        (self._key,) = keys
        self._elliptic = self._key[Attribute.KEY_TYPE] == KeyType.EC
        # such a key wants the PIN at every signature, as on identity cards
        self._pin = wanted.pin if _always_authenticates(self._key) else None

    def sign(self, data: bytes) -> bytes:
        """Return the signature over *data*, hashed with SHA-256; EC in DER."""
        if not self._elliptic:
            return self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS, pin=self._pin)
        # SoftHSM and many tokens have the raw mechanism only; it gives r||s, and CMS wants DER
        digest = hashlib.sha256(data).digest()
        return encode_ecdsa_signature(self._key.sign(digest, mechanism=Mechanism.ECDSA, pin=self._pin))

    def certificates(self) -> tuple[list[bytes], list[bytes]]:
        """Return the certificates (DER) that belong to the key, and all in the token."""
        held = list(self._session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
        identifier, label = self._key[Attribute.ID], self._key[Attribute.LABEL]
        mine = [each for each in held if identifier and each[Attribute.ID] == identifier]
        mine = mine or [each for each in held if label and each[Attribute.LABEL] == label]
        return [each[Attribute.VALUE] for each in mine], [each[Attribute.VALUE] for each in held]


class Library:
    """One PKCS#11 library and what is open in it; one thread at a time."""

    def __init__(self, module: Path) -> None:
        self._module = module
        self._native: _pkcs11.lib | None = None
        #: Tokens that refused the PIN.
        self._refused: set[str] = set()
        self.forget()

    def forget(self) -> None:
        """Let go of what the parent process opened; its lock may be held by a thread that is not here."""
        self._lock = RLock()
        self._sessions: dict[str, pkcs11.Session] = {}
        self._keys: dict[TokenKey, OpenKey] = {}
        self._inherited = self._native is not None

    def use(self, key: TokenKey, work: Callable[[OpenKey], T]) -> T:
        """Do *work* with *key*, opening its token first where needed, and again once when it was lost.

        Raises:
            IdentityUnusable: the PIN is refused, the key is not there, or it cannot sign.
            KeyUnavailable: the token is not there, or does not answer.
        """
        with self._lock:
            try:
                return self._attempt(key, work)
            except pkcs11.PKCS11Error:
                self._close()
            try:
                return self._attempt(key, work)
            except pkcs11.PKCS11Error as error:
                self._close()
                raise KeyUnavailable(
                    f"{key.where} cannot be reached ({_said(error)}); nothing was sealed. "
                    "Plug the token in, or start the HSM; the same call can then be made again"
                ) from error

    def _attempt(self, key: TokenKey, work: Callable[[OpenKey], T]) -> T:
        try:
            return work(self._open(key))
        except _PIN_FAULTS as error:
            self._refused.add(key.token)
            self._close()
            raise _pin_refused(key) from error
        except _KEY_FAULTS as error:
            raise IdentityUnusable(
                f"{key.where} cannot sign ({_said(error)}); use one that does RSA with SHA-256, or ECDSA"
            ) from error

    def _open(self, key: TokenKey) -> OpenKey:
        if key not in self._keys:
            if key.token not in self._sessions:
                # nor may SoftHSM look for its tokens while another process writes down that a PIN was wrong
                with _alone(self._module):
                    self._sessions[key.token] = self._log_in(key)
            self._keys[key] = OpenKey(self._sessions[key.token], key)
        return self._keys[key]

    def _log_in(self, key: TokenKey) -> pkcs11.Session:
        if key.token in self._refused:
            raise _pin_refused(key)
        token = self._find(key.token)
        if token.flags & _PIN_WARNINGS:
            # another process of ours may have sent the same wrong PIN, and three of them lock a token
            raise IdentityUnusable(
                f"the token {key.token} says that a wrong PIN was entered, and may lock at the next, so none was sent. "
                "Check the PIN, log in once by hand (pkcs11-tool --login --list-objects), then start again"
            )
        try:
            return token.open(user_pin=key.pin)
        except pkcs11.UserAlreadyLoggedIn:
            # somebody else in this process; a login holds for all its sessions
            return token.open()

    def _find(self, label: str) -> pkcs11.Token:
        seen = []
        for slot in self._initialised().get_slots(token_present=True):
            try:
                token = slot.get_token()
            except pkcs11.PKCS11Error:
                # one broken reader must not hide the others
                continue
            if token.label == label:
                return token
            seen.append(token.label)
        raise pkcs11.NoSuchToken(f"there are only: {', '.join(filter(None, seen)) or 'none'}")

    def _initialised(self) -> _pkcs11.lib:
        if self._native is None:
            _check_loadable(self._module)
        self._native = pkcs11.lib(str(self._module))
        if self._inherited:
            # PKCS#11 2.40, 2.6: a child initialises the library itself, and uses no handle of its parent
            self._close()
            self._native.initialize()
            self._inherited = False
        return self._native

    def _close(self) -> None:
        """End every session: many libraries see a token that came back only after this."""
        self._sessions.clear()
        self._keys.clear()
        if self._native is None:
            return
        try:
            self._native.finalize()
        except pkcs11.PKCS11Error:
            # it was not initialised, or its device is gone: either way nothing of it is open now
            return


_LIBRARIES: dict[Path, Library] = {}


def library(module: Path) -> Library:
    """Return the library *module* as this process holds it."""
    # one step for all threads: the first one in wins
    return _LIBRARIES.setdefault(module, Library(module))


def _after_fork() -> None:
    for held in _LIBRARIES.values():
        held.forget()


os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def _alone(module: Path) -> Iterator[None]:
    """Keep other processes of ours from logging in with *module* meanwhile; a crash lets go of it."""
    try:
        handle = os.open(module, os.O_RDONLY)
    except OSError as error:
        raise IdentityUnusable(
            f"cannot read the PKCS#11 library {module}: {error.strerror}; check its rights"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check_loadable(module: Path) -> None:
    """Tell a wrong path from a token that is away: python-pkcs11 raises the same for both."""
    try:
        found = hasattr(ctypes.CDLL(str(module)), "C_GetFunctionList")
    except OSError as error:
        raise IdentityUnusable(
            f"cannot load the PKCS#11 library {module}: {error}; install the one of the token's maker"
        ) from error
    if not found:
        raise IdentityUnusable(f"{module} is no PKCS#11 library; name the one of the token's maker")


def _always_authenticates(key: pkcs11.Object) -> bool:
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except pkcs11.PKCS11Error:
        # an attribute that older tokens do not know
        return False


def _pin_refused(key: TokenKey) -> IdentityUnusable:
    return IdentityUnusable(
        f"the token {key.token} refused the PIN, which is not sent again: tokens lock after a few wrong ones. "
        "Correct it, log in once by hand (pkcs11-tool --login --list-objects), then start again"
    )


def _said(error: pkcs11.PKCS11Error) -> str:
    return f"{type(error).__name__} {error}".strip()
