"""Read all that a record's page shows: one read-only pass over the registry."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openquality_registry import observing
from openquality_registry.adapters.sql.history import Point, SqlHistory
from openquality_registry.answering import index as indexes
from openquality_registry.bootstrap import Parts
from openquality_registry.evidence import Shown
from openquality_registry.pages import extensions
from openquality_registry.pages.extensions import Pinned
from openquality_registry.pages.peers import Peers, Rank
from openquality_registry.pinning import Contents
from openquality_registry.problems import Refused
from openquality_registry.schemagroups.reading import Groups
from openquality_validator import catalogue as catalogues
from openquality_validator import certification, envelope, kinds, metric_sets
from openquality_validator.catalogue import Catalogue
from openquality_validator.certification.standing import Standing, stands
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.side import side_by_side
from openquality_validator.entry import Entry
from openquality_validator.evidence import Accreditor
from openquality_validator.message import message
from openquality_validator.metric_sets import MetricSet
from openquality_validator.status import State

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Hold what is known of an attestation when its page is asked for.

    `values` are its indexed values by claim id; `history` and `ranks` go by claim id too. `life`
    is what `Bundler.life` tells; `before` is what the record supersedes, if that is in the log;
    `notices` are open safety notices about the subject, as answers have them; `brought` says of
    data files that came here what they gave, by digest; `observations` are those on the record.
    `certificates` says how those that it states stand today, by claim id.
    `sets` are the metric sets that it pins, and `catalogue` the one that it names with theirs;
    `pinned` says of everything that it pins under which publication it stands.
    """

    digest: str
    index: int
    entry: Entry
    key: str
    credential: Json
    life: Json
    level: str
    values: Mapping[str, Json]
    measurements: Mapping[str, Measurement]
    history: Mapping[str, tuple[Point, ...]]
    ranks: Mapping[str, Rank]
    before: Json | None
    notices: Sequence[Json]
    brought: Mapping[str, Shown]
    observations: Sequence[Json]
    catalogue: Catalogue
    sets: Sequence[MetricSet]
    accreditors: Sequence[Accreditor]
    origin: str
    size: int
    now: dt.datetime
    certificates: Mapping[str, Standing] = field(default_factory=dict)
    pinned: Sequence[Pinned] = ()


def gather(parts: Parts, digest: str) -> Gathered:
    """Read a record. Raises Refused for what is no attestation in the published log."""
    store = parts.folder.store
    statement, logged = store.statement(digest), store.find(digest)
    if statement is None or logged is None:
        raise Refused("unknown-statement", message("{digest} is not in this log.", digest=digest))
    if logged.kind != kinds.ATTESTATION:
        raise Refused(
            "unknown-statement",
            message(
                "{digest} is a statement of the kind {kind}, and only records have a page. GET "
                "/v1/statements/{digest} shows it.",
                digest=digest,
                kind=logged.kind,
            ),
        )
    size = parts.published_size()
    if logged.index >= size:
        raise Refused(
            "outcome-unknown", message("The checkpoint that covers it is being published.")
        )
    taken = envelope.parse_envelope(statement)
    credential = envelope.credential(taken.payload).value
    now = parts.clock.now()
    today = now.astimezone(dt.UTC).date()
    accreditors = parts.folder.accreditors
    found = parts.index.of([digest])
    sets = metric_sets.pinned(credential, Contents(parts.admission.facts))
    catalogue = metric_sets.widened(parts.catalogue, sets)
    side = side_by_side([digest], found, catalogue=catalogue, as_of=today, accreditors=accreditors)
    measured = {each.measurement.claim: each.measurement for each in found}
    history = SqlHistory(store.read)
    rows = {m.claim: history.of(indexes.series(m)) for m in measured.values()}
    life = parts.bundler.life(digest)
    peers = Peers(parts, today=today, catalogue=catalogue)
    own = {
        claim: tuple(p for p in points if p.characteristic == measured[claim].characteristic)
        for claim, points in rows.items()
    }
    ranks = {
        claim: peers.rank(m, current=any(p.current and p.digest == digest for p in own[claim]))
        if life["state"] == "active"
        else Rank(0, reason="notStanding")
        for claim, m in measured.items()
    }
    return Gathered(
        digest=digest,
        index=logged.index,
        entry=Entry.from_bytes(logged.entry),
        key=taken.header.kid,
        credential=credential,
        life=life,
        level=parts.issuers.level(logged.issuer),
        values={v["claim"]: v for metric in side["metrics"] for v in metric["values"]},
        measurements=measured,
        history=own,
        ranks={claim: rank for claim, rank in ranks.items() if rank is not None},
        before=read_credential(parts, credential.get("supersedes")),
        observations=observing.of_record(parts, digest)["observations"],
        brought=_brought(parts, credential, logged.index),
        notices=_notices(parts, credential, logged.index),
        catalogue=metric_sets.widened(catalogues.load(credential["catalogueVersion"]), sets),
        sets=sets,
        accreditors=accreditors,
        origin=parts.folder.origin,
        size=size,
        now=now,
        certificates=_certificates(parts, credential, State(life["state"]), today),
        pinned=extensions.of(Groups(parts.schemas, parts.published_size), credential),
    )


def _certificates(
    parts: Parts, credential: Json, record: State, today: dt.date
) -> Mapping[str, Standing]:
    until = credential.get("validUntil")
    ends = None if until is None else dt.datetime.fromisoformat(until).astimezone(dt.UTC).date()
    words = parts.bundler.certificates(credential)
    claims = {each["id"]: each for each in credential["credentialSubject"]["claims"]}
    return {
        each.claim: stands(
            claims[each.claim],
            today,
            record=record,
            words=words.get(each.claim, State.ACTIVE),
            record_ends=ends,
        )
        for each in certification.certificates(credential)
    }


def _brought(parts: Parts, credential: Json, index: int) -> Mapping[str, Shown]:
    named = {each["digest"] for each in credential.get("evidence", ()) if "digest" in each}
    found = {digest: parts.evidence.of(digest, index=index) for digest in sorted(named)}
    return {digest: shown for digest, shown in found.items() if shown is not None}


def _notices(parts: Parts, credential: Json, index: int) -> Sequence[Json]:
    """Return open safety notices about the subject, whoever says so."""
    row: dict[str, Any] = {
        "subject": {"id": credential["credentialSubject"]["id"]},
        "values": [{"index": index}],
    }
    parts.notices.mark([row], accreditors=parts.folder.accreditors)
    found: Sequence[Json] = row["safetyNotices"]
    return [{**notice, "batches": _batches(parts, notice)} for notice in found]


def _batches(parts: Parts, notice: Json) -> Sequence[str]:
    """Return the numbers of batches as the notice has them: an answer holds only labels of them."""
    said = read_credential(parts, notice["digest"])
    assert said is not None
    claims = said["credentialSubject"]["claims"]
    return next(
        (each.get("affectedBatches", []) for each in claims if each["id"] == notice["claim"]), []
    )


def read_credential(parts: Parts, digest: str | None) -> Json | None:
    """Return what a statement says, or None where it is not in the log."""
    statement = None if digest is None else parts.folder.store.statement(digest)
    if statement is None:
        return None
    return envelope.credential(envelope.parse_envelope(statement).payload).value
