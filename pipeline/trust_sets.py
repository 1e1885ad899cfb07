"""What the installation trusts, by name: words of `SOHOA_TRUST` and `--trust`, and the commands that change sets.

A word is the name of a set (``neac``) or a file; what looks like a name is one, wherever the command is run, so a file
without a dot in its name is written ``./roots``. What may enter a set is decided by `signing.trusting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.errors import Interrupted, Misconfigured, SohoaError, Usage
from pipeline.settings import Settings
from signing import Fetcher, Trust, TrustUnreadable, load_trust, trusting

#: Why something was not taken into a set: the codes of `signing` as ours.
REFUSALS = {
    "source-unreachable": "trust-source-unreachable",
    "source-unreadable": "trust-source-unreadable",
    "signature-invalid": "trust-signature-invalid",
    "trusted-list-ended": "trust-list-ended",
    "trusted-list-older": "trust-list-older",
    "certificate-unreadable": "trust-certificate-unreadable",
    "service-unreadable": "trust-service-unreadable",
    "root-unconfirmed": "trust-root-unconfirmed",
    "root-gone": "trust-root-gone",
    "crl-foreign": "trust-crl-foreign",
    "crl-older": "trust-crl-older",
}


@dataclass(frozen=True, slots=True)
class Renewal:
    """How the renewal of one set went."""

    change: trusting.Change
    #: Whether something other than the time of the last look is new.
    renewed: bool


def sets_of(settings: Settings) -> trusting.TrustSets:
    """Return the sets of this installation."""
    return trusting.TrustSets(settings.var / "trust")


def words_in(given: Iterable[str]) -> tuple[str, ...]:
    """Return the names and files in *given*, each of which may be several with commas between."""
    return tuple(word for text in given for word in (each.strip() for each in text.split(",")) if word)


def trust_named(settings: Settings, words: Sequence[str]) -> Trust:
    """Return what *words*, each a set or a file, stand for together; nothing for none.

    Raises:
        Usage: ``trust-set-unknown``, ``trust-unreadable``.
    """
    return Trust.joined([_one(settings, word) for word in words])


def configured_trust(settings: Settings) -> Trust:
    """Return what `SOHOA_TRUST` stands for; nothing without it.

    Raises:
        Misconfigured: ``trust-set-unknown``, ``trust-missing``, ``trust-unreadable``.
    """
    for word in settings.trust:
        if not trusting.is_name(word) and not Path(word).is_file():
            raise Misconfigured("trust-missing", path=word)
    try:
        return trust_named(settings, settings.trust)
    except Usage as error:
        raise Misconfigured(error.code, **error.facts) from error


def set_named(settings: Settings, name: str) -> trusting.TrustSet:
    """Return the set *name*.

    Raises:
        Usage: ``trust-set-unknown``, ``trust-unreadable``.
    """
    with _ours(settings, name):
        return sets_of(settings).read(name)


def offer(settings: Settings, source: str, now: datetime) -> trusting.Content:
    """Return what *source* (a path or an address) holds, for a person to compare; nothing is added.

    Raises:
        SohoaError: it cannot be had or used; codes of `REFUSALS`.
    """
    with _ours(settings, source):
        return trusting.offered(placed(source), _obtain(settings), now)


def add(
    settings: Settings, name: str, source: str, *, crls: Sequence[str], confirmed: Sequence[str], now: datetime
) -> trusting.Change:
    """Make the set *name*, or make it anew, of what a person confirmed; the former one can be had back.

    Args:
        settings: where sets are kept, and whom may be asked.
        name: small letters, digits and hyphens.
        source: path or address of the certificates or of the trusted list.
        crls: paths or addresses of further revocation lists.
        confirmed: SHA-256 of the roots, or of the signer of the list, as a person wrote them; one or more.
        now: the present time (aware).

    Raises:
        Usage: ``trust-name-invalid``, ``trust-fingerprint-invalid``, or a code of `REFUSALS`.
        Interrupted: ``trust-source-unreachable``.
        Misconfigured: ``output-failed``.
    """
    if not trusting.is_name(name):
        raise Usage("trust-name-invalid", name=name)
    fingerprints = []
    for text in confirmed:
        if (found := trusting.fingerprint_in(text)) is None:
            raise Usage("trust-fingerprint-invalid", text=text)
        fingerprints.append(found)
    order = trusting.Order(name, placed(source), tuple(map(placed, crls)), tuple(dict.fromkeys(fingerprints)))
    with _ours(settings, name):
        change = trusting.first_state(order, _obtain(settings), now)
        sets_of(settings).write(change.set, change.fetched)
    return change


def renew(settings: Settings, names: Sequence[str], now: datetime) -> Iterator[tuple[str, Renewal | SohoaError]]:
    """Renew the sets *names* one after another, all of them for none; one that fails does not stop the others.

    Raises:
        Usage: ``trust-set-unknown``; then nothing was renewed.
    """
    sets, obtain = sets_of(settings), _obtain(settings)
    if unknown := [name for name in names if name not in sets.names()]:
        raise _unknown(settings, unknown[0])
    for name in dict.fromkeys(names or sets.names()):
        try:
            with _ours(settings, name):
                done: Renewal | SohoaError = _renewed(sets, name, obtain, now)
        except SohoaError as error:
            done = error
        yield name, done


def undo(settings: Settings, name: str) -> trusting.TrustSet:
    """Let the state of *name* before its last change count again, and return it.

    Raises:
        Usage: ``trust-set-unknown``, ``trust-nothing-to-undo``.
        Misconfigured: ``output-failed``.
    """
    sets = sets_of(settings)
    set_is_there = name in sets.names()
    try:
        with _ours(settings, name):
            return sets.undo(name)
    except Usage as error:
        if set_is_there and error.code == "trust-set-unknown":
            raise Usage("trust-nothing-to-undo", name=name) from error
        raise


def remove(settings: Settings, name: str) -> None:
    """Forget the set *name*.

    Raises:
        Usage: ``trust-set-unknown``.
        Misconfigured: ``output-failed``.
    """
    with _ours(settings, name):
        sets_of(settings).remove(name)


def placed(source: str) -> str:
    """Return *source* so that it means the same wherever the next command is run."""
    return source if trusting.is_address(source) else str(Path(source).resolve())


def _one(settings: Settings, word: str) -> Trust:
    if trusting.is_name(word):
        return set_named(settings, word).trust()
    with _ours(settings, word):
        return load_trust([Path(word)])


def _renewed(sets: trusting.TrustSets, name: str, obtain: trusting.Obtain, now: datetime) -> Renewal:
    present = sets.read(name)
    change = trusting.next_state(present, obtain, now)
    renewed = trusting.differs(present, change.set)
    if renewed:
        sets.write(change.set, change.fetched)
    elif change.fetched is not None:
        sets.touch(change.set)
    return Renewal(change, renewed)


def _obtain(settings: Settings) -> trusting.Obtain:
    return trusting.obtain_with(Fetcher(settings.fetch_allow, timeout_s=trusting.FETCH_TIMEOUT_S))


def _unknown(settings: Settings, name: str) -> Usage:
    return Usage("trust-set-unknown", name=name, known=", ".join(sets_of(settings).names()) or "–")


@contextmanager
def _ours(settings: Settings, what: str) -> Iterator[None]:
    """Let only our own errors out."""
    try:
        yield
    except trusting.NoSuchSet as error:
        raise _unknown(settings, what) from error
    except TrustUnreadable as error:
        raise Usage("trust-unreadable", path=what, problem=str(error)) from error
    except trusting.Refused as refused:
        trouble = refused.trouble
        kind = Interrupted if trouble.code == "source-unreachable" and trusting.is_address(trouble.what) else Usage
        raise kind(REFUSALS[trouble.code], what=trouble.what, problem=trouble.detail) from refused
    except OSError as error:
        raise Misconfigured("output-failed", path=str(settings.var / "trust"), problem=error.strerror or "?") from error
