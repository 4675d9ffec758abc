"""Errors of a decision log as what a model can mend, without a word out of records."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openquality.decisions import FileMissing, InvalidEvent, UnknownTransaction
from openquality.decisions.inputs import MAX_ROWS, NotVerified, TooMany
from openquality.mcp import refusals
from openquality.mcp.refusals import MEMBER
from openquality.mcp.results import Problem
from openquality_validator import explain
from openquality_validator.errors import IdentityError, OpenQualityError
from openquality_validator.findings import Finding
from openquality_validator.message import message

TELL: Final = "Tell the user: openquality decide check says what is wrong."
FOREIGN: Final = ("/alternatives", "/inputs")  # what the registry's answer brought in


@dataclass(eq=False)
class NotTheAgents(OpenQualityError):
    """The key is one that the policy lists for people: no program acts with it."""

    did: str

    def __str__(self) -> str:
        return message(
            "The policy lists {did} as an owner or a reviewer. An agent that could sign as its own "
            "reviewer would need none: give it a key of its own.",
            did=self.did,
        )


@dataclass(eq=False)
class Unusable(OpenQualityError):
    """The log's folder could not be read or written; what was asked for is not recorded."""

    why: str

    def __str__(self) -> str:
        return message(
            "The decision log cannot be used: {why}. See openquality decide check.", why=self.why
        )


def of(error: OpenQualityError) -> Iterator[Problem]:
    """Yield what to mend for an error of a decision tool."""
    match error:
        case InvalidEvent():
            yield from map(_of_event, error.report.errors)
        case UnknownTransaction():
            yield _problem(
                "unknown-decision", "/decision", "The log holds no such decision.",
                "list_decisions names all.",
            )  # fmt: skip
        case TooMany():
            yield _problem(
                "too-many-rows",
                "/query",
                f"The answer has {error.total} rows, and {MAX_ROWS} are kept at most.",
                "Narrow the query.",
            )
        case NotVerified():
            yield _problem(
                "not-verified",
                "/query",
                f"The bundle of {error.statement} does not verify under the user's trust file.",
                "Call verify on it, and tell the user; openquality trust add trusts a log.",
            )
        case FileMissing():
            yield _problem(
                "file-missing", "/terms/documents", f"The log does not hold {error.digest}.",
                "Leave it out; the user attaches documents at the command line.",
            )  # fmt: skip
        case NotTheAgents():
            said = "The user's policy lists this server's key for people."
            hint = "Tell the user to start it with a key of the agent's own."
            yield _problem("wrong-key", "", said, hint)
        case IdentityError():
            said = "The agent's key could not sign: nothing was recorded."
            yield _problem("unusable-key", "", said, "Tell the user to look at the key.")
        case Unusable():
            said = "The user's decision log cannot be read or written: nothing was recorded."
            yield _problem("unusable-log", "", said, TELL)
        case _:
            yield from refusals.of(error)


def _of_event(finding: Finding) -> Problem:
    if not finding.pointer.startswith(FOREIGN):
        return refusals.own(finding)
    said = explain.codes().get(finding.code, {})
    return _problem(
        finding.code or MEMBER, finding.pointer, said.get("sentence", ""), said.get("hint", "")
    )


def _problem(code: str, at: str, message: str, hint: str) -> Problem:
    return Problem(code=code, at=at, message=message, hint=hint)
