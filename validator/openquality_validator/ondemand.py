"""A mapping whose values are made when they are first asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

Made = TypeVar("Made")


class OnDemand(Mapping[str, Made]):
    """Hold data by name, and make a value of an item once, when somebody asks for it.

    A record names few metrics of a catalogue, and whoever checks one file is not kept waiting for
    all the others.
    """

    def __init__(self, items: Mapping[str, Any], make: Callable[[Any], Made]) -> None:
        self._items = items
        self._make = make
        self._made: dict[str, Made] = {}

    def __getitem__(self, name: str) -> Made:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._make(self._items[name])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
