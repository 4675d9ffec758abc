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
from openquality_validator.compatibility.effort import TooMuch, at_most
from openquality_validator.compatibility.metric_set import compare_metrics
from openquality_validator.compatibility.reading import parsed
from openquality_validator.governance.checking import STEPS

__all__ = ["Change", "between"]

_KEPT: Final = 256  # differences; a hostile document takes as long as an admission may


def between(groups: Groups, before: Version, version: Version) -> Sequence[Change] | None:
    """Return what changed, the worst first, without mere annotations.

    None where it cannot be told in the work that an admission may take: with the mode NONE nothing
    has been compared before. Profiles are not compared, since no record follows one.
    """
    assert version.kind != PROFILE
    return _changes(version.kind, groups.content(before), groups.content(version))


@lru_cache(maxsize=_KEPT)
def _changes(kind: str, old: bytes, new: bytes) -> Sequence[Change] | None:
    try:
        with at_most(STEPS):
            if kind == METRICS:
                found = compare_metrics(parsed(old), parsed(new))
            else:
                found = compare(read(old, side="old"), read(new), reading=Reading.STRICT)
    except (TooMuch, RecursionError):
        return None
    return tuple(each for each in found.changes if each.rule != ANNOTATION)
