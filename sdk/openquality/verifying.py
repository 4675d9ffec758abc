"""What a buyer does offline: verify bundles, and compare what passed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from openquality_validator import bundle as bundles
from openquality_validator import catalogue, metric_sets
from openquality_validator.bundle import Outcome, Verdict
from openquality_validator.compare.measurement import measurements
from openquality_validator.compare.ranking import Indexed
from openquality_validator.compare.side import side_by_side
from openquality_validator.evidence import Accreditor
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust


def verify(
    bundle: bytes,
    *,
    trust: Trust,
    now: datetime | None = None,
    seen: Checkpoint | None = None,
    evidence: Mapping[str, bytes] | None = None,
) -> Verdict:
    """Verify a bundle offline and return the verdict, step by step.

    `trust` says whom to believe; `now` is the time to judge at, by default this moment; `seen` is
    the last checkpoint seen of the log; `evidence` holds raw data by digest (`sha256:…`), from
    which claims are recomputed. Raises nothing for a bad bundle: that is a verdict too.
    """
    # Workbooks and Parquet are read as well, which is a large import.
    from openquality.tables import read_table

    return bundles.verify(
        bundle,
        trust=trust,
        now=now or datetime.now(UTC),
        seen=seen,
        evidence=evidence,
        read_table=read_table if evidence else None,
    )


def compare(
    verdicts: Sequence[Verdict],
    *,
    accreditors: Sequence[Accreditor] = (),
    as_of: date | None = None,
) -> dict[str, Any]:
    """Put the values of verified records side by side, graded against the first one's.

    Takes verdicts that pass: anything else raises ValueError, since only verified values enter a
    comparison. The answer is the one of `POST /v1/compare` (docs/spec/query.md).
    """
    values: list[Indexed] = []
    digests: list[str] = []
    for verdict in verdicts:
        if verdict.overall is not Outcome.PASS or verdict.record is None or verdict.index is None:
            raise ValueError("Only verdicts that pass are compared; look at `verdict.steps`.")
        record = verdict.record
        held = catalogue.load(record.value["catalogueVersion"])
        digests.append(record.digest)
        values.extend(
            Indexed(verdict.index, measurement)
            for measurement in measurements(record, catalogue=held)
        )
    sets = (each for verdict in verdicts if verdict.record for each in verdict.record.valid.sets)
    return side_by_side(
        digests,
        values,
        catalogue=metric_sets.widened(catalogue.load(), metric_sets.newest(sets)),
        as_of=as_of or datetime.now(UTC).date(),
        accreditors=accreditors,
    )
