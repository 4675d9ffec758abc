"""Reconstruct a decision: ask its query again, of its kept records alone.

    (1) the inputs are there: query, answer, checkpoint, trust file, and a bundle for each record
    (2) each bundle verifies under the kept trust file, at the time of the decision
    (3) the query is understood as the answer says that it was
    (4) eligibility, group and order follow from the records' values by the pure code of `compare`
    (5) the rows, their values and scores are those of the kept answer
    (6) the alternatives stand in the order of the answer, and the objectives are its weights

The code that the registry answers with decides here too; nothing is taken from the answer but the
date and the accreditors that it was asked with. What no bundle can prove stays unknown: that no
other record would have ranked higher, and the registry's own word that it recomputed a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from openquality_validator import bundle as bundles
from openquality_validator import catalogue as catalogues
from openquality_validator import documents, metric_sets, query
from openquality_validator.bundle import Outcome, Verdict
from openquality_validator.decision.ranked import Ranked, rank
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import Accreditor, Verification
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message
from openquality_validator.metric_sets import MetricSet
from openquality_validator.query import Query
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.trust import Trust

MAX_ANSWER: Final = 16_777_216  # bytes: some thousand rows

# What of a query can be asked again of records alone. Other members filter or order by what the
# registry's index knows beyond them.
_KNOWN: Final = {
    "": {
        *("subject", "where", "certificates", "floors", "accreditors", "relations", "minSample"),
        *("maxAgeDays", "minPeriodDays", "asOf", "atCheckpoint", "rates", "rank", "fairness"),
        *("limit", "cursor", "facets", "explain", "excludedCursor", "bundles"),
    },
    "subject": {"type", "granularity", "category", "ids", "identifiers", "countries", "regions"},
    "where": {"metric", "comparator", "value", "unit", "of", "target", "qualifiers"},
    "certificates": {"scheme", "edition", "accredited", "on"},
}
_PAGE: Final = {"cursor", "explain", "excludedCursor"}  # what only parts or explains an answer


class Result(StrEnum):
    """Say whether the record alone gives the same ranking."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Replay:
    """Hold what a reconstruction came to; pointers are within the proposal."""

    result: Result
    findings: tuple[Finding, ...]


def replay(content: Mapping[str, Any], files: Mapping[str, bytes], *, moment: datetime) -> Replay:
    """Reconstruct the ranking of a proposal from the kept files, by digest, as of its time."""
    found = tuple(_Replay(content, files, moment).findings())
    if any(each.severity is Severity.ERROR for each in found):
        return Replay(Result.DIFFERS, found)
    return Replay(Result.UNKNOWN if found else Result.SAME, found)


class _Stop(Exception):
    """Leave the reconstruction: what follows needs what is not there."""


