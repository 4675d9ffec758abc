"""Reserve places in a registry's status lists, and write them into records before signing.

A place makes a record readable for wallets that know W3C status lists and nothing of the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from openquality import home
from openquality.refused import RefusedInput
from openquality.signing import sign_request
from openquality_validator import documents
from openquality_validator.message import message
from openquality_validator.status.bitstring import Purpose

if TYPE_CHECKING:
    from openquality.signing import SigningKey

RESERVATION = "openquality-reservation+jwt"
MEMBER = "credentialStatus"


@dataclass(eq=False)
class NoPlace(RefusedInput):
    """A record cannot be given a place."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{self.path} gets no place in a status list: {self.why}"


def request(key: "SigningKey", *, origin: str, purpose: Purpose, count: int, now: datetime) -> str:
    """Sign a request for places: a compact JWS for one log and about this time."""
    claims = {"aud": origin, "count": count, "iat": int(now.timestamp()), "purpose": purpose}
    return sign_request(claims, key, typ=RESERVATION)


def load_unplaced(path: Path, key: "SigningKey") -> dict[str, Any]:
    """Read a record that is to get a place. Raises NoPlace, MalformedDocument or OSError."""
    if path.suffix != ".json":
        raise NoPlace(path, message("only .json records are written to."))
    value = documents.parse_object(path.read_bytes()).value
    if MEMBER in value:
        raise NoPlace(path, message("it has a {member} already.", member=MEMBER))
    issuer = value.get("issuer")
    if not isinstance(issuer, dict) or issuer.get("id") != key.did:
        raise NoPlace(path, message("its issuer.id is not {did}, who reserves it.", did=key.did))
    return value


def write_placed(path: Path, value: Mapping[str, Any], entry: Mapping[str, str]) -> None:
    """Write the record with its place, as a whole and durably."""
    placed = {**value, MEMBER: dict(entry)}
    home.write(path, orjson.dumps(placed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
