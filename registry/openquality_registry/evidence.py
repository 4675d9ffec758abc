"""Data files that people bring for a statement in the log, and what this registry makes of them.

The digest in the statement binds the data, so whoever has the file may bring it: nothing can be
forged, and what is not named is not taken. What the registry then says, that it computed a claim
again, is its own word; a verifier with the file computes for itself.
"""

import importlib.util
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from openquality.deleting import DELETION
from openquality_registry import asked
from openquality_registry.access.gate import Caller, Gate
from openquality_registry.adapters.evidence_files import EvidenceFiles
from openquality_registry.adapters.sql.evidence import Held, Result, SqlEvidence
from openquality_registry.facts import Facts
from openquality_registry.pinning import Contents
from openquality_registry.ports import Clock
from openquality_registry.problems import Refused
from openquality_registry.recomputing import Recomputer
from openquality_validator import envelope, kinds, metric_sets
from openquality_validator.entry import timestamp
from openquality_validator.message import message

PAGE = 1_000  # results in one answer
PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Limits:
    """Say how many bytes a data file may have (0 takes none), and all of them together."""

    file: int
    total: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold what is told of a data file, and whether its bytes are new here."""

    held: Held
    results: Sequence[Result]
    created: bool = False
    more: bool = False


class Evidence:
    """Take data files, compute claims again, tell what came of it. Safe from any thread."""

    def __init__(
        self,
        rows: SqlEvidence,
        files: EvidenceFiles,
        *,
        facts: Facts,
        gate: Gate,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._rows = rows
        self._files = files
        self._facts = facts
        self._gate = gate
        self._clock = clock
        self.limits = limits
        self._recomputer = Recomputer()
        self._one = threading.Lock()  # a file is written or deleted, with its row
        files.keep_only(rows.kept())

    def record(self, statement: str) -> Mapping[str, Any]:
        """Return the record that a data file is brought for. Raises Refused."""
        if not self.limits.file:
            raise Refused(
                "no-evidence",
                message(
                    "This registry takes no data. Whoever has them recomputes with `openquality "
                    "verify --evidence`."
                ),
            )
        data = self._facts.statement(statement)
        logged = self._facts.find(statement)
        if data is None or logged is None or logged.kind != kinds.ATTESTATION:
            raise Refused(
                "unknown-statement",
                message(
                    "No record {statement} is in this log. Publish it first, then bring its data.",
                    statement=statement,
                ),
            )
        return envelope.credential(envelope.parse_envelope(data).payload).value

    def take(self, statement: str, data: bytes, caller: Caller) -> Shown:
        """Compute the claims again that name these data; keep the data and what came of it.

        The same data for the same statement get the first answer. Raises Refused, and for what
        cannot be kept nothing is.
        """
        record = self.record(statement)
        logged = self._facts.find(statement)
        assert logged is not None  # by `record`; entries stay
        digest = f"sha256:{sha256(data).hexdigest()}"
        pins = Contents(self._facts)
        whole = metric_sets.joined(record, metric_sets.pinned(record, pins))
        _check_named(whole.document, statement, digest)
        held = self._rows.find(digest)
        if held is not None and held.deleted_at is not None:
            raise _deleted(held)
        results = self._rows.results(digest, index=logged.index)
        if held is not None and results:
            self._restore(digest, data)
            return Shown(held, results)
        self._gate.permit_evidence(logged.issuer, caller)
        self._check_room(held, len(data))
        try:
            found = self._recomputer.recompute(record, data, schemas=pins.of(record))
        except OSError as error:
            raise _not_kept(error) from None
        if found is None:
            raise Refused(
                "evidence-unreadable",
                message(
                    "Reading these data takes more memory or time than they get here, or breaks "
                    "the reader. Nothing was kept. Save the table as CSV, with nothing else in "
                    "the file."
                ),
            )
        now = timestamp(self._clock.now())
        new = [
            Result(logged.index, statement, claim, outcome, findings, now)
            for claim, (outcome, findings) in sorted(found.items())
        ]
        self._keep(Held(digest, len(data), now), new, data)
        kept = self._rows.find(digest)
        assert kept is not None
        return Shown(kept, self._rows.results(digest, index=logged.index), created=True)

    def show(self, digest: str, *, after: tuple[int, str] = (-1, "")) -> Shown:
        """Tell what is known of a data file. Raises Refused for one that was never received."""
        held = self._known(digest)
        results = self._rows.results(digest, after=after, limit=PAGE + 1)
        return Shown(held, results[:PAGE], more=len(results) > PAGE)

    def of(self, digest: str, *, index: int) -> Shown | None:
        """Tell what a data file gave for the statement at an index, or None if it never came."""
        held = self._rows.find(digest)
        return None if held is None else Shown(held, self._rows.results(digest, index=index))

    def delete(self, digest: str) -> Held:
        """Delete the bytes of a data file, for good; its digest and what it gave stay.

        Raises Refused for one that was never received.
        """
        self._known(digest)
        with self._one:
            # First the row: if this is broken off, the file goes when the registry starts.
            held = self._rows.delete(digest, timestamp(self._clock.now()))
            assert held is not None
            self._files.delete(digest)
        return held

    def delete_as_asked(self, digest: str, request: str) -> Held:
        """Delete, as a signed request by an issuer wants it for whose record the data came.

        Raises Refused.
        """
        issuer, claims = asked.read(
            request,
            typ=DELETION,
            members=frozenset({"evidence"}),
            facts=self._facts,
            now=self._clock.now(),
            wrong=_wrong,
        )
        self._known(digest)
        if claims["evidence"] != digest:
            raise _wrong(
                message(
                    "It is about {evidence}, not about {digest}.",
                    evidence=str(claims["evidence"])[:80],
                    digest=digest,
                )
            )
        if not self._rows.is_of(digest, issuer):
            raise _wrong(
                message(
                    "The data were brought for no record of {issuer}. Ask the operator.",
                    issuer=issuer,
                )
            )
        return self.delete(digest)

    def close(self) -> None:
        """End the computations at work."""
        self._recomputer.close()

    def _known(self, digest: str) -> Held:
        held = self._rows.find(digest)
        if held is None:
            raise Refused(
                "unknown-evidence",
                message(
                    "No data with the digest {digest} were brought here. POST /v1/evidence takes "
                    "it.",
                    digest=digest,
                ),
            )
        return held

    def _check_room(self, held: Held | None, size: int) -> None:
        if held is None and self._rows.kept_bytes() + size > self.limits.total:
            raise Refused(
                "evidence-full",
                message(
                    "All data together may have {total} bytes here. Tell the operator.",
                    total=self.limits.total,
                ),
            )

    def _keep(self, held: Held, results: Sequence[Result], data: bytes) -> None:
        with self._one:
            before = self._rows.find(held.digest)
            if before is not None and before.deleted_at is not None:
                raise _deleted(before)  # meanwhile
            try:
                self._check_room(before, len(data))
                self._files.write(held.digest, data)
            except OSError as error:
                raise _not_kept(error) from None
            self._rows.keep(held, results)

    def _restore(self, digest: str, data: bytes) -> None:
        """Keep the bytes again after a restore, whose backup does not hold them."""
        with self._one:
            held = self._rows.find(digest)
            if held is not None and held.deleted_at is None and not self._files.has(digest):
                self._files.write(digest, data)


def _check_named(record: Mapping[str, Any], statement: str, digest: str) -> None:
    """Refuse data that no claim names, and a form that cannot be read here."""
    named = [
        entry
        for entry in record.get("evidence", [])
        if entry["type"] == "Dataset" and entry["digest"] == digest
    ]
    refs = {
        ref
        for claim in record["credentialSubject"]["claims"]
        for ref in claim.get("evidenceRefs", [])
    }
    if not any(entry["id"] in refs for entry in named):
        raise Refused(
            "evidence-not-named",
            message(
                "No claim of {statement} names data with the digest {digest}. Send the exact "
                "file that was measured; opening and saving it changes its bytes.",
                statement=statement,
                digest=digest,
            ),
        )
    forms = {entry.get("mapping", {}).get("table", {}).get("format") for entry in named}
    if PARQUET in forms and importlib.util.find_spec("pyarrow") is None:
        raise Refused(
            "unsupported-media-type",
            message(
                "This registry reads no Parquet. Its operator can: pip install "
                "'openquality[parquet]'."
            ),
        )


def _wrong(detail: str) -> Refused:
    return Refused("invalid-deletion", detail)


def _deleted(held: Held) -> Refused:
    return Refused(
        "evidence-deleted",
        message(
            "{digest} was deleted at {deleted_at}, for good. What it gave stands at "
            "/v1/evidence/{removeprefix}.",
            digest=held.digest,
            deleted_at=held.deleted_at,
            removeprefix=held.digest.removeprefix("sha256:"),
        ),
    )


def _not_kept(error: OSError) -> Refused:
    return Refused(
        "not-kept", message("The data were not kept ({error}). Send them again later.", error=error)
    )
