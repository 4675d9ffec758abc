"""How two schemas differ as they are written: what was added, taken away and changed where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openquality_validator.compatibility.same import Sameness
from openquality_validator.compatibility.schema import (
    LISTS,
    MAPS,
    SINGLE,
    Place,
    asserted,
    is_annotation,
)
from openquality_validator.compatibility.values import identity
from openquality_validator.keywords import shown
from openquality_validator.message import message

EDITS: Final = {
    "Z130": "A title, description or other annotation changed, which judges no value.",
    "Z131": "A member was added.",
    "Z132": "A member was taken away.",
    "Z133": "A rule was added.",
    "Z134": "A rule was taken away.",
    "Z135": "A rule was changed.",
}
_NO_EDIT: Final = frozenset({"$schema", "$defs"})  # what `$defs` hold counts where it is used


@dataclass(frozen=True, slots=True)
class Edit:
    """Say what was done at a place; `old` and `new` are JSON Pointers, None where it is not."""

    rule: str
    old: str | None
    new: str | None
    sentence: str


def edits(old: Place, new: Place, same: Sameness) -> Iterator[Edit]:
    """Yield every edit from the one schema to the other, once for each pair of places."""
    seen: set[tuple[str, str]] = set()
    queue = [(old, new)]
    for one, other in queue:  # the list grows while it is read
        if (one.key, other.key) not in seen:
            seen.add((one.key, other.key))
            yield from _Walk(one, other, same, queue).edits()


class _Walk:
    """Compare two schema objects keyword by keyword; what lies below is put into the queue."""

    def __init__(
        self, old: Place, new: Place, same: Sameness, queue: list[tuple[Place, Place]]
    ) -> None:
        self._old = old
        self._new = new
        self._same = same
        self._queue = queue

    def edits(self) -> Iterator[Edit]:
        old, new = self._old.schema, self._new.schema
        if isinstance(old, bool) or isinstance(new, bool):
            if old is not new:
                yield self._edit("Z135", message("A schema was replaced as a whole."))
            return
        if ("$ref" in old) is not ("$ref" in new) and self._through_reference():
            return
        for keyword in dict.fromkeys((*old, *new)):
            if keyword in _NO_EDIT:
                continue
            if keyword not in new:
                yield from self._gone(keyword)
            elif keyword not in old:
                yield from self._come(keyword)
            else:
                yield from self._changed(keyword)

    def _through_reference(self) -> bool:
        """Look through a reference that stands on one side only, where nothing is beside it."""
        one, other = self._old, self._new
        if "$ref" in one.schema and asserted(one.schema).keys() == {"$ref"}:
            self._queue.append((one.target(), other))
            return True
        if "$ref" in other.schema and asserted(other.schema).keys() == {"$ref"}:
            self._queue.append((one, other.target()))
            return True
        return False

    def _gone(self, keyword: str) -> Iterator[Edit]:
        value = self._old.schema[keyword]
        if is_annotation(keyword):
            yield self._annotated(keyword)
        elif keyword == "properties":
            for name in value:
                yield self._member("Z132", name)
        elif keyword == "required":
            yield from self._required(value, [])
        else:
            text = message("The rule {keyword} was taken away.", keyword=keyword)
            yield Edit("Z134", self._old.at(keyword), None, text)

    def _come(self, keyword: str) -> Iterator[Edit]:
        value = self._new.schema[keyword]
        if is_annotation(keyword):
            yield self._annotated(keyword)
        elif keyword == "properties":
            for name in value:
                yield self._member("Z131", name)
        elif keyword == "required":
            yield from self._required([], value)
        else:
            text = message("The rule {keyword} was added.", keyword=keyword)
            yield Edit("Z133", None, self._new.at(keyword), text)

    def _changed(self, keyword: str) -> Iterator[Edit]:
        old, new = self._old.schema[keyword], self._new.schema[keyword]
        if keyword == "$ref":
            self._queue.append((self._old.target(), self._new.target()))
        elif keyword in SINGLE:
            self._queue.append((self._old.below(keyword), self._new.below(keyword)))
        elif keyword in MAPS:
            yield from self._named(keyword)
        elif keyword in LISTS:
            yield from self._listed(keyword)
        elif keyword == "required":
            yield from self._required(old, new)
        elif keyword == "enum":
            yield from self._values(old, new)
        elif identity(old) != identity(new):
            if is_annotation(keyword):
                yield self._annotated(keyword)
            else:
                text = message(
                    "The rule {keyword} was {old} and is {new}.",
                    keyword=keyword,
                    old=_written(old),
                    new=_written(new),
                )
                yield self._edit("Z135", text, keyword)

    def _named(self, keyword: str) -> Iterator[Edit]:
        old, new = self._old.schema[keyword], self._new.schema[keyword]
        for name in dict.fromkeys((*old, *new)):
            if name in old and name in new:
                self._queue.append((self._old.below(keyword, name), self._new.below(keyword, name)))
            elif keyword == "properties":
                yield self._member("Z132" if name in old else "Z131", name)
            elif name in old:
                text = message(
                    "The rule {keyword} for {name!r} was taken away.", keyword=keyword, name=name
                )
                yield Edit("Z134", self._old.at(keyword, name), None, text)
            else:
                text = message(
                    "The rule {keyword} for {name!r} was added.", keyword=keyword, name=name
                )
                yield Edit("Z133", None, self._new.at(keyword, name), text)

    def _listed(self, keyword: str) -> Iterator[Edit]:
        """Pair what is the same wherever it stands, then the rest in its order."""
        left = [self._old.below(keyword, n) for n in range(len(self._old.schema[keyword]))]
        right = [self._new.below(keyword, n) for n in range(len(self._new.schema[keyword]))]
        if keyword != "prefixItems":
            for one in tuple(left):
                twin = next((other for other in right if self._same.holds(one, other)), None)
                if twin is not None:
                    left.remove(one)
                    right.remove(twin)
                    self._queue.append((one, twin))
        self._queue.extend(zip(left, right, strict=False))
        for one in left[len(right) :]:
            text = message("A schema was taken out of {keyword}.", keyword=keyword)
            yield Edit("Z134", one.pointer, None, text)
        for other in right[len(left) :]:
            text = message("A schema was added to {keyword}.", keyword=keyword)
            yield Edit("Z133", None, other.pointer, text)

    def _required(self, old: list[str], new: list[str]) -> Iterator[Edit]:
        for index, name in enumerate(old):
            if name not in new:
                text = message("The member {name!r} is not required any more.", name=name)
                yield Edit("Z134", self._old.at("required", index), None, text)
        for index, name in enumerate(new):
            if name not in old:
                text = message("The member {name!r} is required now.", name=name)
                yield Edit("Z133", None, self._new.at("required", index), text)

    def _values(self, old: list[object], new: list[object]) -> Iterator[Edit]:
        before, after = set(map(identity, old)), set(map(identity, new))
        for index, value in enumerate(old):
            if identity(value) not in after:
                text = message("The value {value} was taken from the list.", value=shown(value))
                yield Edit("Z134", self._old.at("enum", index), None, text)
        for index, value in enumerate(new):
            if identity(value) not in before:
                text = message("The value {value} was added to the list.", value=shown(value))
                yield Edit("Z133", None, self._new.at("enum", index), text)

    def _member(self, rule: str, name: str) -> Edit:
        if rule == "Z131":
            text = message("The member {name!r} was added.", name=name)
            return Edit(rule, None, self._new.at("properties", name), text)
        text = message("The member {name!r} was taken away.", name=name)
        return Edit(rule, self._old.at("properties", name), None, text)

    def _annotated(self, keyword: str) -> Edit:
        text = message("The annotation {keyword} changed, which judges no value.", keyword=keyword)
        old = self._old.at(keyword) if keyword in self._old.schema else None
        new = self._new.at(keyword) if keyword in self._new.schema else None
        return Edit("Z130", old, new, text)

    def _edit(self, rule: str, text: str, *path: str) -> Edit:
        return Edit(rule, self._old.at(*path), self._new.at(*path), text)


def _written(value: object) -> str:
    return identity(value)[:60]
