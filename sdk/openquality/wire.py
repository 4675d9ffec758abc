"""The HTTP interface as values: requests to send, answers to read; no socket here.

Both ends use it: the clients write requests and read answers with it, and the registry writes its
problem documents (RFC 9457) and the lines of a batch answer with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from openquality_validator.errors import RegistryError
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message

STATEMENT = "application/vc+jwt"
BUNDLE = "application/vnd.openquality.bundle+json;v=1"
PROBLEM = "application/problem+json"
LINES = "application/x-ndjson"
JSON = "application/json"

PROBLEM_BASE = "https://w3id.org/openquality/problems/"
MAX_ERROR_TEXT = 300  # what is quoted of an answer that is not ours, such as a proxy's page


@dataclass(frozen=True, slots=True)
class Request:
    """Describe one HTTP request.

    `path` is relative to the registry's address. `repeatable` says that sending the same bytes
    twice has the effect of sending them once, so that a client may retry on its own.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold a problem document (RFC 9457, section 3) with our members `code` and `findings`."""

    status: int
    code: str
    title: str
    detail: str = ""
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the document as a JSON object; `findings` only when there are some."""
        document: dict[str, Any] = {
            "type": PROBLEM_BASE + self.code,
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        if self.findings:
            document["findings"] = [finding.to_json() for finding in self.findings]
        return document

    def to_bytes(self) -> bytes:
        """Write the document as JSON."""
        return orjson.dumps(self.to_json())

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, status: int) -> "Problem":
        """Read a problem document leniently: what is missing is filled, what is foreign skipped."""
        return cls(
            status=status,
            code=str(value.get("code") or "unknown"),
            title=str(value.get("title") or message("The registry gave no reason.")),
            detail=str(value.get("detail") or ""),
            findings=tuple(_findings(value.get("findings"))),
        )

    def to_error(self) -> RegistryError:
        """Return the exception that a client raises for this problem."""
        return RegistryError(self.status, self.code, self.title, self.detail, self.findings)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold the answer for one statement: a receipt bundle (canonical bytes) or a problem.

    `status` is 201 for a new entry, 200 for one that was there already, else the problem's.
    """

    status: int
    bundle: bytes | None = None
    problem: Problem | None = None

    def to_line(self) -> bytes:
        """Write one line of a batch answer, with its line end."""
        if self.bundle is not None:
            return b'{"status":%d,"bundle":%s}\n' % (self.status, self.bundle)
        assert self.problem is not None
        line = {"status": self.status, "problem": self.problem.to_json()}
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_line(cls, line: bytes) -> "Outcome":
        """Read one line of a batch answer; raise RegistryError if it is not one."""
        try:
            value = orjson.loads(line)
            status = int(value["status"])
            if "bundle" in value:
                bundle = orjson.dumps(value["bundle"], option=orjson.OPT_SORT_KEYS)
                return cls(status=status, bundle=bundle)
            return cls(status=status, problem=Problem.from_json(value["problem"], status=status))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unreadable(200, line) from None


@dataclass(frozen=True, slots=True)
class Response:
    """Hold what came back: status, header fields with lower-case names, body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the next attempt, if the registry said so (RFC 9110, 10.2.3)."""
        try:
            return max(0.0, float(self.headers.get("retry-after", "")))
        except ValueError:
            return None


def publish(statement: bytes) -> Request:
    """Ask to admit one statement (its exact bytes): a JWS, or JSON such as a line of a DID log."""
    kind = JSON if statement.startswith(b"{") else STATEMENT
    headers = (("content-type", kind), ("accept", f"{BUNDLE}, {PROBLEM}"))
    return Request("POST", "v1/statements", headers, statement)


def register(line: bytes, proofs: Sequence[str]) -> Request:
    """Ask to host an identity: the first line of its DID log, and a proof by each of its keys."""
    headers = (("content-type", JSON), ("accept", f"{BUNDLE}, {PROBLEM}"))
    body = orjson.dumps({"line": line.decode(), "proofs": list(proofs)})
    return Request("POST", "v1/issuers", headers, body)


def reserve(request: str) -> Request:
    """Ask for places in a status list; `request` is signed (`reserving.py`)."""
    headers = (("content-type", JSON), ("accept", f"{JSON}, {PROBLEM}"))
    body = orjson.dumps({"request": request})
    return Request("POST", "v1/status-lists", headers, body, repeatable=False)


def bring(statement: str, data: bytes, media_type: str) -> Request:
    """Bring the data that a published statement names (its digest), to have them recomputed."""
    headers = (("content-type", media_type), ("accept", f"{JSON}, {PROBLEM}"))
    path = f"v1/evidence?statement={quote(statement.removeprefix('sha256:'), safe='')}"
    return Request("POST", path, headers, data)


def evidence(digest: str) -> Request:
    """Ask what is known of a data file, by digest."""
    return fetch(f"v1/evidence/{quote(digest.removeprefix('sha256:'), safe='')}")


def delete_data(digest: str, request: str) -> Request:
    """Ask to delete a data file; `request` is signed (`deleting.py`)."""
    name = quote(digest.removeprefix("sha256:"), safe="")
    path = f"v1/evidence/{name}?request={quote(request, safe='')}"
    return Request("DELETE", path, (("accept", f"{JSON}, {PROBLEM}"),))


def issuer(did: str) -> Request:
    """Ask for an issuer's keys with their history."""
    return fetch(f"v1/issuers/{quote(did, safe=':')}")


