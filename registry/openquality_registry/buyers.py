"""What buyers ask a running registry, whoever carries the question: HTTP, a page, an agent's tool.

A question is parsed and answered, and every row gets what is known of its subject beside the
values: who claims to make it, open safety notices, and what the log shows around the values.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from openquality.checking import as_finding
from openquality_registry import defined
from openquality_registry.adapters.sql.states import Now, Past, State
from openquality_registry.answering import answer
from openquality_registry.bootstrap import Parts
from openquality_registry.problems import Refused
from openquality_validator import query as queries
from openquality_validator.compare.side import side_by_side
from openquality_validator.errors import InvalidInput, ProofError
from openquality_validator.message import message
from openquality_validator.query import InvalidQuery, Query
from openquality_validator.query_findings import MAX_WITH_BUNDLES


def ask(parts: Parts, document: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a query document. Waits for the database; raises Refused with findings."""
    question = parse(parts, document)
    origin = parts.folder.origin
    try:
        found = answer.query(question, parts.index, origin=origin, size=parts.published_size())
    except InvalidInput as error:
        raise Refused("invalid-question", str(error), (as_finding(error),)) from None
    state: State = Now() if question.size is None else Past(origin, question.size)
    parts.claimants.mark(found["rows"], state=state)
    parts.notices.mark(found["rows"], accreditors=question.accreditors, state=state)
    parts.surroundings.mark(found["rows"], state=state)
    if question.bundles:
        found["bundles"] = _bundles(parts, found)
    return found


def parse(parts: Parts, document: Mapping[str, Any]) -> Query:
    """Read a query document as this registry does; raises Refused with findings."""
    try:
        question = queries.parse(
            document,
            catalogue=defined.catalogue_of(
                defined.asked(document),
                catalogue=parts.catalogue,
                schemas=parts.schemas,
                size=_size(document),
            ),
            today=parts.clock.now().date(),
            published=parts.folder.accreditors,
        )
    except InvalidQuery as error:
        raise Refused(
            "invalid-question", message("The query is not valid."), error.report.findings
        ) from None
    if question.bundles and "limit" not in document:
        return replace(question, limit=min(question.limit, MAX_WITH_BUNDLES))
    return question


def compare(parts: Parts, digests: Sequence[str], *, as_of: dt.date) -> dict[str, Any]:
    """Put the values of named statements side by side. Waits for the database."""
    values = parts.index.of(digests)
    names = {value.measurement.metric for value in values}
    catalogue = defined.catalogue_of(names, catalogue=parts.catalogue, schemas=parts.schemas)
    return side_by_side(digests, values, catalogue=catalogue, as_of=as_of)


def _size(document: Mapping[str, Any]) -> int | None:
    """Return the size of the log at which a document asks, if it says so rightly."""
    at = document.get("atCheckpoint")
    size = at.get("size") if isinstance(at, dict) else None
    return size if type(size) is int else None


def _bundles(parts: Parts, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bundle of each statement that the rows show, under the newest checkpoint.

    A statement that was committed a moment ago and is not published yet has none.
    """
    shown = {value["statement"] for row in found["rows"] for value in row["values"]}
    bundles = {}
    for digest, logged in sorted(parts.folder.store.find_many(sorted(shown)).items()):
        statement = parts.folder.store.statement(digest)
        assert statement is not None
        try:
            data = parts.bundler.full(logged, statement, catalogue=parts.catalogue)
        except ProofError:
            continue
        bundles[digest] = orjson.loads(data)
    return bundles
