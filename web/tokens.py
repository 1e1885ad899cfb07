"""Who may ask: names, roles and the SHA-256 of tokens, in a file that ``sohoa web token`` writes lines for.

    # name       role    SHA-256 of the token
    mot-cua      reader  5f2c…

A ``reader`` sees everything and takes files; ``board`` sees how things stand. The file is read again when it changes,
so that a line taken out shuts out at once. Tokens are random (256 bits), never words that people choose: so a plain
hash is enough.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pipeline.errors import Misconfigured, Usage
from pipeline.model import CodeError, name_code

Role = Literal["reader", "board"]
ROLES: tuple[Role, ...] = get_args(Role)
_BYTES = 32
_MOST_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Holder:
    """Who was given a token."""

    name: str
    role: Role
    sha256: str  # of the token; empty for who needs none


#: Whoever asks on the machine itself while no tokens are given out.
HERE = Holder("local", "reader", "")


def new_token() -> str:
    """Return a token that nobody has."""
    return secrets.token_urlsafe(_BYTES)


def line_of(name: str, role: str, token: str) -> str:
    """Return the line that lets the holder of *token* in.

    Raises:
        Usage: ``token-name-invalid`` or ``token-role-invalid``.
    """
    if role not in ROLES:
        raise Usage("token-role-invalid", role=role[:80], known=", ".join(ROLES))
    try:
        return f"{name_code(name, 'holder')} {role} {_hash(token)}"
    except CodeError as error:
        raise Usage("token-name-invalid") from error


def holders_in(text: str, file: Path) -> tuple[Holder, ...]:
    """Return who stands in the text of a file.

    Raises:
        Misconfigured: ``tokens-broken``; what stands in the line is not repeated.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) != _FIELDS or words[1] not in ROLES or not _SHA256.fullmatch(words[2]):
            raise Misconfigured("tokens-broken", file=str(file), line=number)
        found.append(Holder(words[0], words[1], words[2]))
    return tuple(found)


class TokenFile:
    """The file, read again when it changes."""

    def __init__(self, path: Path) -> None:
        """Read *path* when it is asked for."""
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._holders: tuple[Holder, ...] = ()

    def holders(self) -> tuple[Holder, ...]:
        """Return who may ask at this moment.

        Raises:
            Misconfigured: ``tokens-broken`` or ``tokens-unreadable``: then nobody is let in.
        """
        try:
            stat = self.path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                with self.path.open(encoding="utf-8") as file:
                    self._holders = holders_in(file.read(_MOST_BYTES), self.path)
                self._seen = seen
        except (OSError, UnicodeDecodeError) as error:
            problem = type(error).__name__
            raise Misconfigured("tokens-unreadable", file=str(self.path), problem=problem) from error
        return self._holders


def holder_of(token: str, holders: Sequence[Holder]) -> Holder | None:
    """Return whose *token* it is; every line is compared, whichever fits, each in constant time."""
    given, found = _hash(token), None
    for holder in holders:
        if hmac.compare_digest(given, holder.sha256):
            found = holder
    return found


def offered(authorization: str) -> str:
    """Return the token in an ``Authorization`` header (of Bearer, or the password of Basic), or nothing."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
