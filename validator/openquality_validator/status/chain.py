"""Derive how something stands from its status statements in the order of the log.

One chain for each target, whoever speaks: each statement names the one before it. Each voice (an
issuer of status statements) has a state of its own; whose word counts, the reader decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from openquality_validator.errors import StatusError
from openquality_validator.message import message
from openquality_validator.status.statement import State, StatusStatement, Voice


@dataclass(frozen=True, slots=True)
class Event:
    """Hold a status statement and its place in the log."""

    index: int
    statement: StatusStatement


@dataclass(frozen=True, slots=True)
class Successor:
    """Hold the attestation that supersedes another one, and its place in the log."""

    index: int
    digest: str


@dataclass(frozen=True, slots=True)
class States:
    """Hold how a target stands by each voice, and the digest of the newest statement."""

    by_voice: Mapping[str, State] = field(default_factory=lambda: MappingProxyType({}))
    newest: str | None = None

    def of(self, did: str) -> State:
        """Return how the target stands by one voice; active if it has said nothing."""
        return self.by_voice.get(did, State.ACTIVE)

    def worst(self, counts: Callable[[str], bool]) -> State:
        """Return the worst state among the voices that count."""
        order = list(State)
        said = [state for did, state in self.by_voice.items() if counts(did)]
        return max(said, key=order.index, default=State.ACTIVE)


def derive(target: str, events: Sequence[Event], *, log: str) -> States:
    """Follow the chain of a target in log order.

    Raises StatusError: U003 for a statement about another target or log, U004 for a place that
    does not rise, U005 for a wrong `previous`, U006 for a voice that says what its state forbids.
    """
    states: dict[str, State] = {}
    newest: str | None = None
    last = -1
    for event in events:
        said = event.statement
        if said.target != target or said.log != log:
            raise StatusError(
                "U003",
                message(
                    "The status statement {digest} is about {target} in the log {log}, not about "
                    "{target2} in {log2}.",
                    digest=said.digest,
                    target=said.target,
                    log=said.log,
                    target2=target,
                    log2=log,
                ),
                message("Sign a statement for this target and this log."),
            )
        if event.index <= last:
            raise StatusError(
                "U004",
                message(
                    "The status statement at index {index} stands after index {last}.",
                    index=event.index,
                    last=last,
                ),
                message("Give the events in the order of the log."),
            )
        if said.previous != newest:
            raise StatusError(
                "U005",
                message(
                    "The status statement {digest} follows {value}, and the newest one before it "
                    "is {value2}.",
                    digest=said.digest,
                    value=said.previous or message("none"),
                    value2=newest or message("none"),
                ),
                message("Get the newest status of the target, and make the statement anew."),
            )
        states[said.issuer] = follow(states.get(said.issuer, State.ACTIVE), said.voice)
        newest, last = said.digest, event.index
    return States(MappingProxyType(states), newest)


def follow(state: State, voice: Voice) -> State:
    """Return the state after a voice spoke, or raise StatusError (U006). Revoked is final."""
    match state, voice:
        case State.REVOKED, _:
            raise StatusError(
                "U006",
                message(
                    "It is revoked already, which is final; {voice} cannot be said after it.",
                    voice=voice,
                ),
                message("Publish a new record instead."),
            )
        case _, Voice.REVOKED:
            return State.REVOKED
        case State.ACTIVE, Voice.SUSPENDED:
            return State.SUSPENDED
        case State.SUSPENDED, Voice.REINSTATED:
            return State.ACTIVE
        case _:
            raise StatusError(
                "U006",
                message(
                    "It is {state} by this voice, so {voice} changes nothing.",
                    state=state,
                    voice=voice,
                ),
                message("Suspend what is active, reinstate what is suspended."),
            )
