"""Stored records, validated by the schemas before and after: evidence beside the proof.

A proof speaks of all records that could be; this speaks of those that are. The records come in one
by one, from files or from a log: memory stays flat.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from openquality_validator.engines import Engine
from openquality_validator.findings import pointer
from openquality_validator.message import message

MAX_PROBLEMS: Final = 5  # of one record that are kept
MAX_LOST: Final = 1_000  # records that are named


@dataclass(frozen=True, slots=True)
class Replayed:
    """Say of one record whether it was valid, and whether it is.

    `problems` are the JSON Pointer and the keyword of what the new schema refuses in a record that
    was valid.
    """

    name: str
    before: bool
    after: bool
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def is_lost(self) -> bool:
        """True if it was valid and is so no more."""
        return self.before and not self.after

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        problems = [{"pointer": at, "keyword": keyword} for at, keyword in self.problems]
        return {"record": self.name, "problems": problems}


def replay(
    records: Iterable[tuple[str, object]], *, old: Sequence[Engine], new: Engine
) -> Iterator[Replayed]:
    """Validate records, given as name and JSON value, by the new schema and by the old ones.

    A record counts as valid before if one of the old schemas holds for it: each follows the version
    of its time.
    """
    for name, value in records:
        before = any(engine.is_valid(value) for engine in old)
        after = new.is_valid(value)
        yield Replayed(name, before, after, _problems(new, value) if before and not after else ())


def governed(name: str, record: object, schema: str) -> Iterator[tuple[str, object]]:
    """Yield what in a record a schema is about, by the `$id` of the schema.

    The extensions of this name, in the subject and its claims, each under the name of the record
    and its JSON Pointer; without any, the record itself.
    """
    subject = record.get("credentialSubject") if isinstance(record, dict) else None
    holders: list[tuple[tuple[str | int, ...], object]] = [(("credentialSubject",), subject)]
    claims = subject.get("claims") if isinstance(subject, dict) else None
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        holders.append((("credentialSubject", "claims", index), claim))
    is_extended = False
    for path, holder in holders:
        extensions = holder.get("extensions") if isinstance(holder, dict) else None
        if isinstance(extensions, dict) and schema in extensions:
            is_extended = True
            yield f"{name}#{pointer((*path, 'extensions', schema))}", extensions[schema]
    if not is_extended:
        yield name, record


class Evidence:
    """Count what a replay found, in constant memory."""

    def __init__(self) -> None:
        self.read = 0
        self.valid = 0
        self.remaining = 0
        self.lost: list[Replayed] = []

    def add(self, each: Replayed) -> None:
        """Count one record; of those that are lost the first are kept."""
        self.read += 1
        self.valid += each.before
        self.remaining += each.before and each.after
        if each.is_lost and len(self.lost) < MAX_LOST:
            self.lost.append(each)

    @property
    def holds(self) -> bool:
        """True if every record that was valid is so still."""
        return self.remaining == self.valid

    def to_json(self) -> dict[str, object]:
        """Return the counts, and the records that are lost."""
        return {
            "read": self.read,
            "validBefore": self.valid,
            "remainValid": self.remaining,
            "lost": [each.to_json() for each in self.lost],
        }

    def __str__(self) -> str:
        said = message(
            "{remaining:,} of {valid:,} published records remain valid.",
            remaining=self.remaining,
            valid=self.valid,
        )
        if self.read == self.valid:
            return said
        return message(
            "{said} {others:,} more were not valid before and say nothing.",
            said=said,
            others=self.read - self.valid,
        )


def _problems(engine: Engine, value: object) -> tuple[tuple[str, str], ...]:
    found = islice(engine.problems(value), MAX_PROBLEMS)
    return tuple((pointer(each.path), each.keyword) for each in found)
