"""Status in the registry: who may say what, what it does to answers, and the signed answer.

The registry admits a word on a statement from its issuer and from its own operator, on a
certificate from whoever issued it in a record here, the issuers that this registry lists for its
scheme and its operator, on a did:key from the key itself. Whose word counts is for the reader to
decide; in this registry's own answers both the issuer's and the operator's do.
"""

from collections.abc import Callable, Iterable, Sequence

from openquality_registry import heads, voices
from openquality_registry.answering import facts_rows
from openquality_registry.facts import Facts
from openquality_registry.log.errors import Outdated
from openquality_registry.ports import Pending
from openquality_registry.problems import Refused
from openquality_validator import envelope, kinds, status, subjects
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import Event, State, States, StatusStatement
from openquality_validator.status.statement import CERTIFICATE, STATEMENT

STATED = frozenset({kinds.ATTESTATION, kinds.ASSESSMENT})
"""The kinds of statements that can be suspended, reinstated and revoked."""

# What issuers whom this registry does not list may say of one certificate: anybody can issue one
# of the same number, and all that was said comes with every record that claims it.
MOST_WORDS = 16
_WITHDRAWN = {State.SUSPENDED, State.REVOKED}


def examine(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare a status statement.

    Raises Refused for a target or voice that this registry does not take, StatusError for a word
    that the state forbids, Outdated if it does not follow the newest one.
    """
    said = status.read(verified)
    if said.log != facts.origin:
        raise Refused(
            "wrong-log",
            message(
                "The statement speaks of the log {log}, and this is {origin}.",
                log=said.log,
                origin=facts.origin,
            ),
        )
    head = heads.status(said.target)
    found = facts.heads([head]).get(head, heads.NONE)
    before = events(said.target, facts)
    _check_voice(said, before, facts)
    last = before[-1].statement.digest if before else None
    if said.previous != last:
        raise Outdated(head, said.previous or heads.NONE, last or heads.NONE)
    index = before[-1].index + 1 if before else 0  # its place is not known yet; after the others
    after = status.derive(said.target, (*before, Event(index, said)), log=facts.origin)
    return Pending(
        statement=statement,
        digest=said.digest,
        issuer=said.issuer,
        credential_id=verified.value["id"],
        kind=kinds.STATUS,
        subjects=subjects.of_target(verified.value),
        index_rows={
            "statuses": [{"target": said.target, "state": said.voice, "issuer": said.issuer}],
            "words": facts_rows.of_status(said),
            "certificate_words": facts_rows.of_certificate(said),
        },
        expects={head: found} | _unsuperseded(said.target, facts),
        moves={head: said.digest},
        withdraws=_withdraws(said.target, after, facts),
    )


def check_supersession(verified: VerifiedRecord, facts: Facts) -> tuple[dict[str, str], str] | None:
    """Check an attestation's `supersedes`; return the heads that it expects, and the old digest.

    None if it supersedes nothing. Raises Refused: the target must be an active attestation by the
    same issuer about the same subject, without a successor.
    """
    old = verified.value.get("supersedes")
    if old is None:
        return None
    before = facts.statement(old)
    if before is None:
        raise Refused(
            "unknown-target",
            message("{old} is not in this log, so nothing can supersede it.", old=old),
        )
    content = envelope.credential(envelope.parse_envelope(before).payload).value
    if kinds.of(content) is not kinds.DEFAULT:
        raise Refused("unknown-target", message("{old} is not an attestation.", old=old))
    if (content["issuer"]["id"], content["credentialSubject"]["id"]) != (
        verified.issuer,
        verified.value["credentialSubject"]["id"],
    ):
        raise Refused(
            "wrong-voice",
            message(
                "{old} has another issuer or subject. Supersede your own record about this "
                "subject.",
                old=old,
            ),
        )
    target = status.statement_target(old)
    names = [heads.status(target), heads.successor(old)]
    found = facts.heads(names)
    if found.get(names[1]):
        raise Outdated(names[1], heads.NONE, found[names[1]])
    state = derive(target, facts)
    if state.worst(_counts(facts, content["issuer"]["id"])) is not State.ACTIVE:
        raise Refused(
            "not-active", message("{old} is not active, so it cannot be superseded.", old=old)
        )
    return {name: found.get(name, heads.NONE) for name in names}, old


def derive(target: str, facts: Facts) -> States:
    """Derive how a target stands now."""
    return status.derive(target, events(target, facts), log=facts.origin)


def newest(target: str, facts: Facts) -> str | None:
    """Return the digest that the next status statement for a target has to name, if any."""
    before = events(target, facts)
    return before[-1].statement.digest if before else None


def events(target: str, facts: Facts) -> tuple[Event, ...]:
    """Return the status statements that count for a target, in the order of the log."""
    return in_log(read_all(facts.status_statements(target)), log=facts.origin)


def in_log(said: Sequence[Event], *, log: str) -> tuple[Event, ...]:
    """Return those status statements that were said in a log.

    Where it goes on with the entries of a former one, what was said there counts there alone.
    """
    return tuple(event for event in said if event.statement.log == log)


def read_all(statements: Iterable[tuple[int, bytes]]) -> tuple[Event, ...]:
    """Read admitted status statements, each with its log index, also those of a former log."""
    return tuple(Event(index, _admitted(data)) for index, data in statements)


def _admitted(data: bytes) -> StatusStatement:
    """Read a statement that was verified when it came in; its key may have gone since."""
    taken = envelope.parse_envelope(data)
    record = envelope.credential(taken.payload)
    return status.read_admitted(record.value, digest=taken.digest)


def _check_voice(said: StatusStatement, before: Sequence[Event], facts: Facts) -> None:
    if said.issuer == facts.operator:
        return
    if said.target.startswith(STATEMENT):
        if said.issuer == _issuer(said.target.removeprefix(STATEMENT), facts):
            return
    elif said.target.startswith(CERTIFICATE):
        if voices.is_listed(said.issuer, said.target, facts):
            return
        if voices.has_issued(said.issuer, said.target, facts):
            others = [
                each
                for each in before
                if not voices.is_listed(each.statement.issuer, said.target, facts)
            ]
            if len(others) >= MOST_WORDS:
                raise voices.full(said.target)
            return
    else:
        return  # a key speaks for itself, as `status.read` has checked
    raise Refused(
        "wrong-voice",
        message(
            "{issuer} may not speak about {target} in this registry.",
            issuer=said.issuer,
            target=said.target,
        ),
    )


def _issuer(digest: str, facts: Facts) -> str:
    logged = facts.find(digest)
    if logged is None or logged.kind not in STATED:
        raise Refused(
            "unknown-target",
            message("{digest} is no attestation or assessment in this log.", digest=digest),
        )
    return logged.issuer


def _withdraws(target: str, states: States, facts: Facts) -> dict[str, bool]:
    if not target.startswith(STATEMENT):
        return {}
    digest = target.removeprefix(STATEMENT)
    if facts.heads([heads.successor(digest)]):
        return {}  # what was superseded stays so
    worst = states.worst(_counts(facts, _issuer(digest, facts)))
    return {digest: worst in _WITHDRAWN}


def _unsuperseded(target: str, facts: Facts) -> dict[str, str]:
    """Expect that no successor comes between: it would change what the status does."""
    if not target.startswith(STATEMENT):
        return {}
    name = heads.successor(target.removeprefix(STATEMENT))
    return {name: facts.heads([name]).get(name, heads.NONE)}


def _counts(facts: Facts, issuer: str) -> Callable[[str], bool]:
    return frozenset((issuer, facts.operator)).__contains__
