"""What the tools ask: a registry, near or far."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from openquality.mcp.results import Verification


class Answers(Protocol):
    """Answer as `openquality.AsyncClient` does; each method raises RegistryError or NetworkError.

    What comes back is not trusted: the tools take each value only in the form it must have.
    """

    async def query(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a query for comparable records."""
        ...

    async def lookup(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the statements about subjects or by issuers."""
        ...

    async def compare(self, digests: Iterable[str]) -> dict[str, Any]:
        """Return named records side by side."""
        ...

    async def assess(
        self,
        profile: str,
        subject: str,
        *,
        as_of: str | None = None,
        producer: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return what the log shows about a subject under a profile."""
        ...

    async def record(self, digest: str) -> dict[str, Any]:
        """Return the decoded view of a statement."""
        ...


class Verifier(Protocol):
    """Judge a statement by its digest, or say why that can prove nothing here."""

    async def __call__(self, digest: str) -> Verification:
        """Return the verdict; raises RegistryError or NetworkError where there is no bundle."""
        ...
