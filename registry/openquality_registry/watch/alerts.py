"""What a monitor says: one alert for each thing that somebody should look at."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Name what was found; docs/guide/watch.md says what each means and what to do."""

    # The log's signed heads.
    CHECKPOINT_INVALID = "checkpoint-invalid"
    SPLIT_VIEW = "split-view"
    OLDER_CHECKPOINT = "older-checkpoint"
    HIDDEN_GROWTH = "hidden-growth"
    QUORUM_MISSING = "quorum-missing"
    # What it serves below them.
    TILES_DIFFER = "tiles-differ"
    TILE_MISSING = "tile-missing"
    ENTRIES_MISSING = "entries-missing"
    ENTRIES_DIFFER = "entries-differ"
    # What the entries say.
    ENTRY_MALFORMED = "entry-malformed"
    TIME_DECREASES = "time-decreases"
    TIME_AHEAD = "time-ahead"
    BACKDATED = "backdated"
    ENTRY_REPEATED = "entry-repeated"
    # The statements of the entries.
    STATEMENT_MISSING = "statement-missing"
    STATEMENT_DIFFERS = "statement-differs"
    STATEMENT_INVALID = "statement-invalid"
    STATUS_CHAIN = "status-chain"
    # What it answers about them.
    LOOKUP_OMITS = "lookup-omits"
    LOOKUP_ADDS = "lookup-adds"
    STATUS_WRONG = "status-wrong"
    STATUS_OLD = "status-old"
    QUERY_WRONG = "query-wrong"
    ANSWER_UNUSABLE = "answer-unusable"
    # News for the owner of an identity.
    NEW_ENTRY = "new-entry"
    KEY_EVENT = "key-event"


@dataclass(frozen=True, slots=True)
class Alert:
    """Hold what was found: a stable code, the place, and a sentence.

    `evidence` is the path of a file that convinces others, where there is one.
    """

    code: Code
    place: str
    message: str
    evidence: str | None = None
