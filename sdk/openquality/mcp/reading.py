"""Answers of a registry, read into results: each value only in the form that it must have."""

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from openquality.mcp import checked
from openquality.mcp.pages import (
    MAX_COMPARED_VALUES,
    MAX_KEYS,
    MAX_NOTICES,
    MAX_PARTS,
    MAX_ROWS,
    MAX_VALUES,
)
from openquality.mcp.results import (
    Asked,
    Comparables,
    Found,
    LeftOut,
    Log,
    LookedUp,
    Notice,
    NotStated,
    Qualifier,
    Row,
    Subject,
    Value,
)
from openquality_validator import kinds, vocabulary
from openquality_validator.compare.answer import NEEDED, order
from openquality_validator.compare.grade import Grade
from openquality_validator.evidence import (
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)

Json = Mapping[str, Any]
_KINDS = tuple(kind.name for kind in kinds.KINDS.values())
LOG_ORDER = "In the order of the log, oldest first."
SIDE_BY_SIDE = (
    "By metric, then in the order in which the records were named; graded against the first one."
)


def comparables(answer: Json, *, first: int, asked: Collection[str] = ()) -> Comparables:
    """Read the answer to a query; `first` is the position of its first row, from 1.

    `asked` are the metrics that the question named.
    """
    shown = checked.items(answer.get("rows"), MAX_ROWS)
    rows = [row(item, first + at, asked) for at, item in enumerate(shown)]
    cursor = checked.cursor(answer.get("next"))
    moved = checked.truth(checked.members(answer.get("fairness")).get("applied")) is True
    ranked = any(item.score is not None for item in rows)
    return Comparables(
        log=log(answer),
        order=order(ranked=ranked, fair=moved),
        fairness_applied=moved,
        total=checked.whole(answer.get("total")),
        first=first,
        rows=rows,
        left_out=[
            left_out(item, asked) for item in checked.items(answer.get("leftOut"), MAX_PARTS)
        ],
        next=None if cursor is None else f"{first + len(rows)}.{cursor}",
    )


def row(item: Any, position: int, asked: Collection[str] = ()) -> Row:  # noqa: ANN401 - any JSON value
    """Read one row of an answer to a question that named these metrics."""
    found = checked.members(item)
    notices = checked.items(found.get("safetyNotices"))
    return Row(
        position=position,
        subject=subject(found.get("subject")),
        issuer=checked.issuer(found.get("issuer")),
        values=[value(each, asked) for each in checked.items(found.get("values"), MAX_VALUES)],
        score=checked.number(checked.members(found.get("score")).get("total")),
        rank_without_fairness=checked.whole(checked.members(found.get("fairness")).get("rank")),
        status=checked.label(found.get("status")),
        safety_notices=[notice(each) for each in notices[:MAX_NOTICES]],
        safety_notices_in_all=len(notices),
        observations=_labels(found.get("observations")),
    )


def subject(item: Any) -> Subject:  # noqa: ANN401 - any JSON value
    """Read what a row is about."""
    found = checked.members(item)
    return Subject(
        label=checked.label(found.get("id")),
        keys=checked.subject_keys(found.get("id")),
        type=checked.one_of(found.get("type"), vocabulary.words()),
        granularity=checked.one_of(found.get("granularity"), vocabulary.words()),
        country=checked.country(found.get("country")),
        size_class=checked.one_of(found.get("sizeClass"), vocabulary.words()),
        contested=checked.truth(found.get("contested")),
    )


def value(item: Any, asked: Collection[str] = ()) -> Value:  # noqa: ANN401 - any JSON value
    """Read one value."""
    found = checked.members(item)
    period = checked.members(found.get("period"))
    return Value(
        metric=checked.metric(found.get("metric"), asked),
        value=checked.number(found.get("value")),
        unit=checked.unit(found.get("unit")),
        lower=checked.number(found.get("lower")),
        upper=checked.number(found.get("upper")),
        ranked_on=checked.number(found.get("rankedOn")),
        n=checked.whole(found.get("n")),
        start=checked.day(period.get("start")),
        end=checked.day(period.get("end")),
        age_days=checked.whole(found.get("ageDays")),
        stale=checked.truth(found.get("stale")),
        valid_until=checked.moment(found.get("validUntil")),
        qualifiers=[
            Qualifier(name=checked.label(name), value=_qualifier(each))
            for name, each in islice(checked.members(found.get("qualifiers")).items(), MAX_PARTS)
        ],
        characteristic=checked.label(found.get("characteristic")),
        verification=checked.one_of(found.get("verification"), list(Verification)),
        independence=checked.one_of(found.get("independence"), list(Independence)),
        relation=checked.one_of(found.get("relation"), list(Relation)),
        identity=checked.one_of(found.get("identity"), list(IdentityLevel)),
        grade=checked.one_of(found.get("grade"), list(Grade)),
        reasons=[
            reason
            for each in checked.items(found.get("reasons"), MAX_PARTS)
            if (reason := checked.reason(each)) is not None
        ],
        statement=checked.digest(found.get("statement")),
        claim=checked.claim(found.get("claim")),
        index=checked.whole(found.get("index")),
    )


