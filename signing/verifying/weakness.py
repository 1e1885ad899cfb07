"""Which digests and keys of one signature are too weak by the policy; it may be intact all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from asn1crypto import algos, cms, x509

from signing.verifying.policy import Policy


def weaknesses(
    signed: cms.SignedData, path: Sequence[x509.Certificate], when: datetime, policy: Policy
) -> tuple[str, ...]:
    """Return what was too weak at *when* in the only signature of *signed*, each name once.

    Args:
        signed: the signature.
        path: certificates from the signer's to the root; a root's own signature proves nothing and is not asked.
        when: when it is proved to have existed (aware).
        policy: the rules.
    """
    return tuple(dict.fromkeys(_found(signed, path, when, policy)))


def _found(signed: cms.SignedData, path: Sequence[x509.Certificate], when: datetime, policy: Policy) -> Iterator[str]:
    signer = signed["signer_infos"][0]
    digests = [signer["digest_algorithm"]["algorithm"].native, _digest_of(signer["signature_algorithm"])]
    digests += [_digest_of(certificate["signature_algorithm"]) for certificate in path[:-1]]
    if signed["encap_content_info"]["content_type"].native == "tst_info":
        imprint = signed["encap_content_info"]["content"].parsed["message_imprint"]
        digests.append(imprint["hash_algorithm"]["algorithm"].native)
    for digest in digests:
        if digest is not None and (weak := policy.weak_digest(digest, when)):
            yield weak
    for certificate in path:
        if weak := policy.weak_key(certificate, when):
            yield weak


def _digest_of(algorithm: algos.SignedDigestAlgorithm) -> str | None:
    """Return the digest that *algorithm* names; nothing where it names none, as "rsa" does."""
    try:
        name: str = algorithm.hash_algo
    except ValueError:
        return None
    return name
