"""What changed between two versions of a record, member by member."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openquality_validator.findings import escape

MOST = 200  # changes that are listed; beyond, the two versions have little in common
# Different in every statement, whatever it says.
_ALWAYS = frozenset({"id", "validFrom", "supersedes", "credentialStatus", "credentialSchema"})


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one change: where (a JSON Pointer), what it was and what it is; None is absent."""

    pointer: str
    before: str | None
    after: str | None


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """List what differs, in the order of the newer record; claims are paired by place."""
    own = str(old["id"]), str(new["id"])

    def same(pointer: str, before: object, after: object) -> bool:
        del pointer
        # Parts are named after their record, so their names differ always.
        return before == after or (
            isinstance(before, str)
            and isinstance(after, str)
            and before.replace(own[0], own[1]) == after
        )

    pruned = [{k: v for k, v in each.items() if k not in _ALWAYS} for each in (old, new)]
    return tuple(
        change
        for change in _changes("", pruned[0], pruned[1])
        if not same(change.pointer, change.before, change.after)
    )


def _changes(pointer: str, before: object, after: object) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*after, *(name for name in before if name not in after)]:
            yield from _changes(f"{pointer}/{escape(name)}", before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from _changes(f"{pointer}/{place}", _at(before, place), _at(after, place))
    elif isinstance(before, Mapping | list) or isinstance(after, Mapping | list):
        if before is not None:
            yield from _leaves(pointer, before, gone=True)
        if after is not None:
            yield from _leaves(pointer, after, gone=False)
    elif before != after:
        yield Change(pointer, _text(before), _text(after))


def _leaves(pointer: str, value: object, *, gone: bool) -> Iterator[Change]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(f"{pointer}/{escape(name)}", item, gone=gone)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(f"{pointer}/{place}", item, gone=gone)
    else:
        yield Change(pointer, _text(value) if gone else None, None if gone else _text(value))


def _at(values: list[Any], place: int) -> object:
    return values[place] if place < len(values) else None


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
