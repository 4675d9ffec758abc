"""Hidden and deceptive text: what a program would read and a person would not see.

`check` looks at every string and member name of a document, of any shape. The library `disarm`
does similar work; it is young, so the tables here are our own, small, and tested case by case
(tests/vectors/text). Most strings are proved plain before any rule is asked; of most whole records
`survey` proves it at once.
"""

from collections.abc import Iterator

from openquality_validator.findings import Finding, escape
from openquality_validator.text import quick
from openquality_validator.text.quick import is_clean

__all__ = ["MACHINE", "check", "is_clean"]

# Members whose strings a schema or another rule holds to a closed form: their words mean nothing.
_CLOSED = """
@context id type digest digestSRI mediaType url endpoint descriptionUrl descriptionDigest amount
unit start end validFrom validUntil code currency metric indicator qualifier scheme version
catalogueVersion supersedes statusListCredential country region issuerRole granularity sizeClass
assessorLevel assessmentLevel attestationType design sided level class estimator convention
distribution severity planType result status cycleStage kind custodyModel comparator priceBasis tax
boundary attribution authentication stage assurance statusPurpose nominal lsl usl mean sigma
expanded coverageFactor standardDeviation skewness massFraction path evidenceRefs edition
"""
MACHINE = frozenset(_CLOSED.split())
_NAMED = "characteristic"  # whose `id` is a name on a drawing, and no closed form
_CERTIFICATE = "CertificateClaim"
_PARTIES = frozenset({"issuer", "party", "certifier", "body", "authority"})


def check(document: object) -> Iterator[Finding]:
    """Yield every finding in the strings and member names of a JSON value; never raises."""
    certified: bool | None = None
    for pointer, content, member, party in _strings(document):
        machine = member in MACHINE
        if quick.clean(content) and (machine or quick.plain(content)):
            continue
        from openquality_validator.text import table

        if certified is None:
            certified = _holds_certificate(document)
        text = table.Text(content, machine=machine, certified=certified, party=party)
        for rule in table.RULES:
            for where, message in rule.check(text):
                yield Finding(rule.code, rule.severity, pointer + where, message, rule.hint)


def _holds_certificate(document: object) -> bool:
    return any(s == _CERTIFICATE and member == "type" for _, s, member, _ in _strings(document))


def _strings(document: object) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (pointer, string, its member's name, whether it names a party), and member names."""
    stack: list[tuple[str, object, str, str]] = [("", document, "", "")]
    while stack:
        pointer, item, member, parent = stack.pop()
        if isinstance(item, str):
            named = _NAMED if member == "id" and parent == _NAMED else member
            yield pointer, item, named, member == "name" and parent in _PARTIES
        elif isinstance(item, dict):
            for name, inner in item.items():
                here = f"{pointer}/{escape(name)}"
                yield here, name, "type", False
                stack.append((here, inner, name, member))
        elif isinstance(item, list):
            stack.extend((f"{pointer}/{i}", inner, member, parent) for i, inner in enumerate(item))
