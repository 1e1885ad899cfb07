"""The rights of each key, from the documents in `storage/policies/`: one a role, written as for a user.

Servers differ in what they know of users' policies; all know those of buckets. So the roles' statements are sorted by
bucket here, each with whom it is for. Pure: asks nothing of a server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any, Final, Literal, get_args

from storage.s3.buckets import BUCKETS, Bucket, bucket_named

Role = Literal["scanner", "worker", "web", "auditor"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
_ARN: Final = "arn:aws:s3:::"
_READING: Final = ("s3:GetObject", "s3:GetObjectVersion")
_STATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_USER = re.compile(r"arn:aws:iam::[\w:/.@+=-]{1,200}|[\w.@+=-]{1,64}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key has a role."""

    role: Role
    user: str  # the user's name on the server, or the whole ARN
    station: str = ""  # of a scanner: below which folder of ``deposits`` it puts

    def __post_init__(self) -> None:
        """Refuse what would give rights to others.

        Raises:
            ValueError: no user can be called so, or no station.
        """
        if not _USER.fullmatch(self.user):
            raise ValueError(f"{self.user!r} is no user of an object server")
        named = bool(_STATION.fullmatch(self.station))
        if named != (self.role == "scanner") or (self.station and not named):
            raise ValueError(f"{self.station!r} is no station: use A-Z a-z 0-9 _ -, for scanners only")

    @property
    def arn(self) -> str:
        """The user as policies name it."""
        return self.user if self.user.startswith("arn:") else f"arn:aws:iam:::user/{self.user}"


def role_policy(role: Role, prefix: str, station: str = "") -> dict[str, Any]:
    """Return the document of a role, its places filled in: as it could be given to a user."""
    text = files("storage").joinpath("policies", f"{role}.json").read_text(encoding="utf-8")
    places: dict[str, str] = {bucket: f"{_ARN}{bucket_named(prefix, bucket)}" for bucket in BUCKETS}
    filled: dict[str, Any] = json.loads(Template(text).substitute(places, station=station))
    return filled


def bucket_policies(prefix: str, holders: Sequence[Holder]) -> Mapping[Bucket, dict[str, Any]]:
    """Return the policy of every bucket that somebody has rights to.

    In ``deposits`` nobody else may read, whatever is granted on single objects: a scanner owns what it puts, and could
    otherwise put it with an access list that lets everybody read it (measured on Ceph RGW 16.2).
    """
    made: dict[Bucket, dict[str, Any]] = {}
    for bucket in BUCKETS:
        arn = f"{_ARN}{bucket_named(prefix, bucket)}"
        said = _joined([each for holder in holders for each in _statements(holder, prefix, arn)])
        if bucket == "deposits" and said:
            said.append(_closed(arn, said))
        if said:
            made[bucket] = {"Version": "2012-10-17", "Statement": said}
    return made


def _statements(holder: Holder, prefix: str, arn: str) -> Iterator[dict[str, Any]]:
    """Yield what a role's document says of one bucket, for one holder."""
    for statement in role_policy(holder.role, prefix, holder.station)["Statement"]:
        for key in ("Resource", "NotResource"):
            if ours := [each for each in statement.get(key, ()) if each == arn or each.startswith(f"{arn}/")]:
                sid = f"{holder.role.capitalize()}{statement['Sid']}"
                yield {**statement, "Sid": sid, "Principal": {"AWS": [holder.arn]}, key: ours}


def _joined(said: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say once what holds for several users: AWS takes 20 KB, and a province has 34 stations."""
    joined: dict[str, dict[str, Any]] = {}
    for each in said:
        rest = {key: value for key, value in each.items() if key != "Principal"}
        users = joined.setdefault(json.dumps(rest), {**rest, "Principal": {"AWS": []}})["Principal"]["AWS"]
        users += [user for user in each["Principal"]["AWS"] if user not in users]
    return [{**each, "Sid": f"{each['Sid']}{number}"} for number, each in enumerate(joined.values())]


def _closed(arn: str, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    readers = {
        user
        for each in said
        if each["Effect"] == "Allow" and set(_READING) & set(each["Action"])
        for user in each["Principal"]["AWS"]
    }
    # There must be somebody in it; when nobody reads, nobody is who is called like no user.
    return {
        "Sid": "NobodyElseReads",
        "Effect": "Deny",
        "NotPrincipal": {"AWS": sorted(readers) or ["arn:aws:iam:::user/nobody"]},
        "Action": list(_READING),
        "Resource": [f"{arn}/*"],
    }
