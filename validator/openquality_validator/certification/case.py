"""Derive what is open about a certificate or a record from its measures in the order of the log.

    warning                                   appeal → decision
    request → answer → closure: accepted      (ended)
                     → closure: refused       (open again, with the same deadline)
            → appeal → decision: upheld       (ended)
    suspended, revoked (status statements)    appeal → decision

Who may say what, the log that takes it decides (docs/spec/certification.md); the order in which
things can be said is the same for everybody, and stands here.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from openquality_validator import status
from openquality_validator.certification.measure import Kind, Measure, Outcome
from openquality_validator.errors import StatusError
from openquality_validator.message import message
from openquality_validator.status import States, StatusStatement, Voice


@dataclass(frozen=True, slots=True)
class Event:
    """Hold a measure or a status statement, its place in the log, and the day (UTC) it came in."""

    index: int
    admitted: dt.date
    said: Measure | StatusStatement


@dataclass(frozen=True, slots=True)
class Warned:
    """Hold a warning; `is_lifted` if an appeal against it was upheld."""

    said: Measure
    is_lifted: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a corrective-action request with its answers and their closures, in log order."""

    asked: Measure
    deadline: dt.date
    answers: tuple[Measure, ...] = ()
    closures: tuple[Measure, ...] = ()
    is_lifted: bool = False

    @property
    def is_open(self) -> bool:
        """True until it is closed as accepted, or an appeal against it is upheld."""
        return not self.is_lifted and (
            not self.closures or self.closures[-1].outcome is not Outcome.ACCEPTED
        )

    @property
    def awaits_answer(self) -> bool:
        """True if it is the holder's turn, else that of whoever asked."""
        return self.is_open and len(self.answers) == len(self.closures)

    def is_overdue(self, day: dt.date) -> bool:
        """Tell whether it is still open after its deadline."""
        return self.is_open and day > self.deadline


