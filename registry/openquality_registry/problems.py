"""The problems that the registry answers with (RFC 9457): codes, statuses, titles.

`docs/spec/http-errors.md` explains each; a test keeps the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openquality.checking import as_finding
from openquality.wire import Problem
from openquality_registry.log.errors import (
    Conflict,
    LogDamaged,
    LogError,
    LogStopped,
    NotKept,
    OutcomeUnknown,
    Outdated,
    Overloaded,
)
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.findings import Finding
from openquality_validator.message import join, message
from openquality_validator.validate import InvalidRecord

# Each code with its status and title.
CODES: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "invalid-parameter": (400, message("A parameter of the request is not valid.")),
        "token-required": (401, message("This is done only with a token.")),
        "token-wrong": (403, message("The token does not count here.")),
        "scope-missing": (403, message("The token is not for this.")),
        "identity-too-low": (
            403,
            message("This registry admits statements from another level upwards."),
        ),
        "not-found": (404, message("There is nothing at this address.")),
        "unknown-statement": (404, message("No statement with this digest is in the log.")),
        "unknown-term": (404, message("The catalogue does not hold this term.")),
        "unknown-schema": (404, message("There is no such schema here.")),
        "unknown-profile": (404, message("There is no profile of this id.")),
        "unknown-certificate": (404, message("The log says nothing of this certificate.")),
        "unknown-issuer": (404, message("Nothing is known of this issuer.")),
        "unknown-token": (404, message("There is no token of this id.")),
        "unknown-subscription": (404, message("There is no subscription of this id.")),
        "unknown-listing": (404, message("There is no listing of this id.")),
        "no-hosting": (404, message("This registry hosts no identities.")),
        "no-status-lists": (404, message("This registry keeps no status lists.")),
        "unknown-status-list": (404, message("There is no status list of this name.")),
        "no-evidence": (404, message("This registry takes no data files.")),
        "unknown-evidence": (404, message("No data file with this digest was brought here.")),
        "no-tools": (404, message("This registry has no tools for agents.")),
        "unknown-tile": (404, message("There is no such tile, or not yet.")),
        "method-not-allowed": (405, message("This address does not take this method.")),
        "not-acceptable": (406, message("The statement is not available in the asked form.")),
        "wrong-origin": (403, message("Pages of this origin are not answered here.")),
        "wrong-host": (421, message("This registry is not known by this name.")),
        "duplicate-id": (409, message("The issuer has used this id for another statement.")),
        "name-taken": (409, message("Another issuer has this name.")),
        "unknown-target": (
            422,
            message("The statement is about something that is not in this log."),
        ),
        "wrong-log": (422, message("The statement speaks of another log.")),
        "wrong-voice": (422, message("The issuer may not speak about this.")),
        "case-full": (422, message("More was said about this than this registry keeps.")),
        "not-active": (422, message("What the statement builds on is not active.")),
        "too-many-subscriptions": (409, message("There are as many subscriptions as may be.")),
        "outdated": (409, message("Another statement came first.")),
        "evidence-deleted": (410, message("The data file was deleted.")),
        "too-large": (413, message("The request is larger than this registry takes.")),
        "unsupported-media-type": (
            415,
            message("The body is not of a kind that this address takes."),
        ),
        "invalid-statement": (422, message("The statement breaks a rule.")),
        "invalid-question": (422, message("The question breaks a rule.")),
        "not-supported-yet": (
            422,
            message("The statement uses what this registry does not take yet."),
        ),
        "unpublished-schema": (
            422,
            message("The statement pins a schema that is not in this log."),
        ),
        "invalid-listing": (422, message("The listing breaks a rule.")),
        "invalid-registration": (422, message("The identity cannot be registered like this.")),
        "invalid-reservation": (422, message("The request for places is not valid.")),
        "place-not-reserved": (
            422,
            message("The place in the status list is not reserved for this."),
        ),
        "evidence-not-named": (422, message("The statement does not name these data.")),
        "evidence-unreadable": (422, message("The data cannot be read within the limits.")),
        "invalid-deletion": (422, message("The request to delete is not valid.")),
        "receiver-refused": (422, message("This address is brought no events.")),
        "issuer-unreachable": (422, message("The issuer's keys could not be fetched.")),
        "quota-used-up": (429, message("No more statements are taken today.")),
        "too-many-requests": (429, message("This client has sent too many requests.")),
        "internal-error": (
            500,
            message("The registry has failed; nothing is wrong with the request."),
        ),
        "overloaded": (503, message("More work waits than the registry takes.")),
        "not-kept": (503, message("Nothing of the statement was kept.")),
        "outcome-unknown": (
            503,
            message("The statement may be in the log; its receipt is missing."),
        ),
        "log-stopped": (503, message("This registry does not admit statements now.")),
        "not-confirmed": (
            503,
            message("This registry was restored, and its log is not confirmed yet."),
        ),
        "evidence-full": (507, message("There is no room for more data files.")),
    }
)

_OF_THE_LOG: Mapping[type[LogError], str] = MappingProxyType(
    {
        Conflict: "duplicate-id",
        Outdated: "outdated",
        Overloaded: "overloaded",
        NotKept: "not-kept",
        OutcomeUnknown: "outcome-unknown",
        LogStopped: "log-stopped",
        LogDamaged: "log-stopped",
    }
)


@dataclass(eq=False)
class Refused(OpenQualityError):
    """Refuse a request with one of the codes above.

    `detail` says what is wrong here and what to do; `findings` point into the document at fault;
    `headers` go with the answer.
    """

    code: str
    detail: str
    findings: tuple[Finding, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return join(" ", (f"{self.code}:", self.detail))


def problem(code: str, detail: str, findings: tuple[Finding, ...] = ()) -> Problem:
    """Make the problem document of a code."""
    status, title = CODES[code]
    return Problem(status, code, title, detail, findings)


def of(error: OpenQualityError) -> Problem:
    """Turn an error of this software into the problem that is answered.

    Raises the error again if it is none that a client should see.
    """
    match error:
        case Refused():
            return problem(error.code, error.detail, error.findings)
        case InvalidRecord():
            count = len(error.report.errors)
            return problem(
                "invalid-statement",
                message(
                    "1 finding must be mended; `openquality validate` shows the same before "
                    "signing."
                )
                if count == 1
                else message(
                    "{count} findings must be mended; `openquality validate` shows the same "
                    "before signing.",
                    count=count,
                ),
                error.report.findings,
            )
        case InvalidInput():
            return problem(
                "invalid-statement", join(" ", (error.message, error.hint)), (as_finding(error),)
            )
        case LogError() if type(error) in _OF_THE_LOG:
            return problem(_OF_THE_LOG[type(error)], str(error))
        case _:
            raise error
