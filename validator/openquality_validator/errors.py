"""What can go wrong, by who must act.

    OpenQualityError
    ├── InvalidInput            the supplier: the document, statement or proof is not acceptable
    │   ├── MalformedDocument   not readable as strict JSON
    │   ├── EnvelopeError       the signature wrapper breaks a rule
    │   ├── IdentityError       the issuer's identifier or key is not usable
    │   ├── StatusError         a status statement breaks the rules of its chain
    │   ├── TimestampError      a time-stamp token proves nothing
    │   ├── UnusableData        rows, or the mapping that says what they mean, cannot be measured
    │   ├── ConversionError     a document of another format, or a record for one, has no projection
    │   ├── GraphError              a record has no reading as RDF, or RDF holds no record
    │   ├── BundleError         a bundle does not have the form of one
    │   ├── TrustFileError      the verifier's own trust file does not read
    │   ├── DecisionError       a decision, its policy or its export does not read
    │   ├── LogFormatError      a note, checkpoint, tile or proof does not parse
    │   └── ProofError          a proof parses and does not prove
    ├── UnknownTerm             a metric, unit or code that this catalogue does not hold
    ├── RegistryError           the registry: it answered, and refused or failed
    └── NetworkError            the network: there was no answer

Every error holds values, and its sentence ends with what to do.
"""

from dataclasses import dataclass

from openquality_validator.message import any_of, join, message


class OpenQualityError(Exception):
    """Be the root of every error that this software raises on purpose."""


@dataclass(eq=False)
class InvalidInput(OpenQualityError):
    """Say which rule an input breaks.

    `code` is stable and documented; `message` says what is wrong; `hint` says what to do.
    """

    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return join(" ", (f"{self.code}:", self.message, self.hint))


class MalformedDocument(InvalidInput):
    """The bytes are not strict JSON within the limits."""


class EnvelopeError(InvalidInput):
    """The signed statement breaks a rule of the envelope."""


class IdentityError(InvalidInput):
    """The issuer's identifier or key cannot be used."""


class StatusError(InvalidInput):
    """A status statement or answer breaks a rule, or does not fit the ones before it."""


class TimestampError(InvalidInput):
    """A time-stamp token does not read, or proves nothing to this verifier."""


class UnusableData(InvalidInput):
    """Rows of data, or the mapping that says what they mean, cannot be measured."""


class ConversionError(InvalidInput):
    """A document of another format does not read, or a record has no place in one."""


class GraphError(InvalidInput):
    """A record cannot be read as RDF, or RDF does not make a record."""


class BundleError(InvalidInput):
    """A bundle does not read: its members, types or spelling are not the format's."""


class TrustFileError(InvalidInput):
    """The trust file does not read, or asks for what this version cannot do."""


class DecisionError(InvalidInput):
    """A decision event, a decision policy or an export of decisions does not read."""


class LogFormatError(InvalidInput):
    """A note, checkpoint, tile, entry or proof does not parse."""


class ProofError(InvalidInput):
    """A proof parses, and does not prove what it should."""


@dataclass(eq=False)
class UnknownTerm(OpenQualityError):
    """Name a term that the catalogue does not hold, and the nearest ones that it does."""

    kind: str
    term: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.nearest:
            return message(
                "Unknown {kind} {term!r}. See `openquality explain`.",
                kind=self.kind,
                term=self.term,
            )
        return message(
            "Unknown {kind} {term!r}. Did you mean {near}? See `openquality explain`.",
            kind=self.kind,
            term=self.term,
            near=any_of(self.nearest),
        )


@dataclass(eq=False)
class RegistryError(OpenQualityError):
    """Hold the problem document (RFC 9457) that a registry answered with."""

    status: int
    code: str
    title: str
    detail: str
    findings: tuple[object, ...] = ()

    def __str__(self) -> str:
        return message(
            "The registry answered {status} {code}: {title} {detail}",
            status=self.status,
            code=self.code,
            title=self.title,
            detail=self.detail,
        )


@dataclass(eq=False)
class NetworkError(OpenQualityError):
    """Say which address gave no answer, and why."""

    url: str
    reason: str

    def __str__(self) -> str:
        return message(
            "No answer from {url}: {reason}. Check the address and that the registry runs, then "
            "send the same bytes again: a repeated publish is harmless.",
            url=self.url,
            reason=self.reason,
        )
