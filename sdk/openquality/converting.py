"""Documents in the formats of others: a record to one, one to claims for a record."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openquality_validator.catalogue import Catalogue, load
from openquality_validator.projections.exact import MAX_BYTES
from openquality_validator.projections.formats import Source, draft
from openquality_validator.projections.loss import Loss

_YAML = {".yaml": "application/yaml", ".yml": "application/yaml"}
_EVIDENCE = {
    Source.UNTP_DCC: "Certificate",
    Source.EN10168: "Certificate",
    Source.COA: "Certificate",
    Source.PACT: "Api",
}


@dataclass(frozen=True, slots=True)
class Drafted:
    """Hold the claims that a file states, what was lost, and the file as evidence.

    Claims have no `id` and `evidenceRefs`, and the evidence no `id`, until
    `openquality.measuring.add_to` puts them into a record.
    """

    claims: tuple[dict[str, Any], ...]
    losses: tuple[Loss, ...]
    evidence: dict[str, Any]


def draft_file(path: Path, source: Source, *, catalogue: Catalogue | None = None) -> Drafted:
    """Draft claims from a file: JSON, or YAML by its suffix.

    Raises OSError and what `openquality_validator.projections.formats.draft` raises.
    """
    media_type = _YAML.get(path.suffix, "application/json")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)  # a byte more than allowed is enough to refuse it
    found = draft(data, source=source, catalogue=catalogue or load(), is_yaml=path.suffix in _YAML)
    evidence = {
        "type": _EVIDENCE.get(source, "Report"),
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "mediaType": media_type,
        "name": path.name,
    }
    return Drafted(found.claims, found.losses, evidence)
