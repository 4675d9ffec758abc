"""Stop a command at a document that has findings, with the findings as the message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openquality.checking import check, payload
from openquality.cli.output import say
from openquality.cli.report import lines
from openquality.sources import Document
from openquality.starter import require_no_example
from openquality_validator.errors import OpenQualityError
from openquality_validator.findings import Report
from openquality_validator.message import message
from openquality_validator.validate import NO_SCHEMAS

if TYPE_CHECKING:
    from openquality.cli.recomputing import Recomputing


@dataclass(eq=False)
class Refused(OpenQualityError):
    """A document has findings that refuse it; they have been shown."""

    document: Document
    report: Report

    def __str__(self) -> str:
        line = f":{self.document.line}" if self.document.line else ""
        return message(
            "{path}{line} has {count} finding(s) that refuse it; mend them and run again.",
            path=self.document.path,
            line=line,
            count=len(self.report.errors),
        )


def require_signable(document: Document, *, schemas: Mapping[str, bytes] = NO_SCHEMAS) -> None:
    """Require a valid document without the starter's made-up claim; raises what says why not."""
    require_valid(document, schemas=schemas)
    require_no_example(payload(document).value, str(document.path))


def require_recomputed(document: Document, again: "Recomputing") -> None:
    """Show what a valid record's data say against it; raise Refused if they refute a claim."""
    if "claims" not in payload(document).value["credentialSubject"]:
        return  # a statement about other statements
    report = again.check(document, Report.of(()))
    for text in lines(document, report):
        say(text)
    if not report.valid:
        raise Refused(document, report)


def require_valid(document: Document, *, schemas: Mapping[str, bytes] = NO_SCHEMAS) -> None:
    """Show every finding on standard error; raise Refused if one of them refuses the document."""
    report = check(document, schemas=schemas)
    for text in lines(document, report):
        say(text)
    if not report.valid:
        raise Refused(document, report)
