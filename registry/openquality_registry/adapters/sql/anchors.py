"""What witnesses and time authorities said of the log's checkpoints, kept in SQL.

A row is one word on one checkpoint: a cosignature (a signature line of the note) or an RFC 3161
token over the note's text. Rows are only ever added; the log's own tables know nothing of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine, Select, insert, select

from openquality_registry.adapters.sql.trust_tables import anchors

COSIGNATURE = "cosignature"
TOKEN = "token"  # noqa: S105 - a kind of anchor, not a secret
MAX_SIZES = 64  # checkpoints that are looked at for one entry


@dataclass(frozen=True, slots=True)
class Word:
    """Hold what one party said of the checkpoint of a size.

    `note` is the checkpoint with the log's own signature; `proof` a signature line or a token.
    """

    size: int
    kind: str
    name: str
    note: bytes
    proof: bytes
    at: str


class SqlAnchors:
    """Keep words on checkpoints. May be called from any thread."""

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read

    def keep(self, word: Word) -> None:
        """Keep a word, durably; the first one of a party on a size stays."""
        c = anchors.c
        key = (c.size == word.size, c.kind == word.kind, c.name == word.name)
        with self._write.begin() as connection:
            if connection.execute(select(c.size).where(*key)).first() is None:
                connection.execute(insert(anchors).values(asdict(word)))

    def of_size(self, size: int) -> tuple[Word, ...]:
        """Return what was said of the checkpoint of exactly this size."""
        query = select(anchors).where(anchors.c.size == size)
        return self._words(query.order_by(anchors.c.kind, anchors.c.name))

    def covering(self, index: int) -> tuple[Word, ...]:
        """Return what was said of the smallest checkpoints that hold the entry at an index."""
        sizes = (
            select(anchors.c.size)
            .where(anchors.c.size > index)
            .distinct()
            .order_by(anchors.c.size)
            .limit(MAX_SIZES)
            .subquery()
        )
        query = select(anchors).where(anchors.c.size.in_(select(sizes.c.size)))
        return self._words(query.order_by(anchors.c.size, anchors.c.kind, anchors.c.name))

    def _words(self, query: Select[*tuple[Any, ...]]) -> tuple[Word, ...]:
        with self._read.connect() as connection:
            return tuple(
                Word(row.size, row.kind, row.name, row.note, row.proof, row.at)
                for row in connection.execute(query)
            )


def cosigned(note: bytes, words: Iterable[Word]) -> bytes:
    """Append the cosignatures to a checkpoint note."""
    return note + b"".join(word.proof for word in words if word.kind == COSIGNATURE)


def by_size(words: Sequence[Word]) -> dict[int, list[Word]]:
    """Group words by the size of their checkpoint, in order."""
    groups: dict[int, list[Word]] = {}
    for word in words:
        groups.setdefault(word.size, []).append(word)
    return groups
