"""Everything that can go wrong, drawn once.

* SohoaError
  - Rejected          what was deposited is at fault: the same bytes will fail again    exit 4   HTTP 422
  - Interrupted       a tool or a service let us down: try again                        exit 1   HTTP 503
  - Misconfigured     the installation is at fault: mend it, then try again             exit 1   HTTP 500
  - Usage             the call is at fault                                              exit 2   HTTP 400
  - Fault             we are at fault: a check of our own work failed                   exit 1   HTTP 500

An error is a stable `code` for machines with the `facts` that fill the Vietnamese sentence of that code
(`pipeline.messages`, keys ``reason.<code>``); `str()` of it is for engineers. Codes are never renamed: they stand in
manifests for decades.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

#: Codes of stacks, or of parts of them, that only a person can take apart: the separator sheets leave a doubt.
REVIEWS = frozenset(
    {
        "separators-none",
        "separator-first",
        "separator-foreign",
        "separator-mixed",
        "separator-order",
        "separator-loose",
        "separator-lost",
        "separator-ticket",
        "separator-missing",
        "separator-unreadable",
        "separator-count",
        "separator-between",
        "separator-bare",
        "separator-heading",
        "separator-signed",
    }
)
#: Every code with which something deposited can be rejected; a test holds it against the Vietnamese catalogue.
REJECTIONS = REVIEWS | frozenset(
    {
        # the deposit and its ticket
        "ticket-missing",
        "ticket-unreadable",
        "ticket-invalid",
        "dossier-code-invalid",
        "dossier-mismatch",
        "procedure-unknown",
        "case-unknown",
        "case-needed",
        "component-unknown",
        "name-unwritable",
        "deposit-empty",
        "deposit-unreadable",
        "deposit-too-large",
        "secret-paper",
        # single files
        "file-missing",
        "file-not-named",
        "file-named-twice",
        "file-name-unsafe",
        "not-a-file",
        "file-empty",
        "file-unreadable",
        "file-too-large",
        "format-unknown",
        "picture-broken",
        "picture-too-large",
        "picture-too-slow",
        "dpi-too-low",
        "too-many-pages",
        "pdf-broken",
        "pdf-encrypted",
        "pdf-empty",
        "signature-broken",
    }
)


class SohoaError(Exception):
    """Base of all our errors."""

    #: Whether the same step may be tried again as it is.
    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, code: str, **facts: object) -> None:
        said = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        super().__init__(f"{code} ({said})" if said else code)
        self.code = code
        self.facts: Mapping[str, object] = MappingProxyType(facts)

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error cross from a child process with its code and facts."""
        return (_rebuilt, (type(self), self.code, dict(self.facts)))


def _rebuilt(kind: type[SohoaError], code: str, facts: dict[str, object]) -> SohoaError:
    return kind(code, **facts)


class Rejected(SohoaError):
    """What was deposited cannot be digitised as it is; it is kept, and the reason is recorded."""

    exit_code = 4
    http_status = 422

    def __init__(self, code: str, **facts: object) -> None:
        if code not in REJECTIONS:
            raise ValueError(f"no such rejection: {code}")
        super().__init__(code, **facts)


class Interrupted(SohoaError):
    """A tool or a service let us down; the same step may work next time."""

    retry = True
    http_status = 503


class Misconfigured(SohoaError):
    """A setting, a program or a certificate is missing or wrong; the message says what to do."""


class Usage(SohoaError):
    """The command or request was not understood."""

    exit_code = 2
    http_status = 400


class Fault(SohoaError):
    """A check of our own work failed; nothing was sealed on the strength of it."""
