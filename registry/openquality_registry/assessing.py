"""Assessments in the registry: statements that are admitted, and profiles judged over the log.

What the registry says of a subject under a profile is its own word, under its own list of
accreditors; whoever fetches the bundles computes it under another one (`openquality assess`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import openquality_schemas
from openquality.checking import as_finding
from openquality_registry.adapters.sql.derived import admitted
from openquality_registry.adapters.sql.evidence import recomputed
from openquality_registry.as_of import size_on
from openquality_registry.bootstrap import Parts
from openquality_registry.lookup import Lookup, page
from openquality_registry.problems import Refused
from openquality_validator import envelope, kinds, profiles
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import Verification
from openquality_validator.message import message
from openquality_validator.profiles import Assessment, Held, Profile

MOST: Final = 1_000  # statements about one subject that are judged at once
_KINDS: Final = {kinds.ATTESTATION, kinds.ASSESSMENT}


@cache
def shipped() -> Mapping[str, Profile]:
    """Return the newest version of each profile that this registry judges by, by id."""
    return {
        name: profiles.parse(openquality_schemas.profile(name))
        for name in openquality_schemas.profiles()
    }


def assess(
    parts: Parts,
    profile: Profile,
    subject: str,
    *,
    as_of: dt.date,
    parameters: Mapping[str, str],
    producer: str | None = None,
) -> Assessment:
    """Judge what the published log holds about a subject. Waits for the database.

    Records and certificates stand as they stood at the end of the day `as_of`. Raises Refused for
    parameters and subjects that the profile does not know, and for more statements than are judged
    at once.
    """
    size = parts.published_size()
    on = size_on(parts.folder.store, as_of, size=size)
    own = _held(parts, (subject,), size, on)
    makers = {
        str(party["id"])
        for each in own
        if each.subject["id"] == subject
        and "id" in (party := each.subject.get("producer", {}).get("party", {}))
    } - {subject}
    records = [*own, *(_held(parts, sorted(makers), size, on) if makers else ())]
    try:
        return profiles.evaluate(
            profile,
            records,
            subject=subject,
            as_of=as_of,
            accreditors=parts.folder.accreditors,
            parameters=parameters,
            producer=producer,
        )
    except InvalidInput as error:
        raise Refused("invalid-question", str(error), (as_finding(error),)) from None


def _held(parts: Parts, keys: Sequence[str], size: int, on: int) -> list[Held]:
    """Return the attestations and assessments of a log of `size` entries with one of these keys.

    They stand as they stood in the log of `on` entries.
    """
    asked = Lookup.from_json({"subjects": list(keys), "limit": MOST})
    found = page(parts.folder.store, asked, size=size)
    if found.more:
        raise Refused(
            "invalid-question",
            message("More than {most} statements are about this subject.", most=MOST),
        )
    listed = [(at, Entry.from_bytes(data)) for at, data in found.items]
    return [_read(parts, at, entry, on) for at, entry in listed if entry.kind in _KINDS]


def _read(parts: Parts, at: int, entry: Entry, on: int) -> Held:
    statement = parts.folder.store.statement(entry.digest)
    assert statement is not None
    record = envelope.credential(envelope.parse_envelope(statement).payload)
    with parts.folder.store.read.connect() as connection:
        claims = {claim for _, claim in recomputed(connection, at, at + 1)}
    return Held(
        admitted(record, entry),
        state=parts.bundler.state(entry.digest, entry.issuer, size=on).value,
        certificates={
            claim: state.value
            for claim, state in parts.bundler.certificates(record.value, size=on).items()
        },
        verification=dict.fromkeys(claims, Verification.RECOMPUTED),
    )
