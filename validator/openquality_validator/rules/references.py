"""Names and references inside a record.

A record cannot hold its own digest, and neither can two records hold each other's: cycles of
provenance are excluded by the hash. What is left to check is the one digest a record may know of
its own line, that of the statement which it supersedes.
"""

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules.claim import Attestation, Claim, Problems
from openquality_validator.rules.rule import RECORD, Rule


def part_ids(record: Attestation) -> Problems:
    """The ids of claims and evidence continue the record's id: urn:uuid:…#c1."""
    prefix = f"{record.data['id']}#"
    for index, claim in enumerate(record.claims):
        if not claim["id"].startswith(prefix):
            yield (
                f"/credentialSubject/claims/{index}/id",
                message("{id} is of another record.", id=claim["id"]),
            )
    for index, item in enumerate(record.data.get("evidence", ())):
        if not item["id"].startswith(prefix):
            yield f"/evidence/{index}/id", message("{id} is of another record.", id=item["id"])


def unique_ids(record: Attestation) -> Problems:
    """No id stands twice in a record."""
    seen = set[str]()
    for index, claim in enumerate(record.claims):
        if claim["id"] in seen:
            yield (
                f"/credentialSubject/claims/{index}/id",
                message("{id} is used before.", id=claim["id"]),
            )
        seen.add(claim["id"])
    for index, item in enumerate(record.data.get("evidence", ())):
        if item["id"] in seen:
            yield f"/evidence/{index}/id", message("{id} is used before.", id=item["id"])
        seen.add(item["id"])


def evidence_found(record: Attestation) -> Problems:
    """Evidence that a claim refers to is in the record."""
    known = {item["id"] for item in record.data.get("evidence", ())}
    for index, claim in enumerate(record.claims):
        for place, reference in enumerate(claim.get("evidenceRefs", ())):
            if reference not in known:
                yield (
                    f"/credentialSubject/claims/{index}/evidenceRefs/{place}",
                    message("There is no evidence {reference}.", reference=reference),
                )


def evidence_used(record: Attestation) -> Problems:
    """Evidence backs at least one claim."""
    evidence = record.data.get("evidence", ())
    if evidence:
        used = {ref for claim in record.claims for ref in claim.get("evidenceRefs", ())}
        for index, item in enumerate(evidence):
            if item["id"] not in used:
                yield f"/evidence/{index}", message("No claim refers to it.")


def upstream_line(claim: Claim) -> Problems:
    """A product is not made from the statement that its record replaces."""
    supersedes = claim.record.data.get("supersedes")
    for index, upstream in enumerate(claim.data["upstream"]):
        if upstream["digest"] == supersedes:
            yield (
                f"/upstream/{index}/digest",
                message("This record supersedes that statement: a cycle."),
            )


def upstream_once(claim: Claim) -> Problems:
    """An upstream statement stands once in a claim."""
    seen = set[str]()
    for index, upstream in enumerate(claim.data["upstream"]):
        if upstream["digest"] in seen:
            yield (
                f"/upstream/{index}/digest",
                message("The same statement stands in this claim before."),
            )
        seen.add(upstream["digest"])


RULES = (
    Rule(
        "R001",
        Severity.ERROR,
        part_ids,
        message("Begin each id with the record's id and a #."),
        RECORD,
    ),
    Rule(
        "R002",
        Severity.ERROR,
        unique_ids,
        message("Number claims #c1, #c2 and on, evidence #e1, #e2 and on."),
        RECORD,
    ),
    Rule(
        "R003",
        Severity.ERROR,
        evidence_found,
        message("Add the evidence, or drop the reference."),
        RECORD,
    ),
    Rule(
        "R004",
        Severity.WARNING,
        evidence_used,
        message("Name its id in evidenceRefs of the claim that it backs; alone it proves nothing."),
        RECORD,
    ),
    Rule(
        "R005",
        Severity.ERROR,
        upstream_line,
        message("Name the statement about the input."),
        frozenset({"ProvenanceClaim"}),
        "upstream",
    ),
    Rule(
        "R006",
        Severity.ERROR,
        upstream_once,
        message("Drop the repetition."),
        frozenset({"ProvenanceClaim"}),
        "upstream",
    ),
)
