"""Whether two places say the same, apart from titles, descriptions and other annotations."""

from typing import Any

from openquality_validator.compatibility.schema import (
    LISTS,
    MAPS,
    SINGLE,
    Place,
    asserted,
)
from openquality_validator.compatibility.values import identity

_AS_SETS = ("required", "enum", "type")


class Sameness:
    """Compare places of two documents, following references; remembers what it has found."""

    def __init__(self) -> None:
        self._same: dict[tuple[str, str], bool] = {}

    def holds(self, one: Place, other: Place) -> bool:
        """Tell whether both judge every value alike because they are written alike."""
        trail: set[tuple[str, str]] = set()
        try:
            held = self._compare(one, other, trail)
        except RecursionError:  # what is not seen to be the same is proved
            return False
        if held:
            # All pairs on the trail were found alike, or else the whole would not be.
            self._same.update(dict.fromkeys(trail, True))
        return held

    def _compare(self, one: Place, other: Place, trail: set[tuple[str, str]]) -> bool:
        if one.key == other.key:
            return True
        pair = (one.key, other.key)
        if pair in trail:
            return True  # of a loop; a difference in it is found where it stands
        if pair not in self._same:
            trail.add(pair)
            held = self._schemas(one, other, trail)
            if not held:
                self._same[pair] = False
            return held
        return self._same[pair]

    def _schemas(self, one: Place, other: Place, trail: set[tuple[str, str]]) -> bool:
        if isinstance(one.schema, bool) or isinstance(other.schema, bool):
            return bool(_plain(one.schema) is _plain(other.schema))
        left, right = asserted(one.schema), asserted(other.schema)
        if left.keys() != right.keys():
            return False
        return all(self._keyword(keyword, one, other, trail) for keyword in left)

    def _keyword(self, keyword: str, one: Place, other: Place, trail: set[tuple[str, str]]) -> bool:
        left, right = one.schema[keyword], other.schema[keyword]
        if keyword == "$ref":
            return self._compare(one.target(), other.target(), trail)
        if keyword in SINGLE:
            return self._compare(one.below(keyword), other.below(keyword), trail)
        if keyword in MAPS:
            return left.keys() == right.keys() and all(
                self._compare(one.below(keyword, name), other.below(keyword, name), trail)
                for name in left
            )
        if keyword in LISTS:
            return len(left) == len(right) and all(
                self._compare(one.below(keyword, index), other.below(keyword, index), trail)
                for index in range(len(left))
            )
        return _value(keyword, left) == _value(keyword, right)


def _plain(schema: Any) -> Any:  # noqa: ANN401 - an object or a boolean
    return True if schema is not False and schema is not True and not asserted(schema) else schema


def _value(keyword: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    if keyword in _AS_SETS and isinstance(value, list):
        return " ".join(sorted(map(identity, value)))
    return identity(value)
