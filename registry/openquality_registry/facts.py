"""What the registry knows, as far as the examination of a statement asks.

`StoreFacts` answers from the database. `NoFacts` knows nothing: it serves worker processes, which
examine what needs nothing, the attestations of a did:key, and leave the rest (`NeedsFacts`).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from openquality_registry.certificates import Certificates
from openquality_registry.issuers import Issuers, Keys
from openquality_registry.ports import Logged, Pending, Store
from openquality_registry.schemas import Schemas
from openquality_validator import identity
from openquality_validator.errors import OpenQualityError
from openquality_validator.evidence import Accreditor
from openquality_validator.message import message


@dataclass(eq=False)
class NeedsFacts(OpenQualityError):
    """Name what only the registry's database knows."""

    asked: str

    def __str__(self) -> str:
        return message(
            "{asked} is not known here. Examine the statement with the database.", asked=self.asked
        )


class Facts(Protocol):
    """Answer from what is committed; every method may raise NeedsFacts."""

    @property
    def origin(self) -> str:
        """The origin of this registry's log."""
        ...

    @property
    def operator(self) -> str:
        """The did:key of this registry's operator, which is that of its status key."""
        ...

    @property
    def accreditors(self) -> tuple[Accreditor, ...]:
        """The issuers that this registry lists, whose word on certificates it takes."""
        ...

    @property
    def today(self) -> dt.date:
        """The day (UTC) on which a statement comes in."""
        ...

    @property
    def status_lists(self) -> str | None:
        """The address under which this registry's status lists stand, if it has a public one."""
        ...

    def keys(self, did: str) -> Keys:
        """Find the keys that a DID has now; raise IdentityError or Refused."""
        ...

    def key_event(self, statement: bytes) -> Pending:
        """Prepare the next line of a DID log, verified; raise IdentityError or Refused."""
        ...

    def heads(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the values of those of the named heads that have one."""
        ...

    def find(self, digest: str) -> Logged | None:
        """Return the committed statement with this digest."""
        ...

    def statement(self, digest: str) -> bytes | None:
        """Return the exact bytes of the committed statement with this digest."""
        ...

    def status_statements(self, target: str) -> Sequence[tuple[int, bytes]]:
        """Return the committed status statements for a target: log index and exact bytes."""
        ...

    def said_about(self, target: str) -> Sequence[tuple[int, bytes, bytes]]:
        """Return the committed status statements and measures: index, entry, exact bytes."""
        ...

    @property
    def certificates(self) -> Certificates:
        """What the records of this log say about certificates."""
        ...

    @property
    def schemas(self) -> Schemas:
        """The schemas that this log holds."""
        ...


@dataclass(frozen=True, slots=True)
class Own:
    """Hold what this registry says of itself, as `Facts` explains it."""

    origin: str
    operator: str
    accreditors: tuple[Accreditor, ...]
    status_lists: str | None


class NoFacts:
    """Know nothing but did:key, which says all about itself."""

    @property
    def origin(self) -> str:
        """Raise NeedsFacts."""
        raise NeedsFacts("the origin")

    @property
    def operator(self) -> str:
        """Raise NeedsFacts."""
        raise NeedsFacts("the operator")

    @property
    def accreditors(self) -> tuple[Accreditor, ...]:
        """Raise NeedsFacts."""
        raise NeedsFacts("whom this registry lists")

    @property
    def today(self) -> dt.date:
        """Raise NeedsFacts."""
        raise NeedsFacts("the day")

    @property
    def status_lists(self) -> str | None:
        """Raise NeedsFacts."""
        raise NeedsFacts("the status lists")

    def keys(self, did: str) -> Keys:
        """Find the keys of a did:key."""
        if not did.startswith(identity.METHOD):
            raise NeedsFacts(did)
        return Keys(identity.resolve(did))

    def key_event(self, statement: bytes) -> Pending:  # noqa: ARG002 - one of the Facts
        """Raise NeedsFacts."""
        raise NeedsFacts("the history of a DID")

    def heads(self, names: Collection[str]) -> Mapping[str, str]:
        """Raise NeedsFacts."""
        raise NeedsFacts(", ".join(names))

    def find(self, digest: str) -> Logged | None:
        """Raise NeedsFacts."""
        raise NeedsFacts(digest)

    def statement(self, digest: str) -> bytes | None:
        """Raise NeedsFacts."""
        raise NeedsFacts(digest)

    def status_statements(self, target: str) -> Sequence[tuple[int, bytes]]:
        """Raise NeedsFacts."""
        raise NeedsFacts(target)

    def said_about(self, target: str) -> Sequence[tuple[int, bytes, bytes]]:
        """Raise NeedsFacts."""
        raise NeedsFacts(target)

    @property
    def certificates(self) -> Certificates:
        """Raise NeedsFacts."""
        raise NeedsFacts("what records say about certificates")

    @property
    def schemas(self) -> Schemas:
        """Raise NeedsFacts."""
        raise NeedsFacts("what schemas are published")


class StoreFacts:
    """Answer from the Store."""

    def __init__(
        self,
        store: Store,
        *,
        issuers: Issuers,
        own: Own,
        today: Callable[[], dt.date],
        certificates: Certificates,
        schemas: Schemas,
    ) -> None:
        self._store = store
        self._schemas = schemas
        self.issuers = issuers
        self._own = own
        self._today = today
        self._certificates = certificates

    @property
    def origin(self) -> str:
        """The origin of this registry's log."""
        return self._own.origin

    @property
    def operator(self) -> str:
        """The did:key of this registry's operator."""
        return self._own.operator

    @property
    def accreditors(self) -> tuple[Accreditor, ...]:
        """The issuers that this registry lists."""
        return self._own.accreditors

    @property
    def today(self) -> dt.date:
        """The day (UTC) on which a statement comes in."""
        return self._today()

    @property
    def status_lists(self) -> str | None:
        """The address under which this registry's status lists stand."""
        return self._own.status_lists

    @property
    def schemas(self) -> Schemas:
        """The schemas that this log holds."""
        return self._schemas

    def keys(self, did: str) -> Keys:
        """Find the keys that a DID has now."""
        return self.issuers.keys(did)

    def key_event(self, statement: bytes) -> Pending:
        """Prepare the next line of a DID log, verified."""
        return self.issuers.event(statement)

    def heads(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the values of those of the named heads that have one."""
        return self._store.heads(names)

    def find(self, digest: str) -> Logged | None:
        """Return the committed statement with this digest."""
        return self._store.find(digest)

    def statement(self, digest: str) -> bytes | None:
        """Return the exact bytes of the committed statement with this digest."""
        return self._store.statement(digest)

    def status_statements(self, target: str) -> Sequence[tuple[int, bytes]]:
        """Return the committed status statements for a target."""
        return self._store.status_statements(target)

    def said_about(self, target: str) -> Sequence[tuple[int, bytes, bytes]]:
        """Return the committed status statements and measures about a target."""
        return self._store.said_about(target)

    @property
    def certificates(self) -> Certificates:
        """What the records of this log say about certificates."""
        return self._certificates
