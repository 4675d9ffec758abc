"""Everything for which a publication or a deprecation is refused, whatever was published before.

    (1) the name     below a namespace of who signs
    (2) the content  at most 262,144 bytes, without hidden characters
    (3) by kind      extension: a schema that may be published, which an engine can compile and
                     that judges a value in bounded time; metrics: a metric set; profile: a profile
    (4) the frame    name and version in the content are those of the publication

The work is counted in steps, so that a hostile document is refused after the same work everywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from openquality_validator import catalogue as catalogues
from openquality_validator import documents, engines
from openquality_validator.compatibility import Schema, lint
from openquality_validator.compatibility.effort import TooMuch, at_most
from openquality_validator.compatibility.reading import parsed
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Severity
from openquality_validator.governance import deprecation, namespace, publication
from openquality_validator.governance.publication import MAX_CONTENT, Publication, SchemaKind
from openquality_validator.message import message
from openquality_validator.text import table

STEPS: Final = 500_000  # about a second; the attestation schema takes a tenth of them
MAX_WEIGHT: Final = 1_000  # subschemas that judge one value; the attestation schema has 207
_CONTENT: Final = "/credentialSubject/content"
_HIDDEN: Final = frozenset(("X002", "X003", "X004", "X005", "X006"))

Json = Mapping[str, Any]
Findings = Iterator[Finding]


def check(credential: Json) -> Findings:
    """Yield what is wrong with a statement about a schema whose shape is valid."""
    said = credential["credentialSubject"]
    owner = credential["issuer"]["id"]
    # (1) The name.
    if not namespace.holds(owner, said["id"]):
        yield _error(
            "Z301",
            "/credentialSubject/id",
            message("{name!r} is in no namespace of {owner}.", name=said["id"][:80], owner=owner),
            message(
                "Name it below one of your own: {spaces}.", spaces=", ".join(namespace.of(owner))
            ),
        )
    if credential["type"][-1] == deprecation.TYPE:
        yield from _days(said)
    else:
        yield from _of_content(publication.read(credential, digest=""))


def _days(said: Json) -> Findings:
    if said.get("removal", said["effective"]) < said["effective"]:
        yield _error(
            "Z306",
            "/credentialSubject/removal",
            message("Readers would refuse the schema before it is deprecated."),
            message("Name a day of removal that is not before the day from which it holds."),
        )


def _of_content(said: Publication) -> Findings:
    # (2) The content.
    if len(said.content) > MAX_CONTENT:
        yield _error(
            "Z302",
            _CONTENT,
            message(
                "The content has {n} bytes, more than {most}.",
                n=len(said.content),
                most=MAX_CONTENT,
            ),
            message("Split it, or shorten its descriptions."),
        )
        return
    try:
        with at_most(STEPS):
            # (3) By kind, and (4) the frame.
            found = list(_KINDS[said.kind](said))
    except (TooMuch, RecursionError):
        yield _error(
            "Z303",
            _CONTENT,
            message("The content is too entangled to be checked in {steps} steps.", steps=STEPS),
            message("Say it in fewer and simpler parts: patterns, alternatives, references."),
        )
        return
    yield from map(_inside, found)


def _extension(said: Publication) -> Findings:
    report = lint(said.content)
    yield from report.findings
    try:
        value = parsed(said.content)
    except InvalidInput:
        return  # which the lint has said
    yield from _hidden(value)
    yield from _frame(value, ("$id", said.id))
    if not report.valid:
        return
    weight = Schema(value, side="new").weight
    if weight > MAX_WEIGHT:
        yield _error(
            "Z304",
            "",
            message(
                "More than {most} subschemas may judge one value of a record.", most=MAX_WEIGHT
            ),
            message(
                "Refer to a schema once where alternatives refer to it several times, above all in "
                "a schema that refers to itself."
            ),
        )
        return
    try:
        engines.published(said.content)
    except ValueError as error:
        yield _error(
            "Z305",
            "",
            message("No engine can use the schema: {reason}.", reason=str(error)[:200]),
            message("Simplify its patterns and numbers."),
        )


def _metrics(said: Publication) -> Findings:
    from openquality_validator import metric_sets

    yield from metric_sets.lint(said.content, id=said.id, version=str(said.version)).findings


def _profile(said: Publication) -> Findings:
    from openquality_validator.profiles import lint as profiles

    try:
        value = documents.parse(said.content)
    except InvalidInput as error:
        yield _error(error.code, "", error.message, error.hint)
        return
    found = list(profiles.check(value, catalogue=catalogues.load()))
    yield from found
    yield from _hidden(value)
    if any(each.severity is Severity.ERROR for each in found):
        return
    yield from _frame(value, ("id", said.name), ("version", str(said.version)))
    owner = value["owner"].get("id", said.owner)
    if owner != said.owner:
        yield _error(
            "Z307",
            "/owner/id",
            message("The profile names {owner} as its owner.", owner=owner),
            message("Publish it as that identity, or name your own."),
        )


_KINDS: Final[Mapping[SchemaKind, Callable[[Publication], Findings]]] = {
    SchemaKind.EXTENSION: _extension,
    SchemaKind.METRICS: _metrics,
    SchemaKind.PROFILE: _profile,
}


def _frame(value: object, *members: tuple[str, str]) -> Findings:
    for member, expected in members:
        found = value.get(member) if isinstance(value, dict) else None
        if found != expected:
            yield _error(
                "Z307",
                f"/{member}",
                message(
                    "The content has the {member} {found!r}, and is published under {expected!r}.",
                    member=member,
                    found=str(found)[:80],
                    expected=expected[:80],
                ),
                message("Write the same in both: records and results name it."),
            )


def _hidden(document: object) -> Findings:
    """Find characters that a program would read and a person would not see."""
    queue: list[object] = [document]
    seen: set[str] = set()
    for item in queue:  # the list grows while it is read
        if isinstance(item, dict):
            queue.extend(item)
            queue.extend(item.values())
        elif isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, str) and not item.isascii():
            content = table.Text(item, machine=True)
            for rule in table.RULES:
                if rule.code in _HIDDEN and rule.code not in seen:
                    for _, said in rule.check(content):
                        seen.add(rule.code)
                        yield Finding(rule.code, rule.severity, "", said, rule.hint)


def _inside(found: Finding) -> Finding:
    """Tell a finding in the content as one of the statement that holds it."""
    at = found.pointer or message("the top")
    said = message("In the content, at {place}: {said}", place=at, said=found.message)
    return Finding(found.code, found.severity, _CONTENT, said, found.hint)


def _error(code: str, at: str, said: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, at, said, hint)
