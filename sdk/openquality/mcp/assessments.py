"""What a registry says of a subject under a profile, read into a result, and as text for a model.

Titles and what would close a gap are sentences of the profile, and are given only for a profile
that is shipped with this software, byte for byte; of every other one its ids are shown as labels.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import openquality_schemas
from openquality.mcp import checked
from openquality.mcp.lines import NOTHING, further, joined
from openquality.mcp.pages import MAX_PARTS
from openquality.mcp.results import Part
from openquality_validator import profiles
from openquality_validator.profiles import Profile, State
from openquality_validator.profiles.closing import closes
from openquality_validator.profiles.profile import Indicator as ProfileIndicator

Json = Mapping[str, Any]
MAX_INDICATORS: Final = 500  # of one profile, as its schema has it
MAX_SECTIONS: Final = 50
ORDER = "In the order of the profile."
MEANING = (
    "The registry's own word, by its own list of certifiers and assessors. It is no certificate. "
    "`openquality assess` computes it from the same records under the user's trust file."
)
# docs/spec/profile.md; what follows a colon is a word of our schemas, or a label.
REASONS: Final = frozenset(
    """nothing threshold noBound currencyDiffers tooOld expired surveillanceOverdue relation
    identity independence verification sampleTooSmall periodAhead qualifierDiffers notAccredited
    editionDiffers outOfScope notYetValid auditNotStated certificate openNonconformities
    nonconformitiesNotStated assessorNotListed findingIncomplete evidence notFulfilled
    assessedAsNotApplicable withdrawn conditionDoesNotHold""".split()  # noqa: SIM905
)


class Given(Part):
    """One parameter of the profile, as it was given or by default."""

    name: str | None
    value: str | None


class SectionScore(Part):
    """The points of one section; none are stated where nothing of it applies."""

    id: str | None
    title: str | None
    points: str | None
    of: str | None


class Indicator(Part):
    """One thing that the profile looks at: how it came out, why, until when, and what closes it.

    `statements` are those on which it rests, at most so many as a row shows.
    """

    id: str | None
    title: str | None
    section: str | None
    state: str | None
    reasons: list[str]
    critical: bool | None
    points: str | None
    of: str | None
    assumed: bool
    until: str | None
    statements: list[str]
    closes: str | None


class Assessed(Part):
    """What the log shows about a subject under a profile on a day; no certificate."""

    meaning: str
    profile: str | None
    title: str | None
    version: str | None
    digest: str | None
    subject: str | None
    keys: list[str]
    as_of: str | None
    parameters: list[Given]
    points: str | None
    of: str | None
    level: str | None
    blocked_by: list[str]
    holds_until: str | None
    producers: list[str]
    records: int
    accreditors: int
    sections: list[SectionScore]
    order: str
    total: int
    first: int
    indicators: list[Indicator]
    next: str | None


@cache
def shipped() -> Mapping[str, Profile]:
    """Return the profiles that are shipped with this software, by id."""
    return {
        name: profiles.parse(openquality_schemas.profile(name))
        for name in openquality_schemas.profiles()
    }


def read(answer: Json, subject: str) -> Assessed:
    """Read an answer about a subject that was asked for; all indicators are on its one page."""
    named = checked.members(answer.get("profile"))
    digest = checked.digest(named.get("digest"))
    ours = next((each for each in shipped().values() if each.digest == digest), None)
    level = checked.members(answer.get("level")).get("id")
    given = checked.members(answer.get("parameters"))
    indicators = [
        _indicator(checked.members(each), ours, given)
        for each in checked.items(answer.get("indicators"), MAX_INDICATORS)
    ]
    return Assessed(
        meaning=MEANING,
        profile=_id(named.get("id"), ours),
        title=None if ours is None else ours.title,
        version=checked.label(named.get("version")),
        digest=digest,
        subject=checked.issuer(subject) if subject.startswith("did:") else checked.label(subject),
        keys=checked.subject_keys(subject),
        as_of=checked.day(answer.get("asOf")),
        parameters=[
            Given(name=_id(name, ours), value=_id(value, ours))
            for name, value in list(given.items())[:MAX_PARTS]
        ],
        points=checked.points(answer.get("points")),
        of=checked.points(answer.get("of")),
        level=_id(level, ours),
        blocked_by=_ids(answer.get("blockedBy"), ours),
        holds_until=checked.day(answer.get("holdsUntil")),
        producers=[
            shown
            for each in checked.items(answer.get("producers"), MAX_PARTS)
            if (shown := checked.issuer(each)) is not None
        ],
        records=len(checked.items(answer.get("records"))),
        accreditors=len(checked.items(answer.get("accreditors"))),
        sections=[
            _section(checked.members(each), ours)
            for each in checked.items(answer.get("sections"), MAX_SECTIONS)
        ],
        order=ORDER,
        total=len(indicators),
        first=1,
        indicators=indicators,
        next=None,
    )


def page(
    whole: Assessed, part: Sequence[Indicator], *, first: int, following: int | None
) -> Assessed:
    """Return a part of an assessment; `first` and `following` are places from 0."""
    return whole.model_copy(
        update={
            "indicators": list(part),
            "first": first + 1,
            "next": None if following is None else str(following),
        }
    )


def text(result: Assessed) -> str:
    """Write a page of an assessment."""
    blocked = f", blocked by {', '.join(result.blocked_by)}" if result.blocked_by else ""
    last = result.first + len(result.indicators) - 1
    return joined(
        f"Profile {result.profile} {result.version}, as of {result.as_of}: "
        f"{result.points or NOTHING} of {result.of or NOTHING} points, level "
        f"{result.level or 'none'}{blocked}; what passed holds until "
        f"{result.holds_until or NOTHING}.",
        f"Subject {result.subject}; {result.records} records, producers "
        f"{', '.join(result.producers) or NOTHING}; {result.accreditors} listed by the registry.",
        result.meaning,
        *(f"Parameter {each.name}={each.value}" for each in result.parameters),
        *(
            f"Section {each.id}: {each.points or 'does not apply'} of {each.of}"
            for each in result.sections
        ),
        f"Indicators {result.first} to {last} of {result.total}. {result.order}"
        if result.indicators
        else "No indicators here.",
        *map(_line, result.indicators),
        further(result.next),
    )


def _line(each: Indicator) -> str:
    critical = ", critical" if each.critical else ""
    why = f" ({', '.join(each.reasons)})" if each.reasons else ""
    until = f", until {each.until}" if each.until else ""
    return joined(
        f"{each.id}: {each.state}{critical}{why}, {each.points} of {each.of}{until}"
        f"{f'. {each.title}' if each.title else ''}",
        f"   closes it: {each.closes}" if each.closes else None,
    )


def _indicator(found: Json, ours: Profile | None, given: Json) -> Indicator:
    name = found.get("id")
    known = _known(name, ours)
    state = checked.one_of(found.get("state"), list(State))
    is_open = state not in {State.PASSED, State.NOT_APPLICABLE, None}
    return Indicator(
        id=_id(name, ours),
        title=None if known is None else known.title,
        section=_id(found.get("section"), ours),
        state=state,
        reasons=[
            reason
            for each in checked.items(found.get("reasons"), MAX_PARTS)
            if (reason := _reason(each)) is not None
        ],
        critical=checked.truth(found.get("critical")),
        points=checked.points(found.get("points")),
        of=checked.points(found.get("of")),
        assumed=bool(checked.items(found.get("assumed"))),
        until=checked.day(found.get("until")),
        statements=sorted(
            {
                digest
                for each in checked.items(found.get("records"), MAX_PARTS)
                if (digest := checked.digest(checked.members(each).get("statement"))) is not None
            }
        ),
        closes=_closes(known, ours, given) if is_open else None,
    )


def _known(name: object, ours: Profile | None) -> ProfileIndicator | None:
    if ours is None:
        return None
    return next((each for each in ours.indicators if each.id == name), None)


def _closes(known: ProfileIndicator | None, ours: Profile | None, given: Json) -> str | None:
    if known is None or ours is None:
        return None
    chosen = {
        name: str(value) for name, value in given.items() if value in ours.parameters.get(name, ())
    }
    return closes(known, ours, {**ours.defaults, **chosen})


def _section(found: Json, ours: Profile | None) -> SectionScore:
    name = found.get("id")
    titles = {} if ours is None else {each.id: each.title for each in ours.sections}
    return SectionScore(
        id=_id(name, ours),
        title=None if name is None else titles.get(str(name)),
        points=checked.points(found.get("points")),
        of=checked.points(found.get("of")),
    )


def _ids(value: object, ours: Profile | None) -> list[str]:
    shown = (_id(each, ours) for each in checked.items(value, MAX_PARTS))
    return [each for each in shown if each is not None]


def _id(value: object, ours: Profile | None) -> str | None:
    """Return an id of a shipped profile as it is, and the label of every other one."""
    if not isinstance(value, str):
        return None
    return value if ours is not None and value in _own(ours.id) else checked.label(value)


@cache
def _own(name: str) -> frozenset[str]:
    """Return every id and word that a shipped profile fixes."""
    profile = shipped()[name]
    found = {profile.id, *profile.parameters, *profile.required_evidence}
    found.update(value for values in profile.parameters.values() for value in values)
    found.update(each.id for each in profile.indicators)
    found.update(each.id for each in profile.levels)
    for each in profile.sections:
        found.update((each.id, f"section:{each.id}"))
    found.update(f"evidence:{kind}" for kind in profile.required_evidence)
    return frozenset(found)


def _reason(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    code, colon, rest = value.partition(":")
    shown = code if code in REASONS else checked.label(code)
    return f"{shown}:{checked.label(rest)}" if colon else shown
