"""Errors as what a model can mend: findings with the field, the reason and the nearest term.

Of a registry's refusal only codes and places are taken, since its sentences may repeat what a
supplier wrote; the sentences are our own, by code.
"""

from collections.abc import Iterable, Iterator

from mcp_types import CallToolResult, TextContent
from pydantic import ValidationError

from openquality.mcp import checked
from openquality.mcp.pages import MAX_PARTS
from openquality.mcp.results import Problem
from openquality_validator import explain
from openquality_validator.errors import (
    InvalidInput,
    NetworkError,
    OpenQualityError,
    RegistryError,
    UnknownTerm,
)
from openquality_validator.findings import Finding, escape
from openquality_validator.nearest import nearest
from openquality_validator.records import InvalidRecord

MEMBER = "Q011"  # a member of the question is not what it should be
NO_ANSWER = "The registry did not answer, or not as a registry does."
TRY_AGAIN = "Try again later; if it stays so, tell the operator."
MAX_SENTENCE = 400  # characters of a sentence that may repeat what was asked


def result(problems: Iterable[Problem]) -> CallToolResult:
    """Make the error of a tool."""
    shown = list(problems)[:MAX_PARTS]
    lines = [f"{each.code} at {each.at or '/'}: {each.message} {each.hint}" for each in shown]
    text = "\n".join(("Refused. Mend this and ask again:", *lines))
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def of(error: OpenQualityError) -> Iterator[Problem]:
    """Yield what to mend for an error of this software."""
    match error:
        case InvalidRecord():
            yield from map(own, error.report.errors)
        case InvalidInput():
            yield Problem(code=error.code, at="", message=error.message, hint=error.hint)
        case UnknownTerm():
            near = f"Nearest: {', '.join(error.nearest)}." if error.nearest else ""
            yield Problem(
                code="Q001",
                at="/metric",
                message=f"There is no such {error.kind}.",
                hint=f"{near} list_metrics names all.".strip(),
            )
        case RegistryError():
            yield from _foreign(error)
        case NetworkError():
            yield Problem(code="network", at="", message=NO_ANSWER, hint=TRY_AGAIN)
        case _:
            yield Problem(code="failed", at="", message=NO_ANSWER, hint=TRY_AGAIN)


def of_arguments(error: ValidationError, names: Iterable[str]) -> Iterator[Problem]:
    """Yield what to mend in the arguments of a call; the values given are not repeated.

    `names` are the arguments that the tool has.
    """
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        place = "".join(f"/{_place(part)}" for part in each["loc"])
        if each["type"] == "extra_forbidden":
            near = nearest(str(each["loc"][-1]), names, most=1)
            hint = f"Nearest: {near[0]}." if near else f"It has {', '.join(names)}."
            message = "The tool has no such argument."
            yield Problem(code=MEMBER, at=place, message=message, hint=hint)
            continue
        message = each["msg"].removeprefix("Value error, ")
        yield Problem(
            code=MEMBER,
            at=place,
            message=f"{message[:MAX_SENTENCE]}.",
            hint="See the input schema.",
        )


def _foreign(error: RegistryError) -> Iterator[Problem]:
    found = [each for each in error.findings if isinstance(each, Finding)]
    for each in found:
        code = checked.finding_code(each.code) or MEMBER
        said = explain.codes().get(code, {})
        place = "".join(
            f"/{_place(part)}" for part in each.pointer.removeprefix("/").split("/") if part
        )
        yield Problem(
            code=code, at=place, message=said.get("sentence", ""), hint=said.get("hint", "")
        )
    if not found:
        message, hint = _STATUSES.get(error.status, (NO_ANSWER, TRY_AGAIN))
        yield Problem(code=f"http-{error.status}", at="", message=message, hint=hint)


_STATUSES = {
    404: ("The registry holds nothing of this name.", "Look the digest up with lookup."),
    406: ("The statement has no such form.", "Ask for another one."),
    422: ("The registry cannot answer this.", "Narrow the question."),
    429: ("Too many requests.", "Wait before you ask again."),
    503: ("The registry is busy, or cannot answer yet.", "Wait before you ask again."),
}


def own(finding: Finding) -> Problem:
    """Say a finding of ours on what was asked, in its own words."""
    return Problem(
        code=finding.code,
        at=finding.pointer[:MAX_SENTENCE],
        message=finding.message[:MAX_SENTENCE],
        hint=finding.hint[:MAX_SENTENCE],
    )


def _place(part: str | int) -> str:
    text = str(part)
    return text if isinstance(part, int) or text in _NAMES else escape(checked.label(text) or "")


_NAMES = frozenset(
    """query where metric cursor digest digests subjects gtins issuers limit asOf untrustedText
    dimension value unit comparator qualifiers qualifier code text amount subject identifiers
    rank profile producer parameters weight floors certificates scheme relations type granularity
    category""".split()  # noqa: SIM905
)
