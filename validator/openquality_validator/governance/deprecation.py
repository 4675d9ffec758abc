"""A deprecation: the owner's word that a published schema should be used no more.

    credentialSubject: {"id": "<URI>", "target": "sha256:<publication>", "reason": "…",
                        "effective": "<day>", "removal"?: "<day>", "alternative"?: "<URI | digest>"}

Nothing is removed: from `removal` on, readers are advised to refuse what pins it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

TYPE: Final = "SchemaDeprecation"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Hold a deprecation as its statement says it; `target` is the digest of a publication."""

    digest: str
    owner: str
    id: str
    target: str
    reason: str
    effective: dt.date
    removal: dt.date | None = None
    alternative: str | None = None


def read(credential: Mapping[str, Any], *, digest: str) -> Deprecation:
    """Take a deprecation whose shape is valid as a value; `digest` is that of its statement."""
    said = credential["credentialSubject"]
    removal = said.get("removal")
    return Deprecation(
        digest=digest,
        owner=credential["issuer"]["id"],
        id=said["id"],
        target=said["target"],
        reason=said["reason"],
        effective=dt.date.fromisoformat(said["effective"]),
        removal=None if removal is None else dt.date.fromisoformat(removal),
        alternative=said.get("alternative"),
    )
