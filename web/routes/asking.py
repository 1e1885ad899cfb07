"""Who asks, and whether they may take files."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from web.refusals import NotAllowed
from web.tokens import Holder


def asking(request: Request) -> Holder:
    """Return who asks; the guard let them in."""
    holder: Holder = request.state.holder
    return holder


def taking(request: Request) -> Holder:
    """Return who asks.

    Raises:
        NotAllowed: they may only look.
    """
    holder = asking(request)
    if holder.role != "reader":
        raise NotAllowed("role-needed")
    return holder


Asking = Annotated[Holder, Depends(asking)]
Taking = Annotated[Holder, Depends(taking)]
