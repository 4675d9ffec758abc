"""The data that a decision rests on: asked of a registry once, verified, and kept whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openquality.refused import RefusedInput
from openquality_validator import bundle as bundles
from openquality_validator import documents
from openquality_validator.bundle import Bundle, Outcome
from openquality_validator.envelope import digest
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.trust import Trust

if TYPE_CHECKING:
    from openquality.client import Client

MAX_ROWS = 500  # each with its bundles; a decision among more is a question to narrow
_PAGE = {"cursor", "bundles", "explain", "excludedCursor"}  # what changes no row and no order


@dataclass(eq=False)
class TooMany(RefusedInput):
    """An answer has more rows than a decision keeps."""

    total: int

    def __str__(self) -> str:
        return message(
            "The answer has {total} rows; at most {max_rows} are kept with a decision. "
            "Narrow the query by category, threshold or floors.",
            total=self.total,
            max_rows=MAX_ROWS,
        )


@dataclass(eq=False)
class NotVerified(RefusedInput):
    """A record of the answer does not verify."""

    statement: str
    why: str

    def __str__(self) -> str:
        return message(
            "The bundle of {statement} does not verify: {why} Trust the log first "
            "(openquality trust add), or leave the record out of the decision.",
            statement=self.statement,
            why=self.why,
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold the exact bytes of query, answer, checkpoint and trust file, and of each bundle."""

    query: bytes
    answer: bytes
    checkpoint: bytes
    trust: bytes
    bundles: tuple[bytes, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the member `inputs` of a proposal."""
        return {
            "query": digest(self.query),
            "answer": digest(self.answer),
            "checkpoint": digest(self.checkpoint),
            "trust": digest(self.trust),
            "records": [
                {"statement": digest(Bundle.from_bytes(each).statement), "bundle": digest(each)}
                for each in self.bundles
            ],
        }

    def files(self) -> tuple[bytes, ...]:
        """Return every file that `to_json` names."""
        return (self.query, self.answer, self.checkpoint, self.trust, *self.bundles)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the answer."""
        rows: list[dict[str, Any]] = documents.parse(self.answer, max_bytes=1 << 24)["rows"]
        return rows


def ask(client: "Client", query: Mapping[str, Any], *, trust: Trust) -> Inputs:
    """Ask a registry, fetch a bundle for each record of the answer, and verify them all.

    Raises TooMany, NotVerified, RegistryError or NetworkError.
    """
    asked = {name: value for name, value in query.items() if name not in _PAGE}
    note = client.checkpoint()
    answer = client.query(asked)
    size = checkpoints.parse(note)[0].size
    # A log that grows meanwhile is asked at that size, or its pages would be of several logs.
    if "atCheckpoint" not in asked and (answer["log"]["size"] != size or answer.get("next")):
        asked["atCheckpoint"] = {"size": size}
        answer = client.query(asked)
    answer = _whole(client, asked, answer)
    named = dict.fromkeys(value["statement"] for row in answer["rows"] for value in row["values"])
    found = tuple(client.bundle(each) for each in named)
    return given(asked, answer, checkpoint=note, trust=trust, bundles=found)


def given(
    query: Mapping[str, Any],
    answer: Mapping[str, Any],
    *,
    checkpoint: bytes,
    trust: Trust,
    bundles: Iterable[bytes],
    now: datetime | None = None,
) -> Inputs:
    """Make the inputs of what is there already, and verify the bundles. Raises NotVerified."""
    found = tuple(bundles)
    for each in found:
        _require(each, trust, now or datetime.now(UTC))
    return Inputs(
        query=documents.canonical_any(query),
        answer=documents.canonical_any(answer),
        checkpoint=checkpoint,
        trust=trust.to_bytes(),
        bundles=found,
    )


def filled(
    alternatives: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Fill alternatives, which may state rank, `selected` and `reasons` alone, from the rows.

    A row that no alternative ranks is added as not selected, with the reason `ranked-lower`.
    """
    stated = {each["rank"]: each for each in alternatives}
    made = []
    for place, row in enumerate(rows, start=1):
        own = stated.pop(place, None) or {"reasons": [{"code": "ranked-lower"}]}
        made.append({"rank": place, **_facts(row), "selected": False, **own})
    return [*made, *(dict(each) for each in stated.values())]


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    subject = row["subject"]
    supplier = {
        "id": subject.get("producer") or row["issuer"],
        "sizeClass": subject.get("sizeClass"),
        "country": subject.get("country"),
    }
    facts = {
        "supplier": {name: value for name, value in supplier.items() if value is not None},
        "subject": subject["id"],
        "issuer": row["issuer"],
        "statements": list(dict.fromkeys(value["statement"] for value in row["values"])),
    }
    score = row.get("score", {}).get("total")
    return facts if score is None else {**facts, "score": score}


def _whole(client: "Client", asked: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with the rows of all its pages."""
    if answer["total"] > MAX_ROWS:
        raise TooMany(answer["total"])
    rows, after = list(answer["rows"]), answer.get("next")
    while after:
        page = client.query({**asked, "cursor": after})
        rows.extend(page["rows"])
        after = page.get("next")
    return {**answer, "rows": rows, "next": None}


def _require(data: bytes, trust: Trust, now: datetime) -> None:
    verdict = bundles.verify(data, trust=trust, now=now)
    if verdict.overall is Outcome.PASS:
        return
    step = next(step for step in verdict.steps if step.outcome is not Outcome.PASS)
    failed = (step for step in verdict.steps if step.outcome is Outcome.FAIL)
    statement = verdict.record.digest if verdict.record else digest(data)
    raise NotVerified(statement, next(failed, step).message)
