"""Admission of schemas: what a publication or a deprecation must be beside what was said before.

`governance.checking` has looked at the statement itself. A publication names the one before it, and
moves the head of its chain, so that of two at once one is refused.
"""

from openquality_registry import heads, schemas
from openquality_registry.facts import Facts
from openquality_registry.log.errors import Outdated
from openquality_registry.ports import Pending
from openquality_registry.problems import Refused
from openquality_validator import kinds, subjects
from openquality_validator.compatibility import DEFAULT
from openquality_validator.findings import Report
from openquality_validator.governance import deprecation, publication, succession
from openquality_validator.governance.succession import Earlier
from openquality_validator.message import message
from openquality_validator.records import InvalidRecord, VerifiedRecord


def examine(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare a statement about a schema.

    Raises InvalidRecord with every reason why a publication is not taken, Outdated if another one
    came first, and Refused for a deprecation of what is not the issuer's.
    """
    if kinds.of(verified.value).type == deprecation.TYPE:
        return _deprecation(statement, verified, facts)
    said = publication.read(verified.value, digest=verified.digest)
    before = facts.schemas.named(said.id)
    chain, name = heads.schema(said.id), heads.schema_name(said.owner, said.name)
    named = facts.heads([name]).get(name)

    def content(earlier: Earlier) -> bytes:
        found = facts.schemas.content(earlier.digest)
        assert found is not None
        return found

    last = before[-1].digest if before else heads.NONE
    is_own = not before or before[-1].owner == said.owner
    if is_own and (said.ancestor or heads.NONE) != last:
        raise Outdated(chain, said.ancestor or heads.NONE, last)
    found = tuple(succession.check(said, before, named=named, content=content))
    if found:
        raise InvalidRecord(Report.of(found))
    mode = said.mode or (before[-1].mode if before else DEFAULT)
    return Pending(
        statement=statement,
        digest=said.digest,
        issuer=said.owner,
        credential_id=verified.value["id"],
        kind=kinds.SCHEMA,
        subjects=subjects.of_schema(verified.value),
        index_rows=schemas.rows(said, mode=mode),
        expects={chain: last, name: named or heads.NONE},
        moves={chain: said.digest, name: said.id},
    )


def _deprecation(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    said = deprecation.read(verified.value, digest=verified.digest)
    target = facts.schemas.one(said.target)
    if target is None or target.id != said.id:
        raise Refused(
            "unknown-target",
            message(
                "{digest} is no publication of {id} in this log.", digest=said.target, id=said.id
            ),
        )
    if target.owner != said.owner:
        raise Refused(
            "wrong-voice",
            message(
                "{issuer} did not publish {digest}; only its owner deprecates a schema.",
                issuer=said.owner,
                digest=said.target,
            ),
        )
    return Pending(
        statement=statement,
        digest=said.digest,
        issuer=said.owner,
        credential_id=verified.value["id"],
        kind=kinds.SCHEMA,
        subjects=subjects.of_schema(verified.value),
        index_rows=schemas.deprecated(said),
    )
