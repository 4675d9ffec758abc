"""The formats of others by name: which are written, which are read."""

from enum import StrEnum
from functools import partial
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import ConversionError
from openquality_validator.message import message
from openquality_validator.projections import (
    gs1,
    material,
    pact,
    schema_org,
    service_levels,
    untp_attestation,
    untp_conformity,
    untp_passport,
)
from openquality_validator.projections.exact import from_json
from openquality_validator.projections.from_yaml import from_yaml
from openquality_validator.projections.loss import Draft, Projected


class Target(StrEnum):
    """Name a format to which a record is projected."""

    UNTP_DPP = "untp-dpp"
    UNTP_DCC = "untp-dcc"
    SCHEMA_ORG = "schema-org"
    GS1 = "gs1"


class Source(StrEnum):
    """Name a format from which claims are drafted."""

    UNTP_DPP = "untp-dpp"
    UNTP_DCC = "untp-dcc"
    ODCS = "odcs"
    OPENSLO = "openslo"
    PACT = "pact"
    EN10168 = "en10168"
    COA = "coa"


def project(
    record: dict[str, Any],
    *,
    to: Target,
    catalogue: Catalogue,
    assessment_level: str | None = None,
) -> Projected:
    """Project a valid record to a document of another format.

    `assessment_level` is UNTP's, for `untp-dcc` alone. Raises ConversionError (F005, F008).
    """
    if assessment_level is not None and (
        to is not Target.UNTP_DCC or assessment_level not in untp_attestation.ASSESSMENT_LEVELS
    ):
        raise ConversionError(
            "F008",
            message(
                "{assessment_level!r} is no assessment level of {to}.",
                assessment_level=assessment_level,
                to=to,
            ),
            message(
                "With untp-dcc, give one of {ASSESSMENT_LEVELS}.",
                ASSESSMENT_LEVELS=", ".join(untp_attestation.ASSESSMENT_LEVELS),
            ),
        )
    if to is Target.GS1:
        return gs1.out(record)
    if to is Target.SCHEMA_ORG:
        return schema_org.out(record, catalogue=catalogue)
    if to is Target.UNTP_DPP:
        return untp_passport.out(record, catalogue=catalogue)
    return untp_conformity.out(record, catalogue=catalogue, assessment_level=assessment_level)


def draft(data: bytes, *, source: Source, catalogue: Catalogue, is_yaml: bool = False) -> Draft:
    """Draft claims from the bytes of a document in another format.

    Raises MalformedDocument or ConversionError (F001 to F004, of YAML also F006 and F007).
    """
    readers = {
        Source.UNTP_DPP: partial(untp_passport.draft, catalogue=catalogue),
        Source.UNTP_DCC: partial(untp_conformity.draft, catalogue=catalogue),
        Source.ODCS: partial(service_levels.draft_odcs, catalogue=catalogue),
        Source.OPENSLO: partial(service_levels.draft_openslo),
        Source.PACT: partial(pact.draft, catalogue=catalogue),
        Source.EN10168: partial(material.draft_en10168),
        Source.COA: partial(material.draft_coa),
    }
    if not is_yaml:
        return readers[source](from_json(data))
    documents = from_yaml(data)
    # A file may hold several documents, which only OpenSLO makes use of.
    return readers[source](documents if len(documents) != 1 else documents[0])
