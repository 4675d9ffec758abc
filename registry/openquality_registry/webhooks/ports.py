"""What webhooks need of a database: subscriptions, kept with how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openquality_registry.webhooks.subscription import Subscription
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message


@dataclass(eq=False)
class Full(OpenQualityError):
    """Say that there are as many subscriptions as there may be."""

    limit: int
    of_token: bool

    def __str__(self) -> str:
        if self.of_token:
            return message(
                "The token has {limit} subscriptions, and may have no more. Delete one, or let one "
                "have wider filters.",
                limit=self.limit,
            )
        return message(
            "This registry has {limit} subscriptions, and takes no more. Read the feed instead: "
            "GET /v1/events.",
            limit=self.limit,
        )


class Subscriptions(Protocol):
    """Keep subscriptions. Every method may be called from any thread, and from several processes.

    Durability: what a method wrote survives the loss of power when it returns.
    Concurrency: `advance` changes a subscription only if it stands as it was read, so that an
    owner's word is never undone by an attempt that was on its way.
    """

    def add(self, made: Subscription, *, per_token: int, in_all: int) -> None:
        """Keep a new one. Raises Full, counting those that are disabled too."""
        ...

    def find(self, identifier: str) -> Subscription | None:
        """Return the one of this id."""
        ...

    def of_token(self, token: str) -> Sequence[Subscription]:
        """Return those that a token made, in the order of making."""
        ...

    def active(self) -> Sequence[Subscription]:
        """Return those that are brought events, in the order of making."""
        ...

    def remove(self, identifier: str, token: str) -> Subscription | None:
        """Remove one that this token made; return it, or None if there is none."""
        ...

    def advance(self, old: Subscription, new: Subscription) -> bool:
        """Give one its new standing if it stands as `old` does; say whether it did."""
        ...
