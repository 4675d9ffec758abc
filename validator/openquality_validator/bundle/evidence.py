"""Judge the evidence behind a record's claims (step 12)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from openquality_validator.bundle.ledger import Result, failed, passed, unknown
from openquality_validator.catalogue import Catalogue
from openquality_validator.evidence import Verification, verification
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.recompute import ReadTable

Verifications = tuple[tuple[str, Verification], ...]


def judge_evidence(
    credential: Mapping[str, Any],
    evidence: Mapping[str, bytes] | None,
    catalogue: Catalogue,
    *,
    read_table: "ReadTable | None" = None,
) -> tuple[Result, Verifications]:
    """Derive how far each claim's value is verified, and recompute those whose data are given.

    `evidence` holds data by digest; `read_table` reads them, CSV alone unless given. Without data
    nothing is recomputed and the step is unknown; data that contradict a claim, or their own
    digest, fail it.
    """
    claims = credential["credentialSubject"]["claims"]
    stated = {claim["id"]: verification(credential, claim) for claim in claims}
    if not evidence:
        bound = sum(value is Verification.EVIDENCED for value in stated.values())
        return unknown(
            "V122",
            message(
                "No data were given, so nothing was recomputed; {bound} of {count} claims name "
                "their evidence by digest, the others are declared only.",
                bound=bound,
                count=len(claims),
            ),
        ), tuple(stated.items())
    for name, data in evidence.items():
        if name != f"sha256:{sha256(data).hexdigest()}":
            return failed(
                "V121",
                message(
                    "The data given as {name} have another digest: they were changed.", name=name
                ),
            ), tuple(stated.items())
    return _recompute(credential, evidence, catalogue, stated, read_table)


def _recompute(
    credential: Mapping[str, Any],
    evidence: Mapping[str, bytes],
    catalogue: Catalogue,
    stated: dict[str, Verification],
    read_table: "ReadTable | None",
) -> tuple[Result, Verifications]:
    # Measuring is a large import that a verdict without data does not need.
    from openquality_validator.measure import parse_csv
    from openquality_validator.recompute import Outcome, recompute_all

    again = recompute_all(credential, evidence, catalogue, read_table=read_table or parse_csv)
    for claim, recomputation in again.items():
        if recomputation.outcome is Outcome.DIFFERS:
            finding = recomputation.findings[0]
            return failed(
                "V123",
                message(
                    "{claim} does not follow from its data: {code}: {message}",
                    claim=claim,
                    code=finding.code,
                    message=finding.message,
                ),
            ), tuple(stated.items())
    proved = {
        claim: Verification.RECOMPUTED
        for claim, recomputation in again.items()
        if recomputation.outcome is Outcome.RECOMPUTED
    }
    derived = tuple((stated | proved).items())
    if not proved:
        return unknown(
            "V124",
            message(
                "The data given recompute no claim: they are not what the record names as its "
                "evidence, or have no mapping that this version can use."
            ),
        ), derived
    return passed(
        "V120",
        message(
            "{count} of {count2} claims were recomputed from the data given.",
            count=len(proved),
            count2=len(stated),
        ),
    ), derived
