"""Try fixes, and keep those after which the finding is gone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from openquality_validator import documents, positions
from openquality_validator import validate as rules
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, Severity, at
from openquality_validator.fixes.fix import Fix, apply
from openquality_validator.fixes.menders import MENDERS, NAMES
from openquality_validator.fixes.spot import Spot

MOST_ROUNDS: Final = 6  # what one fix uncovers, the next one mends: shape, then terms, then sums
MOST_TRIES: Final = 12  # of menders at one place


@dataclass(frozen=True, slots=True)
class Mended:
    """Hold the text of a record after its fixes, in the order in which they were made.

    `report` is that of the mended record; `fixes` is empty where nothing could be mended. The
    places of a fix are those of the text that it was made in.
    """

    data: bytes
    fixes: tuple[Fix, ...]
    report: Report


def mend(data: bytes, report: Report) -> Mended:
    """Make every safe fix of an unsigned record, and check it again."""
    made: list[Fix] = []
    for _ in range(MOST_ROUNDS):
        found = tuple(safe(data, report).values())
        if not found:
            break
        data = apply(data.decode(), found).encode()
        report = _check(data)
        made.extend(found)
    return Mended(data, tuple(made), report)


def safe(data: bytes, report: Report) -> Mapping[Finding, Fix]:
    """Return for each finding the fix after which it is gone, where there is one.

    All are tried together, and those that failed are replaced by the next proposal for the same
    place, until none is left.
    """
    tries = dict(_tries(data, report))
    kept: dict[Finding, Fix] = {}
    has_failed = False
    for _ in range(MOST_TRIES):
        trial = {finding: fix for finding, rest in tries.items() if (fix := next(rest, None))}
        tries = {finding: tries[finding] for finding in trial}
        if not trial:
            break
        after = _check(apply(data.decode(), (*kept.values(), *trial.values())).encode())
        for finding, fix in trial.items():
            if _is_mended(finding, after):
                kept[finding] = fix
                del tries[finding]
            else:
                has_failed = True
    if has_failed and kept:
        # They held beside fixes that did not: alone they must hold as well.
        after = _check(apply(data.decode(), kept.values()).encode())
        kept = {finding: fix for finding, fix in kept.items() if _is_mended(finding, after)}
    return kept


def _is_mended(finding: Finding, after: Report) -> bool:
    return not any(
        each.pointer == finding.pointer and (each.code == finding.code or each.code[0] in "DS")
        for each in after.findings
    )


def _tries(data: bytes, report: Report) -> Iterator[tuple[Finding, Iterator[Fix]]]:
    wanted = [finding for finding in report.findings if finding.code in MENDERS]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    if not wanted:
        return
    try:
        record: Any = orjson.loads(data)
    except orjson.JSONDecodeError:
        record = {}
    if "proof" in record:
        return  # who signed it meant it as it stands
    spans = positions.spans(text, {finding.pointer for finding in wanted})
    taken: set[tuple[int, int]] = set()
    for finding in wanted:
        span = spans[finding.pointer]
        # Two findings about one value are mended by one fix.
        if not span.is_missing and (span.start, span.end) not in taken:
            taken.add((span.start, span.end))
            parent = at(record, finding.pointer.rpartition("/")[0])
            spot = Spot(finding, text, span, record, parent, at(record, finding.pointer))
            yield finding, _proposed(spot)


def _proposed(spot: Spot) -> Iterator[Fix]:
    code = spot.finding.code
    start, end = spot.span.start, spot.span.end
    if code in NAMES and spot.span.name:
        start, end = spot.span.name
    place = positions.Position.of(spot.text, start)
    tried = {spot.text[start:end]}
    for mender in MENDERS[code]:
        for value, what in mender(spot):
            after = orjson.dumps(value).decode()
            if value is None:
                start, end, after = 0, 1, ""
            if after not in tried:
                tried.add(after)
                before = spot.text[start:end]
                yield Fix(code, spot.finding.pointer, start, end, before, after, what, place)


def _check(data: bytes) -> Report:
    try:
        return rules.validate(documents.parse_object(data))
    except InvalidInput as error:
        return Report((Finding(error.code, Severity.ERROR, "", error.message, error.hint),))
