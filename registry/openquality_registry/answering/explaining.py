"""Each exclusion of an answer with its reason, page by page: `explain` of a query."""

from collections.abc import Mapping, Sequence
from typing import Any

from openquality_registry.answering import cursors
from openquality_registry.answering.cursors import Place
from openquality_registry.answering.found import Found
from openquality_registry.answering.index import Excluded, Index
from openquality_validator.compare.answer import NEEDED
from openquality_validator.query import Query

PAGE = 100  # exclusions in one answer
_START: Place = (0, -1, "")


def excluded_json(
    question: Query,
    found: Sequence[Found],
    index: Index,
    *,
    missing: Mapping[int, Sequence[Excluded]],
) -> dict[str, Any]:
    """List what was left out, in the order of metrics, then of the log, and where to go on.

    `missing` holds, by the number of the metric, what the join left out. Raises InvalidInput
    (Q009).
    """
    first, *_ = start = cursors.excluded(question) or _START
    items: list[tuple[int, Excluded]] = []
    for number in range(first, len(found)):
        place = start[1:] if number == first else _START[1:]
        besides = [*found[number].besides, *missing.get(number, ())]
        more = _page(found[number], index, besides, place, PAGE + 1 - len(items))
        items += [(number, each) for each in more]
        if len(items) > PAGE:
            break
    shown = items[:PAGE]
    last = shown[-1] if len(items) > PAGE else None
    return {
        "items": [
            {
                "metric": found[number].where.metric.id,
                "subject": each.subject,
                "issuer": each.issuer,
                "statement": each.statement,
                "claim": each.claim,
                "index": each.index,
                "reason": each.reason,
                "needed": NEEDED[each.reason.split(":", maxsplit=1)[0]],
            }
            for number, each in shown
        ],
        "next": None
        if last is None
        else cursors.write(question, (last[0], last[1].index, last[1].claim)),
    }


def _page(
    found: Found,
    index: Index,
    besides: Sequence[Excluded],
    after: tuple[int, str],
    limit: int,
) -> list[Excluded]:
    group = None if found.priced is not None else found.group
    listed = index.excluded(found.scope, found.conditions, group, after=after, limit=limit)
    rest = [each for each in besides if (each.index, each.claim) > after]
    return sorted((*listed, *rest), key=lambda each: (each.index, each.claim))[:limit]
