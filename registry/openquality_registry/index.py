"""The index rows of a statement: what the registry's database is asked by.

Everything here follows from the verified record, so that the index can be made anew at any time.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from openquality_validator.records import VerifiedRecord

from openquality_validator import documents
from openquality_validator.catalogue import Catalogue
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.evidence import Relation, Verification, scheme_of

Row = Mapping[str, object]

# Stands around each `name=value`, so that one is found in the text by plain comparison.
UNIT_SEPARATOR = "\x1f"
_SAME = (
    "claim",
    "issuer",
    "subject",
    "subject_type",
    "granularity",
    "producer",
    "country",
    "size_class",
    "family",
    "metric",
    "key",
    "value",
    "lower",
    "upper",
    "amount",
    "unit",
    "n",
    "start",
    "end",
    "population",
    "characteristic",
    "characteristic_class",
    "assessed_under",
    "identity",
)


def rows(verified: VerifiedRecord, *, catalogue: Catalogue) -> dict[str, Sequence[Row]]:
    """Return the index rows of a statement by table, without their log index."""
    found = measurements(verified, catalogue=catalogue)
    nodes = {f"{scheme}:{node}" for m in found for scheme, node in m.categories}
    return {
        "measurements": [_measurement(m, position) for position, m in enumerate(found)],
        "categories": [{"node": node} for node in sorted(nodes)],
        "certificates": list(_certificates(verified)),
    }


def measurement(row: Mapping[str, object]) -> Measurement:
    """Turn a row of `measurements` back into the value; its categories stay in their own table."""
    values: dict[str, object] = {name: row[name] for name in _SAME}
    digest = row["digest"]
    assert isinstance(digest, bytes)
    return Measurement(
        **values,  # type: ignore[arg-type]  # the columns of _SAME have the fields' types
        digest=f"sha256:{digest.hex()}",
        categories=(),
        qualifiers=_read_qualifiers(str(row["qualifiers"])),
        verification=Verification(row["verification"]),
        relation=Relation(row["relation"]),
    )


def qualifier_text(name: str, value: str) -> str:
    """Write one qualifier as it stands in the column `qualifiers`."""
    return f"{UNIT_SEPARATOR}{name}={value}{UNIT_SEPARATOR}"


def _measurement(m: Measurement, position: int) -> Row:
    return {
        **{name: getattr(m, name) for name in _SAME},
        "position": position,
        "current": True,
        "series": _series(m),
        "digest": bytes.fromhex(m.digest.removeprefix("sha256:")),
        "qualifiers": "".join(qualifier_text(name, value) for name, value in m.qualifiers),
        "verification": m.verification.value,
        "relation": m.relation.value,
    }


def _series(m: Measurement) -> bytes:
    name = [m.issuer, m.subject, m.key, m.characteristic]
    return sha256(documents.canonical(name)).digest()[:16]


def _read_qualifiers(text: str) -> tuple[tuple[str, str], ...]:
    found = (part.partition("=") for part in re.findall(r"\x1f([^\x1f]*)\x1f", text))
    return tuple((name, value) for name, _, value in found)


def _certificates(verified: VerifiedRecord) -> Iterator[Row]:
    subject = verified.credential["credentialSubject"]
    producer = subject.get("producer", {}).get("party", {}).get("id")
    holders = sorted({subject["id"], producer} - {None})
    for position, claim in enumerate(subject["claims"]):
        if claim["type"] != "CertificateClaim":
            continue
        for holder in holders:
            yield {
                "position": position,
                "holder": holder,
                "issuer": verified.issuer,
                "scheme": scheme_of(claim),
                "edition": claim["scheme"]["edition"],
                "start": claim["validity"]["start"],
                "end": claim["validity"].get("end"),
                "status": claim["status"],
            }
