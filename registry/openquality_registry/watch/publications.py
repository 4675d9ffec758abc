"""Publications of schemas as a monitor judges them: by those before them in the log alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from openquality_validator import entry as entries
from openquality_validator import envelope
from openquality_validator.compatibility import DEFAULT, Mode
from openquality_validator.findings import Report
from openquality_validator.governance import Publication, SchemaKind, Version, publication
from openquality_validator.governance.succession import Earlier, check
from openquality_validator.governance.terms import metrics
from openquality_validator.records import InvalidRecord, VerifiedRecord


@dataclass(frozen=True, slots=True)
class Before:
    """Hold a publication that was verified before, and the mode in force after it."""

    said: Publication
    mode: Mode

    @property
    def digest(self) -> str:
        """The digest of the statement."""
        return self.said.digest

    @property
    def owner(self) -> str:
        """The issuer."""
        return self.said.owner

    @property
    def name(self) -> str:
        """The name in the owner's group."""
        return self.said.name

    @property
    def kind(self) -> SchemaKind:
        """What was published."""
        return self.said.kind

    @property
    def version(self) -> Version:
        """The version."""
        return self.said.version

    @property
    def content(self) -> str:
        """The digest of the content."""
        return self.said.content_digest

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it defines."""
        return metrics(self.said)


def follow(verified: VerifiedRecord, before: Sequence[bytes]) -> str | None:
    """Check that a publication follows those before it under its URI, in the order of the log.

    Returns what is wrong with the chain, or None. Raises InvalidRecord for what no registry admits.
    """
    said = publication.read(verified.value, digest=verified.digest)
    chain: list[Before] = []
    for each in before:
        earlier = _read(each)
        last = chain[-1].mode if chain else DEFAULT
        chain.append(Before(earlier, earlier.mode or last))
    contents = {each.digest: each.said.content for each in chain}

    def content(earlier: Earlier) -> bytes:
        return contents[earlier.digest]

    found = tuple(check(said, chain, named=None, content=content))
    if found:
        raise InvalidRecord(Report.of(found))
    newest = chain[-1].digest if chain else None
    if said.ancestor != newest:
        return f"The publication follows {said.ancestor}, and the newest of {said.id} is {newest}."
    return None


def _read(statement: bytes) -> Publication:
    value = envelope.credential(envelope.parse_envelope(statement).payload).value
    return publication.read(value, digest=entries.digest(statement))
