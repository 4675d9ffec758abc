"""The tools that decide as functions: they propose and record, and never stand in for a person.

What an agent says of itself is not asked of a model, which does not know it: who starts the server
says it once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from openquality.decisions import (
    Damaged,
    DecisionLog,
    Inputs,
    InvalidEvent,
    NoLog,
    Recorded,
    filled,
)
from openquality.mcp.deciding import lines, reading, results
from openquality.mcp.deciding.arguments import (
    Amend,
    End,
    Execute,
    GetDecision,
    ListDecisions,
    Propose,
)
from openquality.mcp.deciding.refusals import NotTheAgents, Unusable
from openquality.mcp.pages import cut, place
from openquality.mcp.results import Part
from openquality.mcp.tools import refuse_elsewhere
from openquality.signing import SigningKey
from openquality_validator import documents, structure
from openquality_validator.decision.event import SCHEMA
from openquality_validator.decision.policy import Policy
from openquality_validator.entry import timestamp
from openquality_validator.envelope import digest
from openquality_validator.findings import Report

AS_DECIDED = "Alternatives by rank, then events in the order of the log."
BY_TIME = "In the order in which they were proposed."
Json = Mapping[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold the log in which an agent decides, its key, what it is, and how records are asked for.

    `agent` is the member of this name of a proposal; `ask` returns the verified inputs that a query
    gives, or raises RegistryError, NetworkError, TooMany or NotVerified.
    """

    log: DecisionLog
    key: SigningKey
    agent: Json
    ask: Callable[[Json], Inputs]

    @classmethod
    def open(
        cls, folder: Path, *, key: SigningKey, agent: bytes, ask: Callable[[Json], Inputs]
    ) -> "Desk":
        """Open a log for an agent.

        Raises NoLog, Damaged, InvalidEvent if `agent` is none, NotTheAgents for a person's key, or
        IdentityError for one that cannot sign.
        """
        desk = cls(DecisionLog(folder), key, documents.parse_object(agent).value, ask)
        found = structure.check_document({"agent": desk.agent}, schema=SCHEMA).findings
        wrong = Report.of([each for each in found if each.pointer.startswith("/agent")])
        if not wrong.valid:
            raise InvalidEvent(wrong)
        desk.policy()
        # A passphrase is had now or never: while the tools run, nobody is at standard input.
        key.sign(b"openquality mcp")
        return desk

    def policy(self) -> Policy | None:
        """Return the policy in force. Raises NotTheAgents if it lists the key for people."""
        policy = self.log.policy()
        if policy is not None and (self.key.did in policy.owners or policy.roles(self.key.did)):
            raise NotTheAgents(self.key.did)
        return policy


