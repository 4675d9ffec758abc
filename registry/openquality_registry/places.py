"""Places in status lists: asked for by an issuer before signing, then taken by one record.

    place:<list>/<index>    the DID that the place is reserved for, then the digest of the record
                            that took it: a head, so that the sequencer lets only one record in

A list is named <purpose>-<number>. A request is a compact JWS by a key of the issuer, of the type
openquality-reservation+jwt, over {"aud": origin, "count": n, "iat": seconds, "purpose": …}.
A `credentialStatus` that names a list of others is data that means nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openquality.reserving import RESERVATION
from openquality_registry import asked
from openquality_registry.facts import Facts
from openquality_registry.problems import Refused
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import bitstring
from openquality_validator.status.bitstring import Purpose

PATH = "/v1/status-lists"
MAX_COUNT = 100  # places for one request
HEAD = "place:"
DIGEST = "sha256:"
_MEMBERS = frozenset({"count", "purpose"})


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what an issuer has asked for, proved by a signature of its own."""

    issuer: str
    purpose: Purpose
    count: int


def lists_of(public_url: str | None) -> str | None:
    """Return the address under which this registry's lists stand, None without a public one."""
    return None if public_url is None else public_url.rstrip("/") + PATH


def head(name: str, place: int | str) -> str:
    """Name the head of a place in a list."""
    return f"{HEAD}{name}/{place}"


def read_wish(request: str, *, facts: Facts, now: datetime) -> Wish:
    """Verify a request. Raises Refused (invalid-reservation, issuer-unreachable)."""
    issuer, claims = asked.read(
        request, typ=RESERVATION, members=_MEMBERS, facts=facts, now=now, wrong=_wrong
    )
    count = claims["count"]
    if type(count) is not int or not 1 <= count <= MAX_COUNT:
        raise _wrong(
            message("The count is not a number from 1 to {max_count}.", max_count=MAX_COUNT)
        )
    if claims["purpose"] not in list(Purpose):
        raise _wrong(message("The purpose is none of {purpose}.", purpose=", ".join(Purpose)))
    return Wish(issuer, Purpose(claims["purpose"]), count)


def check(verified: VerifiedRecord, facts: Facts) -> tuple[str, str] | None:
    """Check the place that an attestation takes; return its head and what it must hold.

    None if it takes no place here. Raises Refused (place-not-reserved).
    """
    said = verified.value.get("credentialStatus")
    if said is None or facts.status_lists is None:
        return None
    name = _list_of(said, facts.status_lists)
    if name is None:
        return None
    issuer, place = verified.issuer, said["statusListIndex"]
    wanted = head(name, place)
    holder = facts.heads([wanted]).get(wanted)
    if holder == issuer:
        purpose = Purpose(name.partition("-")[0])
        given = bitstring.entry(said["statusListCredential"], purpose, int(place))
        if said != given:
            raise _refused(message("Write credentialStatus as it was given: {given}.", given=given))
        return wanted, issuer
    before = facts.find(holder) if holder is not None and holder.startswith(DIGEST) else None
    if before is None:
        raise _refused(
            message(
                "Place {place} of {name} is not reserved for {issuer}.",
                place=place,
                name=name,
                issuer=issuer,
            )
        )
    if (before.issuer, before.credential_id) == (issuer, verified.value["id"]):
        return None  # this record, or one under its id: which of the two, the log says
    raise _refused(
        message(
            "Place {place} of {name} is taken by {digest}.",
            place=place,
            name=name,
            digest=before.digest,
        )
    )


def taken(credential: Mapping[str, Any], digest: str, lists: str | None) -> dict[str, str]:
    """Return the head of the place that an admitted attestation took, with its digest.

    For what is brought in after a restore, when the reservation itself may be lost.
    """
    said = credential.get("credentialStatus")
    if said is None or lists is None:
        return {}
    name = _list_of(said, lists)
    return {} if name is None else {head(name, said["statusListIndex"]): digest}


def claimed(credential: Mapping[str, Any]) -> str | None:
    """Return the head of the place that an attestation names, if its list may be ours."""
    said = credential.get("credentialStatus")
    if said is None or PATH not in said["statusListCredential"]:
        return None
    return head(said["statusListCredential"].rpartition("/")[2], said["statusListIndex"])


def _list_of(said: Mapping[str, str], lists: str) -> str | None:
    """Return the name of our list that an entry names; None for a list of others."""
    url = said["statusListCredential"]
    return url.removeprefix(f"{lists}/") if url.startswith(f"{lists}/") else None


def _wrong(detail: str) -> Refused:
    return Refused("invalid-reservation", detail)


def _refused(detail: str) -> Refused:
    return Refused(
        "place-not-reserved",
        message(
            "{detail} `openquality reserve` asks for a place and writes it into the record.",
            detail=detail,
        ),
    )
