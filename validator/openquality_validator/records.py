"""What has been proved about a record, as types: parsed, valid, verified."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from openquality_validator.documents import Record
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Report
from openquality_validator.message import join, message

if TYPE_CHECKING:
    from openquality_validator.metric_sets import MetricSet


class InvalidRecord(InvalidInput):
    """The record has findings that refuse it; `report` holds them all, with the warnings."""

    def __init__(self, report: Report) -> None:
        first = report.errors[0]
        super().__init__(
            first.code,
            message(
                "At {pointer}: {message}",
                pointer=first.pointer or message("the top"),
                message=first.message,
            ),
            first.hint,
        )
        self.report: Final = report

    def __str__(self) -> str:
        more = len(self.report.errors) - 1
        said = super().__str__()
        if not more:
            return said
        rest = (
            message("And 1 more finding.")
            if more == 1
            else message("And {count} more findings.", count=more)
        )
        return join(" ", (said, rest))


@dataclass(frozen=True, slots=True)
class ValidRecord:
    """Hold a record that breaks no rule; made only by `validate.require_valid`.

    `report` holds the warnings, and `sets` the metric sets under which it was judged beside the
    catalogue that it names.
    """

    record: Record
    report: Report
    sets: "tuple[MetricSet, ...]" = ()

    @property
    def value(self) -> dict[str, Any]:
        """The credential as a JSON object."""
        return self.record.value


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRecord:
    """Hold a valid record that its issuer signed; made only by verifying.

    `envelope.verify_statement` and steps 3 to 6 of `bundle.verify` make it, and a registry that
    checks its own index or follows its log (`conformity.hear`), of what it verified when it came
    in; nothing else does, except `profiles.draft` for a preview, which marks what it makes as
    unproved.
    `digest` is that of the exact signed bytes (`sha256:…`), the identity of the statement;
    `key_id` the DID URL of the key; `identity_level` says how well the issuer is known.
    """

    valid: ValidRecord
    issuer: str
    digest: str
    key_id: str
    identity_level: str = "L0"

    @property
    def value(self) -> dict[str, Any]:
        """The credential as a JSON object."""
        return self.valid.record.value
