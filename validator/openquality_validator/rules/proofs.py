"""Quick looks that prove a family of rules silent, so that none of it need be asked.

Each look takes the case that nearly all records are in. True is a proof that no rule of the family
finds anything; False proves nothing, and the rules are asked.
"""

from openquality_validator.catalogue import Qualifier
from openquality_validator.rules import references, terms
from openquality_validator.rules.claim import Attestation, Claim, Json

REFERENCES = frozenset(
    rule for rule in references.RULES if rule.code in {"R001", "R002", "R003", "R004"}
)
TERMS = frozenset(
    rule for rule in terms.RULES if rule.code not in {"C012", "C013", "C014"}
)  # those three speak of promises and money

_NONE = frozenset[str]()
_OTHER_UNITS = terms.WITH_UNIT - {"value"}


def references_hold(record: Attestation) -> bool:
    """Say whether all ids are the record's own and different, and evidence backs what it should."""
    evidence = [item["id"] for item in record.data.get("evidence", ())]
    ids = [claim["id"] for claim in record.claims]
    used = {each for claim in record.claims for each in claim.get("evidenceRefs", ())}
    ids += evidence
    if len({*ids}) < len(ids) or used != {*evidence}:
        return False
    prefix = f"{record.data['id']}#"
    return all([each.startswith(prefix) for each in ids])  # noqa: C419 - faster


def terms_hold(claim: Claim) -> bool:
    """Say whether metric, unit, qualifiers and data of a claim are what the catalogue wants.

    The units that a metric allows are known and measure its quantity: a test holds every catalogue
    to it.
    """
    metric, data = claim.metric, claim.data
    if metric is None or not claim.carried or claim.lacking:
        return False
    known, stated = metric.named, data.get("qualifiers", ())
    names = {each["qualifier"] for each in stated}
    return (
        _OTHER_UNITS.isdisjoint(data)
        and ("value" not in data or data["value"]["unit"] in metric.allowed_units)
        and terms.FOREIGN.get(metric.form, _NONE).isdisjoint(data)
        and ("counts" not in data or data["counts"].keys() <= terms.COUNTS.get(metric.form, _NONE))
        and len(names) == len(stated)
        and metric.required <= names
        and all([_fits(each, known.get(each["qualifier"])) for each in stated])  # noqa: C419 - faster
    )


def _fits(stated: Json, qualifier: Qualifier | None) -> bool:
    if qualifier is None:
        return False
    if qualifier.kind == "code":
        return "unit" not in stated and "code" in stated and stated["code"] in qualifier.codes
    if qualifier.kind == "quantity":
        return "amount" in stated and "unit" in stated and stated["unit"] in qualifier.codes
    return "unit" not in stated and "text" in stated
