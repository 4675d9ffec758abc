"""What a version changed: the difference from the one before, computed once for each two documents.

Nothing here decides: what may be published was decided on admission, by the same comparison.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from openquality_registry.schemagroups.reading import Groups
from openquality_registry.schemagroups.version import METRICS, PROFILE, Version
from openquality_validator.compatibility import Change, Reading, compare, read
from openquality_validator.compatibility.difference import ANNOTATION
from openquality_validator.compatibility.metric_set import compare_metrics
from openquality_validator.compatibility.reading import parsed

__all__ = ["Change", "between"]

_KEPT: Final = 256  # differences; a comparison may take a second or two of a hostile document


def between(groups: Groups, before: Version, version: Version) -> Sequence[Change] | None:
    """Return what changed, the worst first, without mere annotations; None for profiles.

    A record does not follow a profile, so nothing is compared there.
    """
    if version.kind == PROFILE:
        return None
    old, new = groups.content(before), groups.content(version)
    return _changes(version.kind, old, new)


@lru_cache(maxsize=_KEPT)
def _changes(kind: str, old: bytes, new: bytes) -> Sequence[Change]:
    if kind == METRICS:
        found = compare_metrics(parsed(old), parsed(new))
    else:
        found = compare(read(old, side="old"), read(new), reading=Reading.STRICT)
    return tuple(each for each in found.changes if each.rule != ANNOTATION)
