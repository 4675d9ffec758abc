"""The page of an issuer: who it is as far as that is proved, its keys, and all it published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openquality_registry import lookup
from openquality_registry.adapters.sql.assessed import SqlAssessed
from openquality_registry.bootstrap import Parts
from openquality_registry.lookup import Lookup
from openquality_registry.pages import certificate, deviations, words
from openquality_registry.pages.gathering import read_credential
from openquality_registry.pages.state import StateLine, state_line
from openquality_registry.problems import Refused
from openquality_validator import kinds
from openquality_validator.entry import Entry
from openquality_validator.errors import IdentityError
from openquality_validator.message import message
from openquality_validator.status import State

PAGE = 50
SOME = 20  # assessments beside what it says itself
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold one statement of a list; `name` and `state` only for what has a page of its own.

    `compares` says that it can stand beside others: an assessment states no values.
    """

    index: int
    digest: str
    kind: str
    admitted_at: str
    issuer: str
    name: str | None
    said_by: str | None
    claims: tuple[str, ...]
    state: StateLine | None
    compares: bool = False


def view(parts: Parts, name: str, *, after: int) -> dict[str, Any]:
    """Make the model of an issuer's page, or of all statements about an identifier.

    `name` is a DID, or an identifier such as `lei:…`; the list starts behind the log index
    `after`. Raises Refused for what this log does not know.
    """
    is_did = name.startswith("did:")
    speaks = is_did and parts.folder.store.has_issuer(name)  # else it is only spoken about
    question = Lookup.from_json({"issuers" if speaks else "subjects": [name], "limit": PAGE})
    size = parts.published_size()
    page = lookup.page(
        parts.folder.store, Lookup(question.subjects, question.issuers, PAGE, after), size=size
    )
    held = certificate.held(parts, name)
    is_known = bool(held) or (is_did and parts.issuers.is_known(name))
    if not page.items and after < 0 and not is_known:
        raise Refused(
            "unknown-issuer", message("The log holds nothing by or about {name}.", name=name[:200])
        )
    listed = [_listed(parts, index, Entry.from_bytes(data)) for index, data in page.items]
    names = sorted({item.said_by for item in listed if item.said_by}) if speaks else []
    return {
        "id": name,
        "is_did": is_did,
        "speaks": speaks,
        "assessed": _assessed(parts, name, size) if speaks else [],
        "names": names,
        "level": parts.issuers.level(name) if is_did else None,
        "registrations": parts.issuers.registrations(name) if is_did else (),
        "keys": _keys(parts, name) if is_did else None,
        "disputes": parts.issuers.disputes(name) if is_did else (),
        "held": held,
        "issued": certificate.issued(parts, name) if is_did else [],
        "deviations": deviations.open_of(parts, name) if is_did else [],
        "listed": listed,
        "after": after,
        "next": page.items[-1][0] if page.more else None,
        "size": size,
    }


def _assessed(parts: Parts, name: str, size: int) -> list[Listed]:
    """List the newest assessments about somebody by others."""
    found = SqlAssessed(parts.folder.store.read).about(name, size=size, limit=SOME)
    entries = ((index, Entry.from_bytes(data)) for index, data in found)
    return [_listed(parts, index, entry) for index, entry in entries if entry.issuer != name]


def _keys(parts: Parts, did: str) -> list[Json] | None:
    try:
        versions = parts.issuers.history(did).versions
    except IdentityError:
        return None
    return [
        {
            "keys": sorted(version.resolution.keys),
            "index": version.from_index,
        }
        for version in versions
    ]


def _listed(parts: Parts, index: int, entry: Entry) -> Listed:
    if entry.kind not in {kinds.ATTESTATION, kinds.ASSESSMENT}:
        return Listed(
            index, entry.digest, entry.kind, entry.admitted_at, entry.issuer, None, None, (), None
        )
    credential = read_credential(parts, entry.digest)
    assert credential is not None
    subject = credential["credentialSubject"]
    is_record = entry.kind == kinds.ATTESTATION
    return Listed(
        index,
        entry.digest,
        entry.kind,
        entry.admitted_at,
        entry.issuer,
        subject["name"],
        credential["issuer"]["name"],
        words.claim_names(subject["claims"], parts.catalogue)
        if is_record
        else (message("Assessment under {scheme}", scheme=subject["scheme"]["code"]),),
        state_line(
            State(parts.bundler.state(entry.digest, entry.issuer)),
            valid_from=credential["validFrom"],
            valid_until=credential.get("validUntil"),
            now=parts.clock.now(),
        ),
        compares=is_record,
    )
