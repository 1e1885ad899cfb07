"""Everything that can go wrong with a seal, as one tree; not for verification, which reports.

* SealError
  x IdentityUnusable      our key or certificate is at fault; a person must act, do not retry
  x TrustUnreadable       a file of roots or revocation lists is at fault; do not retry
  x DocumentUnsealable    the PDF is at fault; the same bytes will fail again
  x TimestampUnavailable  the time-stamping authorities let us down; try again
  x RevocationUnavailable nobody says whether a certificate is revoked; try again
  x KeyUnavailable        the token is not plugged in, or the signing service is silent; try again

Every message is a sentence that says what to do now. None holds a passphrase, a PIN or a key.
"""

from __future__ import annotations

from typing import ClassVar


class SealError(Exception):
    """Base of all errors of this package."""

    #: Whether the same call may succeed later without anybody doing anything.
    retry: ClassVar[bool] = False


class IdentityUnusable(SealError):
    """The certificate or its key must not, or cannot, be used for sealing."""


class TrustUnreadable(SealError):
    """A trust file cannot be read, or holds something else than certificates and CRLs."""


class DocumentUnsealable(SealError):
    """The PDF cannot be sealed as it is: broken, encrypted, already signed, too small."""


class TimestampUnavailable(SealError):
    """No time stamp could be had."""

    retry = True


class RevocationUnavailable(SealError):
    """Whether a certificate is revoked could not be found out; then nothing is sealed."""

    retry = True


class KeyUnavailable(SealError):
    """A key outside this process (a token, a signing service) cannot be reached now; nothing was sealed."""

    retry = True
