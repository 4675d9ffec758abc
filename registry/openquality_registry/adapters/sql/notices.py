"""Open safety notices about the subjects of answer rows, whoever says so."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Engine, Row, select

from openquality_registry.adapters.sql.fact_tables import safety_notices
from openquality_registry.adapters.sql.states import Now, State
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.adapters.sql.tables import subjects as subject_keys
from openquality_validator import subjects
from openquality_validator.evidence import Accreditor, Relation, Standing
from openquality_validator.text import labels

# Strangers may say what they like: theirs come last, and their number does not drown the rest.
MAX_OF_OTHERS = 20
# Identifiers that name a thing wherever it is sold; others are the issuer's own numbers.
_GLOBAL = frozenset({"gtin", "gmn"})


class SqlNotices:
    """Find safety notices. May be called from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def mark(
        self,
        rows: Iterable[dict[str, Any]],
        *,
        accreditors: Sequence[Accreditor] = (),
        state: State | None = None,
    ) -> None:
        """Fill `safetyNotices` of each answer row: newest first, those of strangers last.

        A notice is about the same subject if it names its id or one of its GTINs. `state` is that
        of the log as it is, unless another is named.
        """
        listed = list(rows)
        if not listed:
            return
        keys = self._keys(listed)
        found = self._of({key for each in keys for key in each}, state or Now())
        for row, own in zip(listed, keys, strict=True):
            notices = {
                (each.log_index, each.position): each for key in own for each in found.get(key, ())
            }
            row["safetyNotices"] = _ordered(notices.values(), accreditors)

    def _keys(self, rows: Sequence[Mapping[str, Any]]) -> list[set[str]]:
        """Return the look-up keys that name each row's subject itself."""
        indexes = {value["index"] for row in rows for value in row["values"]}
        k = subject_keys.c
        stated: dict[int, set[str]] = {}
        with self._read.connect() as connection:
            for row in connection.execute(
                select(k.log_index, k.key).where(k.log_index.in_(indexes))
            ):
                if row.key.partition(":")[0] in _GLOBAL:
                    stated.setdefault(row.log_index, set()).add(row.key)
        return [
            set(subjects.id_keys(row["subject"]["id"])).union(
                *(stated.get(value["index"], ()) for value in row["values"])
            )
            for row in rows
        ]

    def _of(self, keys: Collection[str], state: State) -> dict[str, list[Row[*tuple[Any, ...]]]]:
        """Return the notices that look-up finds by each key and whose own subject it names."""
        k, n = subject_keys.c, safety_notices.c
        query = (
            select(k.key, safety_notices, entries.c.digest)
            .join(safety_notices, n.log_index == k.log_index)
            .join(entries, entries.c.log_index == n.log_index)
            .where(k.key.in_(keys), *state.standing(safety_notices))
        )
        found: dict[str, list[Row[*tuple[Any, ...]]]] = {}
        with self._read.connect() as connection:
            for row in connection.execute(query):
                # The keys of a producer stand with all that it makes.
                own = row.key.partition(":")[0] in _GLOBAL
                if own or row.key in set(subjects.id_keys(row.subject)):
                    found.setdefault(row.key, []).append(row)
        return found


def _ordered(
    rows: Iterable[Row[*tuple[Any, ...]]], accreditors: Sequence[Accreditor]
) -> list[dict[str, Any]]:
    newest = sorted(rows, key=lambda row: (row.issued, row.log_index, row.position), reverse=True)
    notices = [_json(row, accreditors) for row in newest]
    strange = [each for each in notices if each["relation"] == Relation.OTHER]
    known = [each for each in notices if each["relation"] != Relation.OTHER]
    return [*known, *strange[:MAX_OF_OTHERS]]


def _json(row: Row[*tuple[Any, ...]], accreditors: Sequence[Accreditor]) -> dict[str, Any]:
    stands = Standing(Relation(row.relation), row.assessed_under)
    return {
        "kind": row.kind,
        "date": row.issued,
        "batches": [labels.label(batch) for batch in orjson.loads(row.batches)],
        "digest": f"sha256:{row.digest.hex()}",
        "claim": row.claim,
        "index": row.log_index,
        "issuer": row.issuer,
        "relation": stands.relation_for(row.issuer, accreditors).value,
    }
