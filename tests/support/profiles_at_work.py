"""The worked examples of the shipped profiles: read, changed, and assessed."""

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import openquality_schemas
from openquality.signing import SigningKey
from openquality_validator import documents, profiles
from openquality_validator.trust import Trust

Json = dict[str, Any]
FOLDER = Path(openquality_schemas.__file__).parent / "profiles"
AS_OF = dt.date(2026, 11, 20)


def key(name: str) -> SigningKey:
    """Make the key of a party of the examples again: `assessor`, `certifier`, or a supplier."""
    seed = hashlib.sha256(f"openquality example {name}".encode()).digest()
    return SigningKey.from_pem(
        Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def records(name: str) -> list[Json]:
    lines = (FOLDER / name / "example" / "records.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def trust(name: str) -> Trust:
    return Trust.from_bytes((FOLDER / name / "example" / "trust.json").read_bytes())


def subject_of(given: Iterable[Json]) -> str:
    """Name the subject of the example: that of its last record."""
    return str(list(given)[-1]["credentialSubject"]["id"])


def held(value: Json, *, state: str = "active") -> profiles.Held:
    data = orjson.dumps(value)
    draft = profiles.draft(documents.parse_object(data), digest=openquality_schemas.digest(data))
    return profiles.Held(draft.record, state=state, proof=draft.proof)


def assess(
    name: str,
    given: list[Json] | None = None,
    *,
    as_of: dt.date = AS_OF,
    listed: bool = True,
    **parameters: str,
) -> profiles.Assessment:
    """Assess records, by default those of the example, as if they were signed."""
    chosen = records(name) if given is None else given
    return profiles.evaluate(
        profiles.parse(openquality_schemas.profile(name)),
        [held(each) for each in chosen],
        subject=subject_of(chosen),
        as_of=as_of,
        accreditors=trust(name).accreditors if listed else (),
        parameters={each.replace("_", "-"): value for each, value in parameters.items()},
    )


def changed(name: str, **conclusions: str | None) -> list[Json]:
    """Return the example with other conclusions of criteria; None takes an answer out.

    A criterion is named by what stands after its `/`, with `_` for `-`.
    """
    wanted = {each.replace("_", "-"): value for each, value in conclusions.items()}
    seen = set()
    found = copy.deepcopy(records(name))
    for record in found:
        subject = record["credentialSubject"]
        kept = []
        for each in subject.get("findings", []):
            short = each["criterion"].rpartition("/")[2]
            if short in wanted:
                seen.add(short)
                if wanted[short] is None:
                    continue
                each["conclusion"] = wanted[short]
            kept.append(each)
        if "findings" in subject:
            subject["findings"] = kept
    assert seen == wanted.keys()
    return found


def states(found: profiles.Assessment) -> dict[str, str]:
    return {each.indicator.id: each.judged.state.value for each in found.outcomes}


def reasons(found: profiles.Assessment, indicator: str) -> tuple[str, ...]:
    return next(e.judged.reasons for e in found.outcomes if e.indicator.id == indicator)


def level(found: profiles.Assessment) -> str | None:
    return None if found.level is None else found.level.id