class _Replay:
    def __init__(
        self, content: Mapping[str, Any], files: Mapping[str, bytes], moment: datetime
    ) -> None:
        self._content = content
        self._files = files
        self._moment = moment
        self._found: list[Finding] = []

    def findings(self) -> Iterator[Finding]:
        """Yield everything that differs or cannot be known."""
        try:
            self._run()
        except _Stop:
            pass
        except InvalidInput as error:
            self._differs(
                "H050", "/inputs", message("The inputs do not read: {error}", error=error)
            )
        yield from self._found

    def _run(self) -> None:
        # (1) The inputs.
        inputs = self._content.get("inputs")
        if inputs is None:
            raise self._unknown("H051", "/inputs", message("The inputs are withheld."))
        asked = documents.parse_object(self._file(inputs["query"], "/inputs/query")).value
        answer = documents.parse(
            self._file(inputs["answer"], "/inputs/answer"), max_bytes=MAX_ANSWER
        )
        trust = Trust.from_bytes(self._file(inputs["trust"], "/inputs/trust"))
        # (2) The bundles, and the checkpoint.
        verdicts = [
            self._verdict(record, index, trust) for index, record in enumerate(inputs["records"])
        ]
        self._checkpoint(self._file(inputs["checkpoint"], "/inputs/checkpoint"), answer, trust)
        # (3) The query.
        sets = [
            each
            for verdict in verdicts
            if verdict is not None and verdict.record is not None
            for each in verdict.record.valid.sets
        ]
        question = self._question(asked, answer, sets)
        # (4) The ranking.
        ranked = rank(
            question,
            [verdict for verdict in verdicts if verdict is not None],
            groups=[(each["key"] or "", each["family"]) for each in answer["groups"]],
        )
        for scheme in ranked.unproved:
            self._found.append(
                _warning(
                    "H053",
                    "/inputs/records",
                    message("No kept record certifies {scheme}.", scheme=scheme),
                )
            )
        # (5) The answer.
        self._compare(answer, ranked, question)
        # (6) The decision.
        self._alternatives(answer)
        self._objectives(asked)

    def _file(self, digest: str, pointer: str) -> bytes:
        data = self._files.get(digest)
        if data is None:
            raise self._unknown(
                "H051", pointer, message("The file {digest} is not there.", digest=digest)
            )
        return data

    def _verdict(self, record: Mapping[str, str], index: int, trust: Trust) -> Verdict | None:
        pointer = f"/inputs/records/{index}"
        data = self._file(record["bundle"], f"{pointer}/bundle")
        verdict = bundles.verify(data, trust=trust, now=self._moment)
        if verdict.overall is Outcome.FAIL or verdict.record is None or verdict.index is None:
            step = next((s for s in verdict.steps if s.outcome is Outcome.FAIL), verdict.steps[-1])
            self._differs(
                "H052",
                pointer,
                message("The bundle does not verify: {message}", message=step.message),
            )
            return None
        if verdict.record.digest != record["statement"]:
            self._differs(
                "H052", pointer, message("The bundle is of {digest}.", digest=verdict.record.digest)
            )
            return None
        if verdict.overall is not Outcome.PASS:
            self._found.append(
                _warning(
                    "H053", pointer, message("The trust file leaves the bundle's verdict unknown.")
                )
            )
        return verdict

    def _checkpoint(self, note: bytes, answer: Mapping[str, Any], trust: Trust) -> None:
        log = trust.log(answer["log"]["origin"])
        if log is None:
            self._found.append(
                _warning(
                    "H053", "/inputs/checkpoint", message("The trust file does not hold the log.")
                )
            )
            return
        keys = [key.verifier for key in log.keys]
        head = checkpoints.verify(note, origin=log.origin, keys=keys).checkpoint
        if head.size != answer["log"]["size"]:
            self._found.append(
                _warning(
                    "H053",
                    "/inputs/checkpoint",
                    message(
                        "The checkpoint is of {size} entries, the answer of {size2}.",
                        size=head.size,
                        size2=answer["log"]["size"],
                    ),
                )
            )

    def _question(
        self, asked: Mapping[str, Any], answer: Mapping[str, Any], sets: Sequence[MetricSet]
    ) -> Query:
        beyond = list(_beyond(asked))
        if beyond:
            raise self._unknown(
                "H054",
                "/inputs/query",
                message("Records alone cannot answer {beyond}.", beyond=", ".join(beyond)),
            )
        said = answer["query"]["accreditors"]
        published = [Accreditor(each["did"], tuple(each["schemes"])) for each in said["list"]]
        question = query.parse(
            {name: value for name, value in asked.items() if name not in _PAGE},
            catalogue=metric_sets.widened(catalogues.load(), metric_sets.newest(sets)),
            today=date.fromisoformat(answer["query"]["asOf"]),
            published=published if said["from"] == "registry" else (),
        )
        if question.verification is not Verification.RECOMPUTED:
            return question
        self._found.append(_warning("H053", "/inputs/query", _RECOMPUTED))
        return replace(question, verification=Verification.EVIDENCED)

    def _compare(self, answer: Mapping[str, Any], ranked: Ranked, question: Query) -> None:
        rows = answer["rows"]
        whole = answer["total"] == len(rows)
        if (question.rank or question.fairness) and not whole:
            raise self._unknown(
                "H054",
                "/inputs/answer",
                message(
                    "The order depends on all {total} rows, and {count} are kept.",
                    total=answer["total"],
                    count=len(rows),
                ),
            )
        if len(rows) != len(ranked.rows):
            self._differs(
                "H055",
                "/inputs/answer",
                message(
                    "The answer has {count} rows; the records give {count2}{left_out}.",
                    count=len(rows),
                    count2=len(ranked.rows),
                    left_out=_left_out(ranked),
                ),
            )
        for index, (row, again) in enumerate(zip(rows, ranked.rows, strict=False)):
            self._row(index, row, again)

    def _row(self, index: int, row: Mapping[str, Any], again: Mapping[str, Any]) -> None:
        pointer = f"/inputs/answer/rows/{index}"
        for name, kept, got in _row_facts(row, again):
            if kept != got:
                if name == "verification" and kept == "recomputed":
                    self._found.append(_warning("H053", pointer, _RECOMPUTED))
                    continue
                self._differs(
                    "H055",
                    pointer,
                    message(
                        "{name} is {kept} in the answer, {got} from the records.",
                        name=name,
                        kept=kept,
                        got=got,
                    ),
                )
                return  # the first difference of a row explains the others

    def _alternatives(self, answer: Mapping[str, Any]) -> None:
        listed = self._content.get("alternatives")
        if listed is None:
            raise self._unknown("H051", "/alternatives", message("The alternatives are withheld."))
        places = [
            (tuple(each["statements"]), each.get("subject"), index)
            for index, each in enumerate(listed)
            if each.get("statements")
        ]
        rows = [(_statements(row), row["subject"]["id"]) for row in answer["rows"]]
        position = -1
        for statements, subject, index in places:
            match = [
                at
                for at, (kept, about) in enumerate(rows)
                if set(statements) <= set(kept) and subject in {None, about}
            ]
            if not match:
                self._differs(
                    "H056",
                    f"/alternatives/{index}",
                    message("The alternative is no row of the answer."),
                )
            elif match[-1] <= position:
                self._differs(
                    "H056",
                    f"/alternatives/{index}",
                    message(
                        "The alternative ranks {index}, and its row stands before that.",
                        index=index + 1,
                    ),
                )
            else:
                position = next(at for at in match if at > position)

    def _objectives(self, asked: Mapping[str, Any]) -> None:
        weights = {each["metric"]: Decimal(each["weight"]) for each in asked.get("rank", ())}
        stated = self._content.get("objectives")
        if not weights or stated is None:
            return
        own = {each["objective"]: Decimal(each["weight"]) for each in stated}
        shared = {name: own[name] for name in weights if name in own}
        if len(shared) < len(weights) or not _proportional(weights, shared):
            self._differs(
                "H057",
                "/objectives",
                message("The weights of the objectives are not those that the query ranked by."),
            )

    def _differs(self, code: str, pointer: str, message: str) -> None:
        self._found.append(Finding(code, Severity.ERROR, pointer, message, _HINT))

    def _unknown(self, code: str, pointer: str, message: str) -> _Stop:
        self._found.append(_warning(code, pointer, message))
        return _Stop()


