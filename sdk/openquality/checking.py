"""Documents of every form to findings; the network is never asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

import openquality_schemas
from openquality.sources import Document, Form
from openquality_validator import documents
from openquality_validator import validate as rules
from openquality_validator.documents import Record
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.diagnostics.diagnostic import Diagnostic
    from openquality_validator.fixes.fix import Fix


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what a check of one document gave; `line` counts from 1 in a .jsonl.

    `fixed` are the fixes that were written before it was checked.
    """

    path: str
    line: int | None
    form: Form
    valid: bool
    diagnostics: "tuple[Diagnostic, ...]" = ()
    fixed: "tuple[Fix, ...]" = ()


def validate(
    record: bytes | Mapping[str, Any], *, schemas: Mapping[str, bytes] = rules.NO_SCHEMAS
) -> Report:
    """Check one unsigned record and return every finding.

    Takes the bytes of a JSON document, or the value itself. `schemas` are the bytes of what the
    record pins in `extensionSchemas`, by digest (`sha256-…`). Raises nothing for bad input: what
    cannot be read is a finding too.
    """
    data = record if isinstance(record, bytes) else orjson.dumps(record)
    try:
        report: Report = rules.validate(documents.parse_object(data), schemas=schemas)
    except InvalidInput as error:
        return Report((as_finding(error),))
    return report


def check(document: Document, *, schemas: Mapping[str, bytes] = rules.NO_SCHEMAS) -> Report:
    """Check a document of any form: of a statement also its envelope, key and signature.

    Of a bundle this checks the statement in it; its proofs are what `verify` is for. `schemas` as
    in `validate`; a bundle brings its own.
    """
    if document.form is Form.RECORD:
        return validate(document.data, schemas=schemas)
    if document.form is Form.WORKBOOK:
        return _check_cells(document)
    try:
        statement, brought = _statement(document)
        return _check_statement(statement, {**schemas, **brought})
    except InvalidInput as error:
        return Report((as_finding(error),))


def _check_cells(document: Document) -> Report:
    """Put what was found while reading before what the rules say of the record."""
    if not document.data:
        return Report(document.found)  # no record could be built
    # Of a cell that cannot be read, the rules would say once more that it is wrong.
    said = {each.pointer for each in document.found if each.severity is Severity.ERROR}
    rules_say = validate(document.data).findings
    return Report((*document.found, *(each for each in rules_say if each.pointer not in said)))


def payload(document: Document) -> Record:
    """Return the record in a document of any form; raises InvalidInput if it does not read."""
    if document.form in {Form.RECORD, Form.WORKBOOK}:
        return documents.parse_object(document.data)
    from openquality_validator import envelope

    return envelope.credential(envelope.parse_envelope(_statement(document)[0]).payload)


def as_finding(error: InvalidInput) -> Finding:
    """Turn an error about a whole document into a finding at its root."""
    return Finding(error.code, Severity.ERROR, "", error.message, error.hint)


def _statement(document: Document) -> tuple[bytes, Mapping[str, bytes]]:
    """Return the exact statement, and the schemas that come with it."""
    if document.form is Form.STATEMENT:
        return document.data.strip(), rules.NO_SCHEMAS
    from openquality_validator.bundle import Bundle

    bundle = Bundle.from_bytes(document.data)
    return bundle.statement, {openquality_schemas.sri(each): each for each in bundle.schemas}


def _check_statement(data: bytes, schemas: Mapping[str, bytes]) -> Report:
    # The envelope needs the cryptography package; unsigned records are checked without it.
    from openquality_validator import envelope
    from openquality_validator.identity import address

    try:
        parsed = envelope.parse_envelope(data)
        record = envelope.credential(parsed.payload)
    except InvalidInput as error:
        return Report((as_finding(error),))
    findings = list(rules.validate(record, schemas=schemas).findings)
    issuer = parsed.header.kid.partition("#")[0]
    if issuer.startswith((address.WEBVH, address.WEB)):
        findings.append(
            Finding(
                "K010",
                Severity.WARNING,
                "",
                message(
                    "The signature was not checked: the keys of {issuer} stand elsewhere.",
                    issuer=issuer[:100],
                ),
                message("Publish the statement, which checks it, or verify its bundle."),
            )
        )
        return Report.of(findings)
    try:
        _, key = envelope.issuer_key(parsed, record)
        envelope.verify_signature(parsed, key)
    except InvalidInput as error:
        findings.append(as_finding(error))
    return Report.of(findings)
