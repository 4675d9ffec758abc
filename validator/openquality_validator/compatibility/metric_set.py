"""What a change of a catalogue of metrics breaks, entry by entry.

Records of before must stay valid, and their values comparable with those of after: who reads is not
a schema but the rules of the catalogue (docs/spec/catalogue.md).
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from openquality_validator.compatibility.difference import Change, Difference
from openquality_validator.compatibility.failure import Effect
from openquality_validator.compatibility.values import identity
from openquality_validator.findings import pointer
from openquality_validator.message import message

RULES: Final = {
    "Z140": "A metric was added, which readers of before do not know.",
    "Z141": "A metric was taken away, under which there may be records.",
    "Z142": "What a metric means changed, so that values of before and after do not compare.",
    "Z143": "The words that define a metric changed; if its meaning did, only people can tell.",
    "Z144": "A unit or code is allowed no more.",
    "Z145": "A unit or code is allowed that was not.",
    "Z146": "The range of a metric's values is narrower.",
    "Z147": "The range of a metric's values is wider.",
    "Z148": "Something must be stated that was optional, or was not known.",
    "Z149": "Something may be left out that had to be stated, or may be stated that was not known.",
    "Z150": "A label, example or guide value changed, which judges no record.",
}
# A change of one of these is a new metric under an old name.
MEANING: Final = frozenset(
    (
        *("carrier", "form", "quantityKind", "canonicalUnit", "direction", "bound", "quantile"),
        *("comparedMembers", "role", "kind"),
    )
)
GUIDES: Final = frozenset({"label", "example", "mappings", "minSample", "maxAgeDays", "version"})
_KEEPS, _BREAKS, _UNKNOWN = Effect.KEEPS, Effect.BREAKS, Effect.UNKNOWN

Json = Mapping[str, Any]
Path = tuple[str | int, ...]
Both = tuple[Path, Path]


def compare_metrics(old: Json, new: Json) -> Difference:
    """Return every change between two catalogues (metrics.json), and what they do together.

    Entries are known by their `id`, wherever they stand. Both are valid against
    catalogue.schema.json.
    """
    changes = (
        *_named(old, new, ("metrics",), "id", _metric, "Z140", "Z141"),
        *_named(old, new, ("forms",), "id", _form, "Z140", "Z141"),
    )
    return Difference(
        changes,
        _worst([change.backward for change in changes]),
        _worst([change.forward for change in changes]),
    )


def _worst(effects: list[Effect]) -> Effect:
    return next((each for each in (_BREAKS, _UNKNOWN) if each in effects), _KEEPS)


def _named(
    old: Json,
    new: Json,
    path: Path,
    key: str,
    compare: Callable[[Json, Json, Both], Iterator[Change]],
    added: str,
    removed: str,
) -> Iterator[Change]:
    before = {each[key]: (index, each) for index, each in enumerate(old.get(str(path[-1]), ()))}
    after = {each[key]: (index, each) for index, each in enumerate(new.get(str(path[-1]), ()))}
    for name, (index, entry) in before.items():
        if name in after:
            at, other = after[name]
            yield from compare(entry, other, ((*path, index), (*path, at)))
        else:
            text = message("{name!r} was taken away; there may be records under it.", name=name)
            yield Change(removed, pointer((*path, index)), None, _BREAKS, _KEEPS, text)
    for name, (index, _) in after.items():
        if name not in before:
            text = message("{name!r} was added; readers of before do not know it.", name=name)
            yield Change(added, None, pointer((*path, index)), _KEEPS, _BREAKS, text)


def _metric(old: Json, new: Json, at: Both) -> Iterator[Change]:
    for member in dict.fromkeys((*old, *new)):
        before, after = old.get(member), new.get(member)
        match member:
            case "allowedUnits":
                yield from _set(before or (), after or (), at, member)
            case "valueRange":
                yield from _range(before, after, at)
            case "requires":
                yield from _needs(before or (), after or (), at)
            case "qualifiers":
                yield from _qualifiers(old, new, at)
            case _:
                yield from _plain(member, before, after, at)
    if _major(old) != _major(new):
        text = message("The metric has a new major version: values of the two do not compare.")
        yield _change("Z142", at, "version", _BREAKS, _BREAKS, text)


def _form(old: Json, new: Json, at: Both) -> Iterator[Change]:
    for member in dict.fromkeys((*old, *new)):
        if member == "requires":
            yield from _needs(old.get(member, ()), new.get(member, ()), at)
        else:
            yield from _plain(member, old.get(member), new.get(member), at)


def _plain(member: str, before: object, after: object, at: Both) -> Iterator[Change]:
    if identity(before) == identity(after):
        return
    if member in MEANING:
        text = message(
            "{member} was {before} and is {after}: values of before and after do not compare.",
            member=member,
            before=identity(before)[:60],
            after=identity(after)[:60],
        )
        yield _change("Z142", at, member, _BREAKS, _BREAKS, text)
    elif member in GUIDES:
        text = message("{member} changed, which judges no record.", member=member)
        yield _change("Z150", at, member, _KEEPS, _KEEPS, text)
    else:
        text = message(
            "{member} changed; whether the meaning did, only people can tell.", member=member
        )
        yield _change("Z143", at, member, _UNKNOWN, _UNKNOWN, text)


def _set(before: Any, after: Any, at: Both, member: str) -> Iterator[Change]:  # noqa: ANN401 - lists of texts
    gone = [each for each in before if each not in after]
    come = [each for each in after if each not in before]
    if gone:
        text = message("{codes} is allowed no more in {member}.", codes=_row(gone), member=member)
        yield _change("Z144", at, member, _BREAKS, _KEEPS, text)
    if come:
        text = message(
            "{codes} is allowed in {member}, which it was not.", codes=_row(come), member=member
        )
        yield _change("Z145", at, member, _KEEPS, _BREAKS, text)


def _range(before: Any, after: Any, at: Both) -> Iterator[Change]:  # noqa: ANN401 - two decimals or null
    ends = [
        (_end(before[end], way), _end(after[end], way))
        for end, way in ((0, Decimal(-1)), (1, Decimal(1)))
    ]
    (low, new_low), (high, new_high) = ends
    if new_low > low or new_high < high:
        text = message("The range of values is narrower.")
        yield _change("Z146", at, "valueRange", _BREAKS, _KEEPS, text)
    if new_low < low or new_high > high:
        text = message("The range of values is wider.")
        yield _change("Z147", at, "valueRange", _KEEPS, _BREAKS, text)


def _end(text: str | None, way: Decimal) -> Decimal:
    return way * Decimal("Infinity") if text is None else Decimal(text)


def _needs(before: Any, after: Any, at: Both) -> Iterator[Change]:  # noqa: ANN401 - lists of texts
    more = [each for each in after if each not in before]
    fewer = [each for each in before if each not in after]
    if more:
        text = message(
            "Claims must state {members}, which they need not before.", members=_row(more)
        )
        yield _change("Z148", at, "requires", _BREAKS, _KEEPS, text)
    if fewer:
        text = message(
            "Claims may leave out {members}, which they had to state.", members=_row(fewer)
        )
        yield _change("Z149", at, "requires", _KEEPS, _BREAKS, text)


def _qualifiers(old: Json, new: Json, at: Both) -> Iterator[Change]:
    before = {each["name"]: (n, each) for n, each in enumerate(old.get("qualifiers", ()))}
    after = {each["name"]: (n, each) for n, each in enumerate(new.get("qualifiers", ()))}
    for name, (index, one) in before.items():
        here = (*at[0], "qualifiers", index)
        if name not in after:
            text = message("The qualifier {name!r} is not known any more.", name=name)
            forward = _BREAKS if one["required"] else _KEEPS
            yield Change("Z144", pointer(here), None, _BREAKS, forward, text)
            continue
        place, other = after[name]
        yield from _qualifier(one, other, (here, (*at[1], "qualifiers", place)))
    for name, (index, one) in after.items():
        if name not in before:
            rule, effect = ("Z148", _BREAKS) if one["required"] else ("Z149", _KEEPS)
            text = message("The qualifier {name!r} is new.", name=name)
            yield Change(rule, None, pointer((*at[1], "qualifiers", index)), effect, _BREAKS, text)


def _qualifier(old: Json, new: Json, at: Both) -> Iterator[Change]:
    for member in dict.fromkeys((*old, *new)):
        before, after = old.get(member), new.get(member)
        if member in {"codes", "units"} and before and after:
            yield from _set(before, after, at, member)
        elif member != "required":
            yield from _plain(member, before, after, at)
        elif after and not before:
            text = message("The qualifier {name!r} must be stated now.", name=new["name"])
            yield _change("Z148", at, member, _BREAKS, _KEEPS, text)
        elif before and not after:
            text = message("The qualifier {name!r} may be left out.", name=new["name"])
            yield _change("Z149", at, member, _KEEPS, _BREAKS, text)


def _change(
    rule: str, at: Both, member: str, backward: Effect, forward: Effect, text: str
) -> Change:
    old, new = at
    return Change(rule, pointer((*old, member)), pointer((*new, member)), backward, forward, text)


def _major(entry: Json) -> str:
    return str(entry.get("version", "")).partition(".")[0]


def _row(names: list[str]) -> str:
    return ", ".join(names)
