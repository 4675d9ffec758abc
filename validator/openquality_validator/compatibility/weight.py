"""How much it takes to judge a value by a schema, before any value is there.

The weight of a schema is the number of subschemas that may judge one value, the most that any value
can have, at whatever depth of a document. Alternatives that refer to the same twice double it, and
where they do so in a loop, with each level of the document. Long lists in a subschema count too.

A value of n parts is judged in about n times the weight, whatever is in it.
"""

from typing import Final

from openquality_validator.compatibility.effort import spend
from openquality_validator.compatibility.schema import IN_PLACE, Place, Schema, children
from openquality_validator.documents import MAX_DEPTH

MOST: Final = 1_000_000  # more is told as this
_LISTED: Final = 16  # members or values of a list that are gone through as fast as one subschema
_LISTS: Final = ("properties", "required", "enum", "type", "dependentRequired", "patternProperties")
_OF_ITEMS: Final = frozenset(("prefixItems", "items", "contains", "unevaluatedItems"))


def weigh(schema: Schema) -> int:
    """Return the weight of a schema whose references lead somewhere and never in place to itself.

    Raises effort.TooMuch where somebody counts.
    """
    return _Weights().of(schema.root)


class _Weights:
    """Weigh places level by level: what judges a value so many levels below them."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], int] = {}
        self._ordered: dict[str, tuple[Place, list[str]]] = {}

    def of(self, root: Place) -> int:
        order = self._order(root)
        most = 0
        for level in range(MAX_DEPTH + 1):
            for key in order:
                self._found[level, key] = min(MOST, self._weigh(level, key))
            here = self._found[level, root.key]
            most = max(most, here)
            if not here or most == MOST:
                break
        return most

    def _order(self, root: Place) -> list[str]:
        """Return every place that is reached, after those that judge the same value with it."""
        done: dict[str, None] = {}
        waiting = [root]
        while waiting:
            place = waiting.pop()
            if place.key in done:
                continue
            waiting.extend(self._below(place))
            trail = [(place, iter(_beside(place)))]
            while trail:
                current, others = trail[-1]
                other = next((each for each in others if each.key not in done), None)
                if other is None:
                    done[current.key] = None
                    self._ordered[current.key] = (current, [p.key for p in _beside(current)])
                    trail.pop()
                else:
                    waiting.extend(self._below(other))
                    trail.append((other, iter(_beside(other))))
        return list(done)

    def _below(self, place: Place) -> list[Place]:
        return [child.place for child in children(place) if child.keyword not in IN_PLACE]

    def _weigh(self, level: int, key: str) -> int:
        spend()
        place, beside = self._ordered[key]
        own = _own(place) if level == 0 else self._one_below(level - 1, place)
        return own + sum(self._found[level, other] for other in beside)

    def _one_below(self, level: int, place: Place) -> int:
        """Weigh what judges one member or item: only one of those that are named is it."""
        members = items = named = numbered = 0
        for child in children(place):
            if child.keyword in IN_PLACE:
                continue
            spend()
            weight = self._found[level, child.place.key]
            if child.keyword == "properties":
                named = max(named, weight)
            elif child.keyword == "prefixItems":
                numbered = max(numbered, weight)
            elif child.keyword in _OF_ITEMS:
                items += weight
            else:
                members += weight
        return max(members + named, items + numbered)


def _beside(place: Place) -> list[Place]:
    if not isinstance(place.schema, dict):
        return []
    found = [child.place for child in children(place) if child.keyword in IN_PLACE]
    return [*found, place.target()] if "$ref" in place.schema else found


def _own(place: Place) -> int:
    if not isinstance(place.schema, dict):
        return 1
    return 1 + sum(len(place.schema.get(name, ())) for name in _LISTS) // _LISTED
