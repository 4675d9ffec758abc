"""The page of one record: its state first, then each claim with who stands behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openquality_registry.adapters.sql.peers import MOST
from openquality_registry.pages import charts
from openquality_registry.pages.claims import Claim, claims
from openquality_registry.pages.difference import Change, changes
from openquality_registry.pages.gathering import Gathered
from openquality_registry.pages.members import Member
from openquality_registry.pages.peers import Rank
from openquality_registry.pages.rendering import data_block
from openquality_registry.pages.standing import certificate_line, certificate_path
from openquality_registry.pages.state import StateLine, state_line
from openquality_validator.message import message
from openquality_validator.projections import schema_org
from openquality_validator.status import State, certificate_key

Json = Mapping[str, Any]

# The forms of a record: name in the address, what it is.
FORMS: Sequence[tuple[str, str]] = (
    ("statement.jwt", message("the signed statement, its exact bytes")),
    ("bundle.json", message("the bundle: statement, log proof, keys and status in one file")),
    ("record.json", message("the decoded view, as JSON")),
    ("record.jsonld", message("the credential itself, as JSON-LD")),
    ("record.ttl", message("the credential as RDF, in Turtle")),
)
VOICES = {
    "admitted": message("Admitted to the log"),
    "suspended": message("Suspended"),
    "reinstated": message("Reinstated"),
    "revoked": message("Revoked"),
    "superseded": message("Superseded"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Join a claim with what is drawn and ranked for it."""

    claim: Claim
    rank: Rank | None
    trend: charts.Trend | None


def view(gathered: Gathered, *, base: str) -> dict[str, Any]:
    """Make the model of a record's page; `base` is the address that the visitor used."""
    credential = gathered.credential
    subject = credential["credentialSubject"]
    found = claims(
        credential,
        gathered.values,
        catalogue=gathered.catalogue,
        accreditors=gathered.accreditors,
        sets=gathered.sets,
    )
    shown = [_shown(claim, gathered) for claim in found]
    digits = gathered.digest.removeprefix("sha256:")
    state = State(gathered.life["state"])
    compared: tuple[Change, ...] = ()
    if gathered.before is not None:
        compared = changes(gathered.before, credential)
    certificates = _certificates(gathered)
    line = state_line(
        state,
        valid_from=credential["validFrom"],
        valid_until=credential.get("validUntil"),
        now=gathered.now,
    )
    return {
        "title": subject["name"],
        "record": credential,
        "subject": subject,
        "digest": gathered.digest,
        "digits": digits,
        "index": gathered.index,
        "admitted_at": gathered.entry.admitted_at,
        "key": gathered.key,
        "level": gathered.level,
        "log": {"origin": gathered.origin, "size": gathered.size},
        "state": line,
        "frame": _frame(line, [each for _, each, _ in certificates.values()]),
        "successor": _successor(gathered.life),
        "notices": gathered.notices,
        "measured": [each for each in shown if each.claim.figures is not None],
        "stated": [each for each in shown if each.claim.figures is None],
        "certificates": certificates,
        "pinned": gathered.pinned,
        "evidence": credential.get("evidence", ()),
        "brought": gathered.brought,
        "observations": gathered.observations,
        "anchors": {claim.id: (claim.anchor, claim.title or claim.type) for claim in found},
        "claim_names": {claim.id: claim.title for claim in found},
        "most": MOST,
        "events": history(gathered.life),
        "before": credential.get("supersedes"),
        "before_known": gathered.before is not None,
        "changes": compared,
        "forms": [(f"/records/{digits}/{name}", name, said) for name, said in FORMS],
        "schema_org": data_block(_schema_org(gathered)),
        "base": base,
    }


def _shown(claim: Claim, gathered: Gathered) -> Shown:
    trend = None
    if claim.figures is not None:
        points = gathered.history.get(claim.id, ())
        metric, scale = claim.figures.metric, claim.figures.scale
        trend = charts.trend(points, metric, scale=scale, name=f"{claim.anchor}-trend")
    return Shown(claim, gathered.ranks.get(claim.id), trend)


def _frame(line: StateLine, certificates: Sequence[StateLine]) -> str:
    """Return what the frame around the state looks like: no good news around a bad one."""
    lines = (line, *certificates)
    return next((each.kind for each in lines if each.kind != "valid"), line.kind)


def history(life: Json) -> list[Json]:
    """List the events of a life with the words for each."""
    return [
        {**event, "words": VOICES.get(event["event"], event["event"])} for event in life["events"]
    ]


def _certificates(gathered: Gathered) -> Mapping[str, tuple[str, StateLine, str]]:
    """Say of each certificate by claim id what it is, how it stands, and where its page is."""
    claims = {each["id"]: each for each in gathered.credential["credentialSubject"]["claims"]}
    found = {}
    for name, standing in gathered.certificates.items():
        scheme, number = claims[name]["scheme"]["code"], claims[name]["number"]
        path = certificate_path(certificate_key(scheme, number))
        found[name] = (f"{scheme} {number}", certificate_line(standing), path)
    return found


def _successor(life: Json) -> str | None:
    return next(
        (event["digest"] for event in life["events"] if event["event"] == "superseded"), None
    )


def _schema_org(gathered: Gathered) -> Json:
    found = schema_org.out(_as_it_stands(gathered), catalogue=gathered.catalogue)
    document: Json = found.document
    return document


def _as_it_stands(gathered: Gathered) -> dict[str, Any]:
    """Return the record with today's status of its certificates: the page would else belie it."""
    subject = gathered.credential["credentialSubject"]
    ended = {name for name, each in gathered.certificates.items() if not each.state.holds}
    claims = [
        {**each, "status": "suspended"} if each["id"] in ended else each
        for each in subject["claims"]
    ]
    return {**gathered.credential, "credentialSubject": {**subject, "claims": claims}}


def flat(tree: Sequence[Member], above: str = "") -> list[tuple[str, Member]]:
    """List the leaves of a tree of members, each with the titles that lead to it."""
    rows: list[tuple[str, Member]] = []
    for member in tree:
        title = " · ".join(filter(None, (above, member.title)))
        if member.text is None:
            rows.extend(flat(member.below, title))
        else:
            rows.append((title, member))
    return rows