def status(digest: str) -> Request:
    """Ask how a statement stands."""
    return fetch(f"v1/status/{quote(digest.removeprefix('sha256:'), safe='')}")


def history(digest: str) -> Request:
    """Ask for the life of a statement."""
    return fetch(f"v1/statements/{quote(digest.removeprefix('sha256:'), safe='')}/history")


def observations(digest: str) -> Request:
    """Ask for what the log shows around a record."""
    return fetch(f"v1/statements/{quote(digest.removeprefix('sha256:'), safe='')}/observations")


def publish_many(statements: Sequence[bytes]) -> Request:
    """Ask to admit several statements; the answer has one line for each, in order."""
    headers = (("content-type", LINES), ("accept", f"{LINES}, {PROBLEM}"))
    return Request("POST", "v1/statements/batch", headers, b"\n".join(statements) + b"\n")


def statement(digest: str, media_type: str = STATEMENT, *, since: int | None = None) -> Request:
    """Ask for one statement by digest (`sha256:…`), in the form that the media type names.

    `since` asks for a bundle that also proves growth from a log of that size.
    """
    headers = (("accept", f"{media_type}, {PROBLEM}"),)
    path = f"v1/statements/{quote(digest.removeprefix('sha256:'), safe='')}"
    return Request("GET", path if since is None else f"{path}?from={since}", headers)


def query(document: Mapping[str, Any]) -> Request:
    """Ask for comparable records; the document is described in docs/spec/query.md."""
    return _ask("v1/query", document)


def lookup(document: Mapping[str, Any]) -> Request:
    """Ask for every statement about the given subjects or by the given issuers."""
    return _ask("v1/lookup", document)


def compare(digests: Iterable[str]) -> Request:
    """Ask for named records side by side."""
    return _ask("v1/compare", {"digests": list(digests)})