_RECOMPUTED: Final = message("That a value was recomputed is the registry's own word.")
_HINT: Final = message("Compare the decision with its inputs: openquality decide show.")
# The sentences of the codes above.
CODES: Final[Mapping[str, str]] = {
    "H050": "The inputs of a decision read as what they should be.",
    "H051": "The inputs of a decision are there; without them nothing is reconstructed.",
    "H052": "Each bundle proves its record at the time of the decision.",
    "H053": "A part of the answer is the registry's own word, or the trust file leaves it open.",
    "H054": "The query can be asked again of the kept records alone.",
    "H055": "The records give the rows, values and scores of the kept answer.",
    "H056": "The alternatives stand in the order of the answer.",
    "H057": "The objectives have the weights that the query ranked by.",
}


def _warning(code: str, pointer: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, pointer, message, _HINT)


def _beyond(asked: Mapping[str, Any]) -> Iterator[str]:
    for name, value in asked.items():
        if name not in _KNOWN[""]:
            yield name
        known = _KNOWN.get(name)
        if known:
            for item in value if isinstance(value, list) else [value]:
                yield from (f"{name}.{inner}" for inner in item if inner not in known)


def _row_facts(row: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield message("the subject"), row["subject"]["id"], again["subject"]["id"]
    yield message("the issuer"), row["issuer"], again["issuer"]
    for kept, got in zip(row["values"], again["values"], strict=True):
        for name in ("metric", "statement", "claim", "value", "rankedOn", "index", "verification"):
            yield name, kept[name], got[name]
    for name, part in (("score", "total"), ("fairness", "rank"), ("fairness", "weighed")):
        yield f"{name}.{part}", row.get(name, {}).get(part), again.get(name, {}).get(part)


def _statements(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value["statement"] for value in row["values"])


def _left_out(ranked: Ranked) -> str:
    reasons = ", ".join(sorted(set(ranked.reasons)))
    return message(" (left out: {reasons})", reasons=reasons) if reasons else ""


def _proportional(first: Mapping[str, Decimal], second: Mapping[str, Decimal]) -> bool:
    one, other = sum(first.values()), sum(second.values())
    return all(first[name] * other == second[name] * one for name in first)
