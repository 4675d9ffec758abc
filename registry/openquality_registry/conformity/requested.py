"""Corrective-action requests that followed a deviation: those about a record it follows from."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from openquality_registry import certification
from openquality_registry.adapters.sql.deviations import SqlDeviations
from openquality_registry.ports import Store
from openquality_validator import certification as measures
from openquality_validator import status
from openquality_validator.certification import Request
from openquality_validator.conformity import Deviation
from openquality_validator.errors import StatusError


def shown(
    found: Sequence[Deviation],
    kept: SqlDeviations,
    store: Store,
    *,
    log: str,
    today: dt.date,
) -> list[dict[str, Any]]:
    """Write deviations, each with the requests about the records that it follows from.

    A request stands beside the deviation, and neither closes the other: the deviation follows from
    data, the request from what people say.
    """
    digests = {digest for each in found for digest, _ in each.found.sources}
    asked = kept.asked_about({status.statement_target(digest) for digest in digests})
    requests = {
        digest: _requests(digest, store, log, today)
        for digest in digests
        if status.statement_target(digest) in asked
    }
    return [
        {
            **each.to_json(),
            "requests": [
                request
                for digest in sorted({digest for digest, _ in each.found.sources})
                for request in requests.get(digest, ())
            ],
        }
        for each in found
    ]


def _requests(digest: str, store: Store, log: str, today: dt.date) -> list[dict[str, Any]]:
    target = status.statement_target(digest)
    try:
        events = certification.events(store.said_about(target), log=log)
        case = measures.derive(target, events, log=log)
    except StatusError:
        return []  # the chain is broken, which a monitor names
    return [_request(each, digest, today) for each in case.requests]


def _request(request: Request, about: str, today: dt.date) -> dict[str, Any]:
    return {
        "statement": request.asked.digest,
        "about": about,
        "issuer": request.asked.issuer,
        "reason": request.asked.reason,
        "deadline": request.deadline.isoformat(),
        "state": _state(request),
        "overdue": request.is_overdue(today),
    }


def _state(request: Request) -> str:
    if not request.is_open:
        return "lifted" if request.is_lifted else "closed"
    return "requested" if request.awaits_answer else "answered"