def assess(
    profile: str,
    subject: str,
    *,
    as_of: str | None = None,
    producer: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Request:
    """Ask what the log shows about a subject under a profile; `as_of` is a day like 2026-11-20."""
    named = {"asOf": as_of, "producer": producer}
    given = {name: value for name, value in named.items() if value is not None}
    query = urlencode({**(parameters or {}), **given})
    path = f"v1/profiles/{quote(profile, safe='')}/assess/{quote(subject, safe='')}"
    return fetch(f"{path}?{query}" if query else path)


def subscriptions(method: str, path: str, document: Mapping[str, object] | None = None) -> Request:
    """Ask for, make or change subscriptions to events; `path` goes behind their address."""
    headers: tuple[tuple[str, str], ...] = (("accept", f"{JSON}, {PROBLEM}"),)
    body = b""
    if document is not None:
        headers, body = (*headers, ("content-type", JSON)), orjson.dumps(document)
    # Whoever makes one twice has two.
    again = method != "POST" or path != ""
    return Request(method, f"v1/subscriptions{path}", headers, body, repeatable=again)


def fetch(path: str, *, accept: str = JSON) -> Request:
    """Ask for one of the plain resources, such as `v1/metrics` or `checkpoint`."""
    return Request("GET", path, (("accept", f"{accept}, {PROBLEM}"),))


def read(response: Response) -> bytes:
    """Return the body of a good answer, or raise RegistryError with what the registry said."""
    if 200 <= response.status < 300:  # noqa: PLR2004 - the class of good answers
        return response.body
    raise problem(response).to_error()


def read_statement(response: Response, digest: str) -> bytes:
    """Return the exact bytes of a statement, or raise RegistryError if they are not those asked."""
    body = read(response)
    if sha256(body).hexdigest() != digest.removeprefix("sha256:"):
        raise RegistryError(
            response.status,
            "bad-answer",
            message("The statement has another digest than the one asked for."),
            message("Do not use it; tell the registry's operator."),
        )
    return body


def read_json(response: Response) -> dict[str, Any]:
    """Return the JSON object of a good answer, or raise RegistryError."""
    body = read(response)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _unreadable(response.status, body) from None
    if not isinstance(value, dict):
        raise _unreadable(response.status, body)
    return value


def read_outcome(response: Response) -> Outcome:
    """Return the receipt of one published statement, or the problem, as a value."""
    if response.status in {200, 201}:
        return Outcome(response.status, bundle=response.body)
    return Outcome(response.status, problem=problem(response))


def read_outcomes(response: Response, count: int) -> tuple[Outcome, ...]:
    """Return one outcome for each statement sent, or raise RegistryError for the whole batch."""
    lines = [line for line in read(response).split(b"\n") if line]
    if len(lines) != count:
        raise RegistryError(
            response.status,
            "bad-answer",
            message(
                "{count} statements were sent and {count2} lines came back.",
                count=count,
                count2=len(lines),
            ),
            message("Send the same bytes again: a repeated publish is harmless."),
        )
    return tuple(Outcome.from_line(line) for line in lines)


def problem(response: Response) -> Problem:
    """Read the problem that a refusing answer carries, whoever wrote it."""
    try:
        value = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict) and "code" in value:
        return Problem.from_json(value, status=response.status)
    if 300 <= response.status < 400:  # noqa: PLR2004 - the class of redirects
        where = response.headers.get("location", "elsewhere")
        return Problem(
            response.status,
            "redirected",
            message("The address redirects, and redirects are not followed."),
            message("If you trust it, use {where} as the registry's address.", where=where),
        )
    return Problem(
        response.status,
        "not-a-registry",
        message("The answer is not one of an OpenQuality registry."),
        f"Check the address. It begins: {_quoted(response.body)}",
    )


def _ask(path: str, document: Mapping[str, Any]) -> Request:
    headers = (("content-type", JSON), ("accept", f"{JSON}, {PROBLEM}"))
    return Request("POST", path, headers, orjson.dumps(document))


def _findings(value: object) -> Iterable[Finding]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            severity = Severity.WARNING if item.get("severity") == "warning" else Severity.ERROR
            texts = (str(item.get(name, "")) for name in ("pointer", "message", "hint"))
            yield Finding(str(item.get("code", "")), severity, *texts)


def _quoted(body: bytes) -> str:
    text = body[:MAX_ERROR_TEXT].decode("utf-8", "replace")
    return repr("".join(c if c.isprintable() else " " for c in text).strip())


def _unreadable(status: int, body: bytes) -> RegistryError:
    return RegistryError(
        status, "bad-answer", message("The answer cannot be read."), f"It begins: {_quoted(body)}"
    )