@dataclass(frozen=True, slots=True)
class Appeal:
    """Hold an appeal, the statement that it is against, and the decision once there is one."""

    said: Measure
    against: Measure | StatusStatement
    decision: Measure | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Hold all that was said about a target, and what is open of it.

    `states` is how it stands by each voice.
    """

    target: str
    log: str
    events: tuple[Event, ...] = ()
    states: States = field(default_factory=States)
    warnings: tuple[Warned, ...] = ()
    requests: tuple[Request, ...] = ()
    appeals: tuple[Appeal, ...] = ()

    @property
    def open(self) -> tuple[Request, ...]:
        """The requests that are not ended."""
        return tuple(each for each in self.requests if each.is_open)

    def overdue(self, day: dt.date) -> tuple[Request, ...]:
        """Return the open requests whose deadline lies before a day."""
        return tuple(each for each in self.requests if each.is_overdue(day))

    def as_of(self, day: dt.date) -> "Case":
        """Return the case as it stood at the end of a day (UTC)."""
        past = [each for each in self.events if each.admitted <= day]
        return derive(self.target, past, log=self.log)

    def said(self, digest: str | None) -> Measure | StatusStatement | None:
        """Return the statement with this digest, if it is one of the case."""
        return next((e.said for e in self.events if e.said.digest == digest), None)


def derive(target: str, events: Sequence[Event], *, log: str) -> Case:
    """Follow all that was said about a target, in the order of the log.

    Raises StatusError: U003 for a statement about another target or log, U004 for a place that
    does not rise, U005 and U006 for status statements, U022 to U028 for measures.
    """
    spoken = [
        status.Event(each.index, each.said)
        for each in events
        if isinstance(each.said, StatusStatement)
    ]
    begun = Case(target, log, states=status.derive(target, spoken, log=log))
    return reduce(_follow, events, begun)


def _follow(case: Case, event: Event) -> Case:
    if case.events and event.index <= case.events[-1].index:
        raise StatusError(
            "U004",
            message(
                "The statement at index {index} stands after index {last}.",
                index=event.index,
                last=case.events[-1].index,
            ),
            message("Give the events in the order of the log."),
        )
    said = event.said
    after = replace(case, events=(*case.events, event))
    if isinstance(said, StatusStatement):
        return after
    if (said.target, said.log) != (case.target, case.log):
        raise StatusError(
            "U003",
            message(
                "The measure {digest} is about {target} in the log {log}, not about {target2} in "
                "{log2}.",
                digest=said.digest,
                target=said.target,
                log=said.log,
                target2=case.target,
                log2=case.log,
            ),
            message("Sign a statement for this target and this log."),
        )
    return _STEPS[said.kind](after, said)


def _warned(case: Case, said: Measure) -> Case:
    return replace(case, warnings=(*case.warnings, Warned(said)))


def _asked(case: Case, said: Measure) -> Case:
    assert said.deadline is not None  # as `measure.read` has checked
    return replace(case, requests=(*case.requests, Request(said, said.deadline)))


def _answered(case: Case, said: Measure) -> Case:
    request = _open_request(case, said)
    if not request.awaits_answer:
        raise StatusError(
            "U026",
            message("The request {digest} was answered already.", digest=request.asked.digest),
            message("Wait for the word of whoever asked; if it is refused, answer again."),
        )
    return _with(case, replace(request, answers=(*request.answers, said)))


def _closed(case: Case, said: Measure) -> Case:
    request = _open_request(case, said)
    if said.issuer != request.asked.issuer:
        raise StatusError(
            "U024",
            message(
                "{issuer} did not make the request {digest}, so it cannot close it.",
                issuer=said.issuer,
                digest=request.asked.digest,
            ),
            message("Only whoever asked closes a request."),
        )
    if said.outcome is Outcome.REFUSED and request.awaits_answer:
        raise StatusError(
            "U026",
            message(
                "The request {digest} has no answer that could be refused.",
                digest=request.asked.digest,
            ),
            message("Wait for an answer, or close it as accepted if nothing is asked any more."),
        )
    return _with(case, replace(request, closures=(*request.closures, said)))


def _open_request(case: Case, said: Measure) -> Request:
    request = next((r for r in case.requests if r.asked.digest == said.about), None)
    if request is None:
        raise _not_there(said, message("a corrective-action request"))
    if not request.is_open:
        raise StatusError(
            "U025",
            message("The request {digest} is ended.", digest=request.asked.digest),
            message("Nothing can be said to it any more; a new matter is a new request."),
        )
    return request


def _appealed(case: Case, said: Measure) -> Case:
    against = case.said(said.about)
    if against is None or not _is_appealable(against):
        raise _not_there(said, message("a measure, a suspension or a revocation"))
    if any(each.against.digest == said.about for each in case.appeals):
        raise StatusError(
            "U027",
            message("Against {about} an appeal was made already.", about=said.about),
            message("Wait for the decision on it, which is final."),
        )
    return replace(case, appeals=(*case.appeals, Appeal(said, against)))


def _is_appealable(said: Measure | StatusStatement) -> bool:
    if isinstance(said, StatusStatement):
        return said.voice is not Voice.REINSTATED
    return said.kind.opens or said.outcome is Outcome.REFUSED


def _decided(case: Case, said: Measure) -> Case:
    appeal = next((each for each in case.appeals if each.said.digest == said.about), None)
    if appeal is None:
        raise _not_there(said, message("an appeal"))
    if appeal.decision is not None:
        raise StatusError(
            "U028",
            message("The appeal {about} was decided already.", about=said.about),
            message("A decision is final."),
        )
    decided = replace(appeal, decision=said)
    appeals = tuple(decided if each is appeal else each for each in case.appeals)
    case = replace(case, appeals=appeals)
    return case if said.outcome is Outcome.REJECTED else _lifted(case, appeal.against)


def _lifted(case: Case, against: Measure | StatusStatement) -> Case:
    """Take back what an upheld appeal was against; a state, only its own voice takes back."""
    if isinstance(against, StatusStatement):
        return case
    ended = {against.digest, against.about}  # a request, or the one whose answer was refused
    return replace(
        case,
        warnings=tuple(
            replace(each, is_lifted=True) if each.said.digest == against.digest else each
            for each in case.warnings
        ),
        requests=tuple(
            replace(each, is_lifted=True) if each.asked.digest in ended else each
            for each in case.requests
        ),
    )


def _with(case: Case, request: Request) -> Case:
    same = request.asked.digest
    requests = tuple(request if each.asked.digest == same else each for each in case.requests)
    return replace(case, requests=requests)


def _not_there(said: Measure, what: str) -> StatusError:
    return StatusError(
        "U022",
        message(
            "{about} is not {what} about {target}.",
            about=said.about,
            what=what,
            target=said.target,
        ),
        message("Name in `about` the digest of the statement that this one answers."),
    )


_STEPS: Mapping[Kind, Callable[[Case, Measure], Case]] = {
    Kind.WARNING: _warned,
    Kind.REQUEST: _asked,
    Kind.ACTION: _answered,
    Kind.CLOSURE: _closed,
    Kind.APPEAL: _appealed,
    Kind.DECISION: _decided,
}
