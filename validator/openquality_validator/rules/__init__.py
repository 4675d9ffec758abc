"""Rules beyond shape: what a JSON Schema cannot say about a record.

`check` runs every rule of `RULES` over a record that the schema has accepted, and yields all
findings at once. Rules of a metric's form run only when the form's data are complete; what is
missing is a finding of its own (C006).
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.findings import Finding
from openquality_validator.rules import (
    capability,
    identity,
    inspection,
    plausibility,
    proofs,
    ratios,
    references,
    samples,
    sums,
    terms,
    times,
)
from openquality_validator.rules.claim import Attestation, Claim
from openquality_validator.rules.rule import Rule

__all__ = ["RULES", "Rule", "check"]

RULES: tuple[Rule, ...] = (
    *terms.RULES,
    *ratios.RULES,
    *samples.RULES,
    *capability.RULES,
    *inspection.RULES,
    *sums.RULES,
    *times.RULES,
    *identity.RULES,
    *plausibility.RULES,
    *references.RULES,
)


_NONE = frozenset[Any]()


def check(credential: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    """Yield every finding of a structurally valid record; never raises on one.

    Pointers are JSON Pointers into the record. A warning does not refuse it.
    """
    record = Attestation.of(credential, catalogue)
    settled = proofs.REFERENCES if proofs.references_hold(record) else _NONE
    for rule in _rules("record", "", _NONE, settled):
        for where, message in rule.check(record):
            yield Finding(rule.code, rule.severity, where, message, rule.hint)
    for index, data in enumerate(record.claims):
        claim = Claim.of(data, record)
        settled = proofs.TERMS if proofs.terms_hold(claim) else _NONE
        for rule in _rules(data["type"], _form(claim), frozenset(data), settled):
            for where, message in rule.check(claim):
                pointer = f"/credentialSubject/claims/{index}{where}"
                yield Finding(rule.code, rule.severity, pointer, message, rule.hint)


def _form(claim: Claim) -> str:
    """Return the form whose rules apply: that of the metric, on its carrier, with all its data."""
    complete = claim.metric is not None and claim.carried and not claim.lacking
    return claim.metric.form if claim.metric is not None and complete else ""


@lru_cache(maxsize=1024)
def _rules(
    kind: str, form: str, members: frozenset[Any], settled: frozenset[Any]
) -> tuple[Rule, ...]:
    every = kind != "record"
    return tuple(
        rule
        for rule in RULES
        if ((every and not rule.on) or kind in rule.on or form in rule.on)
        and (not rule.member or not members.isdisjoint(rule.member.split()))
        and rule not in settled
    )
