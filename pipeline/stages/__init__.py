"""Every stage by name. A stage is a module; adding one is adding a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from pipeline.stage import Stage
from pipeline.stages import assemble, codes, describe, intake, manifest, read, renew, seal, sidecar

#: Stages that work in child processes, on bytes that nobody vouches for.
CREW: Mapping[str, Stage] = MappingProxyType(
    {
        "intake": cast("Stage", intake),
        "codes": cast("Stage", codes),
        "read": cast("Stage", read),
        "describe": cast("Stage", describe),
        "assemble": cast("Stage", assemble),
        "sidecar": cast("Stage", sidecar),
    }
)
#: Stages that hold the key, in the main process, on bytes that we made. (`separate` and `file` leave no record of
#: their own: the first only decides, the second only puts what others recorded where people look for it.)
DESK_VERSIONS: Mapping[str, int] = MappingProxyType(
    {"seal": seal.VERSION, "manifest": manifest.VERSION, "renew": renew.VERSION}
)
