"""What can be seen of a record in its log and is worth knowing before relying on it.

Pure rules: what is known around a record goes in, observations come out. An observation is a fact
of the log with its figures and log indexes; it accuses nobody, and its issuer can reply to it.
docs/spec/observations.md lists the rules.
"""

from collections.abc import Callable, Iterator, Sequence

from openquality_validator.observations.buyers import contradicted
from openquality_validator.observations.claimants import claimed_before, claimed_later
from openquality_validator.observations.dates import backdated_period, backdated_record
from openquality_validator.observations.files import (
    same_figures,
    same_file_before,
    same_file_later,
    same_file_own,
)
from openquality_validator.observations.observation import CODES, Observation
from openquality_validator.observations.outliers import outlying
from openquality_validator.observations.rewrites import rewritten
from openquality_validator.observations.seen import Seen

__all__ = ["CODES", "RULES", "Observation", "Seen", "observe"]

Rule = Callable[[Seen], Iterator[Observation]]

RULES: Sequence[Rule] = (
    same_file_before,
    same_file_later,
    same_file_own,
    same_figures,
    claimed_before,
    claimed_later,
    rewritten,
    outlying,
    backdated_period,
    backdated_record,
    contradicted,
)


def observe(seen: Seen) -> tuple[Observation, ...]:
    """Return everything that the rules see, in the order of the codes and of the claims."""
    return tuple(found for rule in RULES for found in rule(seen))
