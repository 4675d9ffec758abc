"""Verify a bundle: twelve steps, in order, without file, socket or clock.

Each step passes, fails or stays unknown, with a code. The first failure ends the proof: what
follows would judge something that is already refuted.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import openquality_schemas
from openquality_validator import catalogue, entry, envelope, kinds, metric_sets
from openquality_validator.bundle import anchors
from openquality_validator.bundle import issuer as issuers
from openquality_validator.bundle import standing as standings
from openquality_validator.bundle.evidence import Verifications, judge_evidence
from openquality_validator.bundle.format import Bundle
from openquality_validator.bundle.judgement import judge_checkpoint, judge_consistency
from openquality_validator.bundle.ledger import Ledger, Refuted, Result, failed, unknown
from openquality_validator.bundle.logged import check_order, moment
from openquality_validator.bundle.proved import Proved
from openquality_validator.bundle.verdict import Outcome, Verdict, overall
from openquality_validator.catalogue import Catalogue
from openquality_validator.documents import Record
from openquality_validator.entry import Entry
from openquality_validator.errors import BundleError, ProofError
from openquality_validator.evidence import Verification
from openquality_validator.findings import Report
from openquality_validator.identity.history import Dispute
from openquality_validator.message import message
from openquality_validator.records import InvalidRecord, ValidRecord, VerifiedRecord
from openquality_validator.status.answer import Answer
from openquality_validator.structure import NOT_CHECKED
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust
from openquality_validator.validate import require_valid

if TYPE_CHECKING:
    from openquality_validator.recompute import ReadTable


def verify(
    data: bytes,
    *,
    trust: Trust,
    now: datetime,
    seen: Checkpoint | None = None,
    evidence: Mapping[str, bytes] | None = None,
    read_table: "ReadTable | None" = None,
) -> Verdict:
    """Judge the bytes of a bundle under a trust file; whatever they are, answer with a verdict.

    `now` is an aware time; `seen` is the last checkpoint of this log that the verifier remembers;
    `evidence` holds data by digest (`sha256:…`), to recompute claims from, and makes step 12 a
    required one; `read_table` reads them by their dialect, CSV alone unless given.
    """
    proof = _Proof()
    with suppress(Refuted):
        _prove(
            proof,
            data,
            trust=trust,
            now=now,
            seen=seen,
            evidence=evidence,
            read_table=read_table,
        )
    steps = proof.ledger.close()
    required = trust.required if evidence is None else (*trust.required, "evidence")
    return Verdict(
        overall=overall(steps, required),
        steps=steps,
        record=proof.record,
        report=proof.report,
        entry=proof.entry,
        index=proof.index,
        checkpoint=proof.checkpoint,
        verification=proof.verification,
        existed_by=proof.existed_by,
        status=proof.status,
        disputed=proof.disputed,
        events=proof.events,
    )


@dataclass(slots=True)
class _Proof:
    """Hold what is proved so far."""

    ledger: Ledger = field(default_factory=Ledger)
    record: VerifiedRecord | None = None
    report: Report | None = None
    entry: Entry | None = None
    index: int | None = None
    checkpoint: Checkpoint | None = None
    verification: tuple[tuple[str, Verification], ...] = ()
    existed_by: datetime | None = None
    status: Answer | None = None
    disputed: Dispute | None = None
    events: Proved | None = None


def _prove(
    proof: _Proof,
    data: bytes,
    *,
    trust: Trust,
    now: datetime,
    seen: Checkpoint | None,
    evidence: Mapping[str, bytes] | None,
    read_table: "ReadTable | None",
) -> None:
    step = proof.ledger.step

    # (1) Read the bundle strictly, with the formats inside it.
    with step(1, message("The bundle, its log entry and its checkpoint are well-formed.")):
        bundle = Bundle.from_bytes(data)
        logged = Entry.from_bytes(bundle.entry)
        head, note = checkpoints.parse(bundle.checkpoint)

    # (2) The entry names exactly these statement bytes.
    with step(
        2, message("The log entry names this statement: {digest}.", digest=logged.digest)
    ) as digest:
        own = envelope.digest(bundle.statement)
        if own != logged.digest:
            digest.result = failed(
                "V021",
                message(
                    "The statement has the digest {own}, and the log entry names {digest}: the "
                    "statement was changed, or the proof belongs to another one.",
                    own=own,
                    digest=logged.digest,
                ),
            )

    # (3) The header obeys the profile.
    with step(3, message("The signature's header obeys every rule.")):
        signed = envelope.parse_envelope(bundle.statement)

    # What the anchors prove is told in step 10, and needed before: by the doubts about a key (4)
    # and by the windows of the log's keys (8).
    anchored = anchors.judge(
        bundle.anchors,
        head,
        note,
        entry=bundle.entry,
        index=bundle.index,
        trust=trust,
        now=now,
    )

    # (4) The key is the issuer's own at this place of the log; say how well the issuer is known.
    with step(4, "") as key_step:
        record = envelope.credential(signed.payload)
        issuer = issuers.read(envelope.issuer_of(record.value), bundle.keys, head, now=now)
        resolution, key = envelope.issuer_key(
            signed, record, resolve=issuers.resolver(issuer, bundle.index)
        )
        registered = issuers.registration(
            resolution.did, bundle.supporting, trust, at=moment(logged)
        )
        level, key_step.result = issuers.judge(
            issuer.at(bundle.index),
            signed.header.kid,
            trust,
            origin=head.origin,
            registered=registered,
        )
        proof.disputed = issuers.disputed(
            issuer.disputes,
            signed.header.kid,
            entry=logged,
            index=bundle.index,
            existed=anchored.existed_by,
        )
        if proof.disputed is not None:
            key_step.result = unknown(
                "V045",
                message(
                    "The issuer says that the key was in other hands since {since}, and nothing "
                    "proves that the record is older.",
                    since=proof.disputed.since.isoformat(),
                ),
            )

    # (5) That key signed exactly these bytes.
    with step(5, message("The issuer's key signed exactly these bytes.")):
        envelope.verify_signature(signed, key)

    # (6) The record keeps the schema and the rules, under the catalogue that it names.
    with step(6, message("The record keeps the schema and every rule.")) as rules_step:
        valid = _validate(proof, record, _schemas(bundle, record))
        rules_step.result = _unjudged(valid) or rules_step.result
        terms = _catalogue(bundle, valid)
    proof.record = VerifiedRecord(
        valid=valid,
        issuer=resolution.did,
        digest=signed.digest,
        key_id=signed.header.kid,
        identity_level=level,
    )

    # (7) The entry follows from the statement, and stands in the tree under the checkpoint.
    with step(
        7,
        message(
            "The statement is entry {index} of {size} in the log.",
            index=bundle.index,
            size=head.size,
        ),
    ):
        _check_entry(bundle, record, logged)
        merkle.verify_inclusion(
            merkle.leaf_hash(bundle.entry),
            index=bundle.index,
            size=head.size,
            proof=bundle.inclusion_proof,
            root=head.root,
        )
        check_order(((bundle.index, logged), *issuer.entries))
    proof.entry, proof.index = logged, bundle.index

    # (8) A log key that the verifier trusts signed the checkpoint within its window, and as many
    #     witnesses as the policy asks for.
    with step(8, "") as checkpoint_step:
        checkpoint_step.result, proved = judge_checkpoint(
            head, note, logged=logged, anchored=anchored, trust=trust, now=now
        )
    if checkpoint_step.result.outcome is Outcome.PASS:
        proof.checkpoint = proved

    # (9) The log continues what the verifier saw before.
    with step(9, "") as consistency_step:
        consistency_step.result = judge_consistency(head, seen=seen, proof=bundle.consistency)

    # (10) Anchors in time.
    with step(10, "") as anchor_step:
        anchor_step.result = anchored.result
    proof.existed_by = anchored.existed_by

    # (11) Status and freshness.
    with step(11, "") as status_step:
        standing = standings.judge(
            proof.record,
            bundle.status,
            issuer=issuer,
            head=head,
            logged=(bundle.index, logged),
            trust=trust,
            now=now,
        )
        status_step.result = standing.result
        # Also of a record that was withdrawn.
        proof.status, proof.events = standing.answer, standing.events

    # (12) Evidence: what the verifier can say about each claim's value.
    with step(12, "") as evidence_step:
        evidence_step.result, proof.verification = _evidence(valid, evidence, terms, read_table)


def _unjudged(valid: ValidRecord) -> Result | None:
    """Say what of a valid record nobody could judge here."""
    if needed := _later(valid):
        return unknown(
            "V062",
            message(
                "The record keeps the schema; its metrics were not judged: catalogue "
                "{needed} is needed, which this program does not have.",
                needed=needed,
            ),
        )
    if any(each.code == NOT_CHECKED for each in valid.report.findings):
        return unknown(
            "V063",
            message(
                "The record keeps the schema and every rule; its extensions were not checked: the "
                "bundle does not bring a schema that the record pins."
            ),
        )
    return None


def _later(valid: ValidRecord) -> str:
    """Return the catalogue that a record names if it is later than every one here, else ''."""
    version = str(valid.value.get("catalogueVersion", ""))
    return version if catalogue.is_later(version) else ""


def _catalogue(bundle: Bundle, valid: ValidRecord) -> Catalogue | None:
    """Return the catalogue under which the record was judged.

    None if it makes no claims, or names a later catalogue than any here.
    """
    if kinds.of(valid.value) is not kinds.DEFAULT or _later(valid):
        return None
    shipped = catalogue.load(valid.value["catalogueVersion"])
    if (bundle.catalogue_version, bundle.catalogue_digest) != (shipped.version, shipped.digest):
        raise BundleError(
            "B006",
            message(
                "The bundle names the catalogue {catalogue_version} ({catalogue_digest}); the "
                "record's, as shipped here, is {version} ({digest}).",
                catalogue_version=bundle.catalogue_version[:40],
                catalogue_digest=bundle.catalogue_digest[:80],
                version=shipped.version,
                digest=shipped.digest,
            ),
            message(
                "Update this program, or fetch the bundle again: the metrics must mean the same."
            ),
        )
    return shipped


def _evidence(
    valid: ValidRecord,
    evidence: Mapping[str, bytes] | None,
    terms: Catalogue | None,
    read_table: "ReadTable | None",
) -> tuple[Result, Verifications]:
    if terms is not None:
        whole = metric_sets.joined(valid.value, valid.sets).document
        held = metric_sets.widened(terms, valid.sets)
        return judge_evidence(whole, evidence, held, read_table=read_table)
    if needed := _later(valid):
        return unknown(
            "V126", message("Nothing can be recomputed without catalogue {needed}.", needed=needed)
        ), ()
    return unknown(
        "V125", message("This statement makes no claims, so there is nothing to recompute.")
    ), ()


def _schemas(bundle: Bundle, record: Record) -> Mapping[str, bytes]:
    """Return the documents that a bundle brings, by the digests under which the record pins them.

    A part that nobody checks must not stand in a verdict: each is pinned, and brought once.
    """
    brought = {openquality_schemas.sri(each): each for each in bundle.schemas}
    listed = record.value.get("extensionSchemas")
    pins = listed if isinstance(listed, list) else []
    named = (pin.get("digestSRI") for pin in pins if isinstance(pin, dict))
    pinned = {sri for sri in named if isinstance(sri, str)}
    if len(brought) < len(bundle.schemas) or not brought.keys() <= pinned:
        raise BundleError(
            "B005",
            message("The bundle brings a schema twice, or one that the record does not pin."),
            message("Fetch the bundle again; each schema in it is one that the record pins."),
        )
    return brought


def _validate(proof: _Proof, record: Record, schemas: Mapping[str, bytes]) -> ValidRecord:
    try:
        valid = require_valid(record, schemas=schemas)
    except InvalidRecord as error:
        proof.report = error.report
        raise
    proof.report = valid.report
    return valid


def _check_entry(bundle: Bundle, record: Record, logged: Entry) -> None:
    # Only the time of admission is the registry's to say; the rest follows from the statement.
    rebuilt = entry.rebuild(bundle.statement, record.value, logged.admitted_at)
    if rebuilt != logged:
        raise ProofError(
            "B007",
            message(
                "The log entry is not the one that follows from the statement: kind, issuer or "
                "subjects differ."
            ),
            message("Fetch the bundle again; if it stays so, the registry logged something else."),
        )
