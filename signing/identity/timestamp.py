"""A time-stamping authority inside the process, for the trial identity; not a trusted clock.

It answers RFC 3161 requests as a real authority does, so a B-T seal is built and checked on the
same path from the first day. pyHanko ships a similar one, which parses an RSA key at every stamp.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from asn1crypto import core, tsp, x509
from pyhanko.sign.timestamps import TimeStamper

from signing.identity.keys import TRIAL_POLICY, HeldKeySigner
from signing.sealing.cms import DIGEST, digest_of


class HeldKeyTimestamper(TimeStamper):
    """Stamps with *signer* at the time *clock* gives (aware)."""

    def __init__(self, signer: HeldKeySigner, clock: Callable[[], datetime]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._signer = signer
        self._clock = clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer *req* with a token over its message imprint."""
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": TRIAL_POLICY,
                "message_imprint": req["message_imprint"],
                "serial_number": secrets.randbits(63),
                # whole seconds: some readers refuse fractions
                "gen_time": self._clock().replace(microsecond=0),
                "accuracy": {"seconds": 1},
                "nonce": req["nonce"],
                "tsa": x509.GeneralName("directory_name", self._signer.certificate.subject),
            }
        ).dump()
        token = await self._signer.async_sign(
            digest_of(info),
            DIGEST,
            is_pdf_sig=False,
            encap_content_info={
                "content_type": "tst_info",
                "content": core.ParsableOctetString(info),
            },
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