def notice(item: Any) -> Notice:  # noqa: ANN401 - any JSON value
    """Read one safety notice."""
    found = checked.members(item)
    return Notice(
        kind=checked.one_of(found.get("kind"), ("recall", "warning")),
        issued=checked.day(found.get("date")),
        issuer=checked.issuer(found.get("issuer")),
        relation=checked.one_of(found.get("relation"), list(Relation)),
        statement=checked.digest(found.get("digest")),
        batches=_labels(found.get("batches"))[:MAX_NOTICES],
        batches_in_all=len(checked.items(found.get("batches"))),
    )


def left_out(item: Any, asked: Collection[str] = ()) -> LeftOut:  # noqa: ANN401 - any JSON value
    """Read how many were left out; what would have been needed is our own sentence."""
    found = checked.members(item)
    reason = checked.reason(found.get("reason"))
    return LeftOut(
        metric=checked.metric(found.get("metric"), asked),
        reason=reason,
        count=checked.whole(found.get("count")),
        needed=NEEDED.get((reason or "").partition(":")[0]),
    )


def log(answer: Json) -> Log:
    """Read which log was asked."""
    found = checked.members(answer.get("log"))
    origin = found.get("origin")
    shown = checked.issuer(f"did:web:{origin}") if isinstance(origin, str) else None
    return Log(
        size=checked.whole(found.get("size")),
        origin=origin if shown == f"did:web:{origin}" else shown,
    )


def compared(answer: Json) -> tuple[list[Value], list[NotStated]]:
    """Read the values of a comparison, and which records state nothing."""
    values: list[Value] = []
    missing: list[NotStated] = []
    for item in checked.items(answer.get("metrics"), MAX_COMPARED_VALUES):
        metric = checked.members(item)
        room = MAX_COMPARED_VALUES - len(values)
        values += [value(each) for each in checked.items(metric.get("values"), room)]
        missing += [
            NotStated(metric=checked.metric(metric.get("metric")), statement=checked.digest(each))
            for each in checked.items(metric.get("notStated"), MAX_ROWS)
        ]
    return values, missing


def looked_up(answer: Json) -> LookedUp:
    """Read a page of a look-up."""
    return LookedUp(
        log=log(answer),
        order=LOG_ORDER,
        items=[found(item) for item in checked.items(answer.get("items"), MAX_ROWS)],
        subjects=[_asked(item) for item in checked.items(answer.get("subjects"), MAX_KEYS)],
        next=checked.cursor(answer.get("next")),
    )


def found(item: Any) -> Found:  # noqa: ANN401 - any JSON value
    """Read one statement of a look-up."""
    read = checked.members(item)
    return Found(
        statement=checked.digest(read.get("digest")),
        index=checked.whole(read.get("index")),
        issuer=checked.issuer(read.get("issuer")),
        kind=checked.one_of(read.get("kind"), _KINDS),
        keys=_keys(read.get("subjects")),
        admitted_at=checked.moment(read.get("admittedAt")),
    )


def _asked(item: Any) -> Asked:  # noqa: ANN401 - any JSON value
    read = checked.members(item)
    return Asked(
        key=_key(read.get("key")),
        producers=len(checked.items(read.get("producers"))),
        contested=read.get("contested") is True,
    )


def _keys(value: object) -> list[str]:
    return [key for each in checked.items(value, MAX_PARTS) if (key := _key(each)) is not None]


def _key(value: object) -> str | None:
    return next(iter(checked.subject_keys(value)), None) or checked.label(value)


def _labels(value: object) -> list[str]:
    shown = (checked.label(each) for each in checked.items(value, MAX_PARTS))
    return [each for each in shown if each is not None]


def _qualifier(value: object) -> str | None:
    """Show a code, or an exact amount with the kind of its quantity; a text is a label."""
    return vocabulary.shown(value) if isinstance(value, str) else None
