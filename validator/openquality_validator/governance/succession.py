"""Whether a publication may follow those before it under its name.

    (1) the owner    the first publication binds a URI to its owner, its name and its kind
    (2) the version  a published one never changes, and a later one of its major version is higher
    (3) the change   compatible under the mode in force, within the major version

The work is counted in steps, so that a hostile change is refused after the same work everywhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Protocol

import orjson

from openquality_validator import metric_sets
from openquality_validator.compatibility import Change, Difference, Mode, compare, read
from openquality_validator.compatibility.difference import Direction
from openquality_validator.compatibility.effort import TooMuch, at_most
from openquality_validator.compatibility.failure import Effect
from openquality_validator.compatibility.metric_set import compare_metrics
from openquality_validator.findings import Finding, Severity
from openquality_validator.governance.checking import STEPS
from openquality_validator.governance.publication import Publication, SchemaKind, Version
from openquality_validator.message import message

MAX_EARLIER: Final = 20  # versions of a metric set that one question looks into
MAX_CHANGES: Final = 50  # that one answer lists
_CONTENT: Final = "/credentialSubject/content"


class Earlier(Protocol):
    """What is known of a publication in the log, without its content.

    `content` is the digest of that, `mode` what is in force for what comes after it, and `metrics`
    the qualified names of those that it defines.
    """

    @property
    def digest(self) -> str: ...  # noqa: D102 - the class says what each is
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> SchemaKind: ...  # noqa: D102
    @property
    def version(self) -> Version: ...  # noqa: D102
    @property
    def content(self) -> str: ...  # noqa: D102
    @property
    def mode(self) -> Mode: ...  # noqa: D102
    @property
    def metrics(self) -> tuple[str, ...]: ...  # noqa: D102


Read = Callable[[Earlier], bytes]
"""Find the exact content of an earlier publication."""


def check(
    said: Publication, before: Sequence[Earlier], *, named: str | None, content: Read
) -> Iterator[Finding]:
    """Yield why a publication may not follow those `before` it under its URI, in log order.

    `named` is the URI under which its owner has published the name, if any.
    """
    for rule in (
        _binding(said, before, named),
        _version(said, before),
        _change(said, before, content),
    ):
        found = list(rule)
        yield from found
        if found:
            return  # what follows would be about another question


def _binding(said: Publication, before: Sequence[Earlier], named: str | None) -> Iterator[Finding]:
    if before and before[0].owner != said.owner:
        yield _error(
            "Z311",
            "/credentialSubject/id",
            message("{owner} has published under this name.", owner=before[0].owner),
            message("Publish under a name of your own that nobody has used."),
        )
        return
    bound = before[0].name if before else said.name
    if bound != said.name or named not in {None, said.id}:
        yield _error(
            "Z312",
            "/credentialSubject/name",
            message("The name and the URI of a schema belong together, and one is used already."),
            message(
                "Keep the name that the schema has, or take one that none of your schemas has."
            ),
        )
    if before and before[0].kind is not said.kind:
        yield _error(
            "Z312",
            "/credentialSubject/kind",
            message("The schema has been published as {kind}.", kind=before[0].kind),
            message("Publish another kind under a name of its own."),
        )


def _version(said: Publication, before: Sequence[Earlier]) -> Iterator[Finding]:
    same = [each for each in before if each.version == said.version]
    if same:
        yield _error(
            "Z011" if same[0].content != said.content_digest else "Z313",
            "/credentialSubject/version",
            message("Version {version} is published already.", version=said.version),
            message("Publish the change as a new version; a published one never changes."),
        )
        return
    major = [each for each in before if each.version.major == said.version.major]
    highest = max((each.version for each in major), default=said.version)
    if highest > said.version:
        yield _error(
            "Z314",
            "/credentialSubject/version",
            message("Version {highest} is published already.", highest=highest),
            message("Take a version that is higher than every one of its major version."),
        )


def _change(said: Publication, before: Sequence[Earlier], content: Read) -> Iterator[Finding]:
    if not before or said.kind is SchemaKind.PROFILE:
        return
    if said.kind is SchemaKind.METRICS:
        yield from _lasting(said, before, content)
    mode = before[-1].mode
    against = needed(before, said.version.major, mode)
    try:
        with at_most(STEPS):
            for each in against:
                difference = _difference(said.kind, content(each), said.content)
                yield from _broken(said, each, mode, difference)
    except (TooMuch, RecursionError):
        yield _error(
            "Z315",
            _CONTENT,
            message(
                "Whether the change breaks anything cannot be told in {steps} steps, which counts "
                "as breaking.",
                steps=STEPS,
            ),
            message("Make a smaller change, or publish it as the next major version."),
        )


def needed(before: Sequence[Earlier], major: int, mode: Mode) -> tuple[Earlier, ...]:
    """Return the published versions with which a new one must be compared, the newest first.

    `before` are all publications of the schema in the order of the log. Where each version was
    found compatible with the one before it, in the same directions, so it is with all before:
    every record that the one allows, the next allows. So only the last is compared, and each one
    behind which that chain is broken.
    """
    asked = set(mode.directions)
    own = [(at, each) for at, each in enumerate(before) if each.version.major == major]
    if not asked or not own:
        return ()
    found = [own[-1][1]]
    if not mode.value.endswith("_TRANSITIVE"):
        return tuple(found)
    for (_, each), (later, _) in reversed(list(pairwise(own))):
        # What `later` had to keep to, and was held against `each`, is the mode before it.
        if not asked <= set(before[later - 1].mode.directions):
            found.append(each)
    return tuple(found)


def _difference(kind: SchemaKind, old: bytes, new: bytes) -> Difference:
    if kind is SchemaKind.METRICS:
        return compare_metrics(orjson.loads(old), orjson.loads(new))
    return compare(read(old, side="old"), read(new, side="new"))


def _broken(
    said: Publication, against: Earlier, mode: Mode, difference: Difference
) -> Iterator[Finding]:
    if mode.asks(difference):
        return
    hint = message(
        "The mode is {mode}: undo the change, or publish it as version {major}.0.",
        mode=mode,
        major=said.version.major + 1,
    )
    for change in _of(difference.changes, mode)[:MAX_CHANGES]:
        text = message(
            "Against version {version}, at {place}: {sentence}",
            version=against.version,
            place=(change.old if change.new is None else change.new) or message("the top"),
            sentence=change.sentence,
        )
        yield _error(change.rule, _CONTENT, text, hint)


def _of(changes: Iterable[Change], mode: Mode) -> list[Change]:
    """Return the changes that a mode does not allow."""
    effects = {Direction.BACKWARD: "backward", Direction.FORWARD: "forward"}
    return [
        change
        for change in changes
        if any(getattr(change, effects[each]) is not Effect.KEEPS for each in mode.directions)
    ]


def _lasting(said: Publication, before: Sequence[Earlier], content: Read) -> Iterator[Finding]:
    """Hold each metric to the newest version that has it: what it means never changes."""
    mark = f"{said.id}#"
    defined = {f"{mark}{each['id']}" for each in orjson.loads(said.content)["metrics"]}
    looked: list[Earlier] = []
    for each in reversed(before):
        if defined & set(each.metrics):
            looked.append(each)
            defined -= set(each.metrics)
    if len(looked) > MAX_EARLIER:
        yield _error(
            "Z315",
            _CONTENT,
            message("The metrics come from more than {most} versions.", most=MAX_EARLIER),
            message("Take metrics up again in several steps, or give them new names."),
        )
        return
    contents = [content(each) for each in looked]
    found = metric_sets.lint(
        said.content, id=said.id, version=str(said.version), earlier=contents
    ).findings
    for each_found in found:
        if each_found.severity is Severity.ERROR:
            yield Finding(
                each_found.code, Severity.ERROR, _CONTENT, each_found.message, each_found.hint
            )


def _error(code: str, at: str, said: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, at, said, hint)