class Decisions:
    """Keep decisions with an agent's key; the docstrings of the methods are what a model is told.

    What the policy refuses is a result, since it is recorded. Methods raise the errors that
    `refusals.of` reads.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._log = desk.log

    async def propose_decision(self, asked: Propose) -> results.Recorded:
        """Propose a purchase: the query is asked, its records are verified and kept, and you sign.

        Say why each row is taken or not. The result says whether a person must review it first.
        """
        refuse_elsewhere(asked.query)
        return await _apart(lambda: self._propose(asked))

    async def amend_decision(self, asked: Amend) -> results.Recorded:
        """Replace members of a proposal, each as a whole; reviews so far count no longer.

        To take another row, cancel it and propose anew.
        """
        given = asked.model_dump(exclude_none=True, by_alias=True)
        changes = {name: given[name] for name in given if name not in {"decision", "reasons"}}
        return await self._record(
            asked.decision,
            lambda log, key: log.amend(asked.decision, changes, reasons=asked.reasons, key=key),
        )

    async def execute_decision(self, asked: Execute) -> results.Recorded:
        """Record that a decision is executed, before anything that binds the user is sent.

        Only if the result says `tookEffect` it is executed. Without the review that the policy asks
        for it is refused, and the attempt is kept as nonCompliant.
        """
        return await self._record(
            asked.decision,
            lambda log, key: log.execute(
                asked.decision,
                key=key,
                terms=asked.terms,
                outputs=[text.encode() for text in asked.outputs],
                basis=asked.basis,
            ),
        )

    async def pause_decision(self, asked: End) -> results.Recorded:
        """Stop a decision for now, when in doubt: only a person lets it go on."""
        return await self._record(
            asked.decision,
            lambda log, key: log.pause(asked.decision, reasons=asked.reasons, key=key),
        )

    async def cancel_decision(self, asked: End) -> results.Recorded:
        """Give up what is not executed; of an executed decision only an open amendment falls."""
        return await self._record(
            asked.decision,
            lambda log, key: log.cancel(asked.decision, reasons=asked.reasons, key=key),
        )

    async def get_decision(self, asked: GetDecision) -> results.Decision:
        """Read one decision: where it stands, what it lacks, its alternatives and its events."""
        return await _apart(lambda: self._get(asked))

    async def list_decisions(self, asked: ListDecisions) -> results.Decisions:
        """List the decisions in the user's log, and where each stands."""
        return await _apart(lambda: self._list(asked))

    async def _record(
        self, decision: str, make: Callable[[DecisionLog, SigningKey], Recorded]
    ) -> results.Recorded:
        def record() -> results.Recorded:
            policy = self._desk.policy()
            return reading.recorded(make(self._log, self._desk.key), decision, policy)

        return await _apart(record)

    def _propose(self, asked: Propose) -> results.Recorded:
        policy = self._desk.policy()
        inputs = self._desk.ask(asked.query)
        texts = [file.text.encode() for file in asked.reasoning]
        named = [
            {"digest": digest(data), "mediaType": file.media_type}
            for file, data in zip(asked.reasoning, texts, strict=True)
        ]
        content = {
            "agent": self._desk.agent,
            "objectives": asked.objectives,
            "inputs": inputs.to_json(),
            "alternatives": filled(asked.alternatives, inputs.rows()),
            "confidence": asked.confidence,
            "impact": asked.impact,
            "terms": asked.terms,
            **({"reasoning": named} if named else {}),
            **({"reviewOffered": True} if asked.review_offered else {}),
        }
        made = self._log.propose(
            asked.decision, content, key=self._desk.key, files=(*inputs.files(), *texts)
        )
        return reading.recorded(made, asked.decision, policy)

    def _get(self, asked: GetDecision) -> results.Decision:
        placed = self._log.events(asked.decision)
        book = self._log.book()
        state = book.transactions.get(asked.decision)
        content = state.revision.content if state else {}
        listed = [reading.alternative(each) for each in content.get("alternatives", ())]
        done = [reading.event(each) for each in placed]
        first = place(asked.cursor)

        def make(part: Sequence[Part], following: int | None) -> results.Decision:
            return results.Decision(
                decision=asked.decision,
                status=state.status if state else None,
                basis=state.revision.basis if state else None,
                proposed=timestamp(state.proposed) if state else None,
                chosen=state.rank if state else None,
                impact=reading.money(content.get("impact")),
                terms=reading.money(content.get("terms")),
                awaiting=reading.awaited(state, book.policy),
                order=AS_DECIDED,
                total=len(listed) + len(done),
                first=first + 1,
                alternatives=[each for each in part if isinstance(each, results.Alternative)],
                events=[each for each in part if isinstance(each, results.Event)],
                next=None if following is None else str(following),
            )

        return cut([*listed, *done], first, make, lines.decision)

    def _list(self, asked: ListDecisions) -> results.Decisions:
        book = self._log.book()
        found = [
            reading.summary(state, book.policy)
            for state in book.transactions.values()
            if asked.status in {None, state.status}
        ]
        first = place(asked.cursor)
        shown = found[: first + asked.limit]

        def make(part: Sequence[results.Summary], following: int | None) -> results.Decisions:
            after = following or (len(shown) if len(shown) < len(found) else None)
            return results.Decisions(
                policy=book.policy.name if book.policy else None,
                order=BY_TIME,
                total=len(found),
                first=first + 1,
                decisions=list(part),
                next=None if after is None else str(after),
            )

        return cut(shown, first, make, lines.decisions)


async def _apart(work: Callable[[], Result]) -> Result:
    """Do what waits for files, locks and the registry in a thread of its own."""
    try:
        return await asyncio.to_thread(work)
    except (Damaged, NoLog, OSError) as error:
        raise Unusable(str(error)) from error
