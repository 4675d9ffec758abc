"""Rows behind a measurement of a metric set: 3 of 60 coated parts are rejected, which is 5 %."""

from hashlib import sha256
from typing import Any

from coated import adhesion, coated

Json = dict[str, Any]
ROWS = b"Part,Inspection\n" + b"".join(
    b"%d,%s\n" % (number, b"rejected" if number % 20 == 0 else b"accepted") for number in range(60)
)
DIGEST = f"sha256:{sha256(ROWS).hexdigest()}"
MAPPING = {
    "v": 1,
    "kind": "share",
    "columns": {"outcome": "Inspection"},
    "outcomes": {"counted": ["rejected"], "notCounted": ["accepted"]},
}


def inspected(record: Json, *, pinned: bytes, rejected: int = 3) -> Json:
    """Return a record that states the share of rejected parts, from these rows."""
    claim = {
        **{name: adhesion(record)[name] for name in ("type", "period", "assessor")},
        "id": f"{record['id']}#c9",
        "metric": "coating-rejection-rate",
        "value": {"amount": f"{100 * rejected / 60:g}", "unit": "%"},
        "counts": {"numerator": rejected, "denominator": 60},
        "evidenceRefs": [f"{record['id']}#e9"],
    }
    found = coated(record, claim, pinned=pinned)
    found["evidence"] = [
        *record.get("evidence", ()),
        {
            "id": f"{record['id']}#e9",
            "type": "Dataset",
            "digest": DIGEST,
            "mediaType": "text/csv",
            "name": "inspected parts",
            "columns": ["Part", "Inspection"],
            "rowCount": 60,
            "mapping": MAPPING,
        },
    ]
    return found
