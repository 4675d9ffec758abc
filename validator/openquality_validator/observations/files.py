"""Data that several records name: the same file, or the same figures over data of one shape."""

from collections.abc import Iterator, Sequence

from openquality_validator.message import message
from openquality_validator.observations.marks import Mark, Thing
from openquality_validator.observations.observation import Observation, listed, observed
from openquality_validator.observations.seen import Naming, Seen


def same_file_before(seen: Seen) -> Iterator[Observation]:
    """O001: another issuer named a data file of the record before, about another subject."""
    found = tuple(
        each.first
        for _, own, others in _of(seen, Thing.FILE)
        for each in others
        if each.first < own
    )
    if found:
        yield observed(
            "O001",
            message(
                "A data file of this record was named before by another issuer, about another "
                "subject, in {listed}.",
                listed=listed(found),
            ),
            found,
        )


def same_file_later(seen: Seen) -> Iterator[Observation]:
    """O002: another issuer named a data file of the record later, about another subject."""
    found = tuple(
        each.first if each.first > own else each.last
        for _, own, others in _of(seen, Thing.FILE)
        for each in others
        if each.last > own
    )
    if found:
        yield observed(
            "O002",
            message(
                "Another issuer named a data file of this record after its issuer did, about "
                "another subject, in {listed}.",
                listed=listed(found),
            ),
            found,
        )


def same_file_own(seen: Seen) -> Iterator[Observation]:
    """O003: the issuer names the same data file about another subject too."""
    found = tuple(
        each.first
        for mark, namings in seen.namings.items()
        if mark.thing is Thing.FILE
        for each in namings
        if each.party == seen.issuer and each.subject != seen.subject
    )
    if found:
        yield observed(
            "O003",
            message(
                "The issuer names a data file of this record about another subject too, in "
                "{listed}.",
                listed=listed(found),
            ),
            found,
        )


def same_figures(seen: Seen) -> Iterator[Observation]:
    """O004: an earlier record of another issuer has the same figures, period and shape of data."""
    found = tuple(
        each.first
        for _, own, others in _of(seen, Thing.FIGURES)
        for each in others
        if each.first < own
    )
    if found:
        yield observed(
            "O004",
            message(
                "Metric, period, figures, columns and number of rows are those of an earlier "
                "record of another issuer, about another subject, in {listed}.",
                listed=listed(found),
            ),
            found,
        )


def _of(seen: Seen, thing: Thing) -> Iterator[tuple[Mark, int, Sequence[Naming]]]:
    """Yield each mark, where this issuer first named it, and the namings of others elsewhere."""
    for mark, namings in seen.namings.items():
        if mark.thing is thing:
            own = min((n.first for n in namings if n.party == seen.issuer), default=seen.index)
            others = [n for n in namings if n.party != seen.issuer and n.subject != seen.subject]
            yield mark, own, others
