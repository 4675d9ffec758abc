"""Read the members of our own JSON formats: each one there, known, and of its type."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from openquality_validator.errors import InvalidInput
from openquality_validator.message import message

Refuse = Callable[[str, str], InvalidInput]
"""Make the format's own error from a JSON Pointer and what is wrong there."""

_ABSENT = object()


class Members:
    """Read one JSON object member by member; `close` refuses what nobody asked for."""

    def __init__(self, value: object, *, at: str, refuse: Refuse) -> None:
        if not isinstance(value, dict):
            raise refuse(at, message("is not an object"))
        self._rest: dict[str, Any] = dict(value)
        self._at = at
        self._refuse = refuse

    def text(self, name: str) -> str:
        """Take a member that must be a non-empty text."""
        value = self._take(name)
        if not isinstance(value, str) or not value:
            raise self.refuse(name, message("is missing or not a text"))
        return value

    def optional_text(self, name: str) -> str | None:
        """Take a text that may be left out."""
        return self.text(name) if name in self._rest else None

    def integer(self, name: str) -> int:
        """Take a member that must be an integer of at least 0."""
        value = self._take(name)
        if type(value) is not int or value < 0:
            raise self.refuse(name, message("is missing or not an integer of at least 0"))
        return value

    def boolean(self, name: str) -> bool:
        """Take a member that must be true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.refuse(name, message("is missing or neither true nor false"))
        return value

    def items(self, name: str) -> list[Any]:
        """Take a member that must be a list."""
        value = self._take(name)
        if not isinstance(value, list):
            raise self.refuse(name, message("is missing or not a list"))
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of non-empty texts."""
        values = self.items(name)
        if not all(isinstance(value, str) and value for value in values):
            raise self.refuse(name, message("holds something that is not a text"))
        return tuple(values)

    def texts_by_name(self, name: str) -> dict[str, str]:
        """Take an object whose members are all texts."""
        value = self._take(name)
        if not isinstance(value, dict) or not all(
            isinstance(each, str) and each for each in value.values()
        ):
            raise self.refuse(name, message("is missing or not an object of texts"))
        return dict(value)

    def objects(self, name: str) -> list["Members"]:
        """Take a list of objects."""
        return [
            Members(value, at=f"{self._at}/{name}/{index}", refuse=self._refuse)
            for index, value in enumerate(self.items(name))
        ]

    def optional_objects(self, name: str) -> list["Members"]:
        """Take a list of objects that may be left out."""
        return self.objects(name) if name in self._rest else []

    def member(self, name: str) -> "Members":
        """Take a member that must be an object."""
        return Members(self._take(name), at=f"{self._at}/{name}", refuse=self._refuse)

    def optional_time(self, name: str) -> datetime | None:
        """Take an RFC 3339 time with an offset that may be left out."""
        text = self.optional_text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.refuse(name, message("is not an RFC 3339 time")) from None
        if moment.tzinfo is None:
            raise self.refuse(name, message("has no offset; write Z for UTC"))
        return moment

    def has(self, name: str) -> bool:
        """Tell whether a member is there and not yet taken."""
        return name in self._rest

    def close(self) -> None:
        """Refuse members that nothing has taken."""
        if self._rest:
            raise self.refuse(min(self._rest), message("is not a member that this version knows"))

    def refuse(self, name: str, problem: str) -> InvalidInput:
        """Make the error for one member."""
        return self._refuse(f"{self._at}/{name}", problem)

    def _take(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        return self._rest.pop(name, _ABSENT)
