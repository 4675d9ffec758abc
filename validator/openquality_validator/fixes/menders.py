"""Which mender is asked about which finding; those that come first are tried first."""

from collections.abc import Callable, Mapping
from typing import Final

from openquality_validator.fixes import numbers, terms, texts, totals
from openquality_validator.fixes.spot import Proposals, Spot

Mender = Callable[[Spot], Proposals]

MENDERS: Final[Mapping[str, tuple[Mender, ...]]] = {
    "D003": (texts.byte_order_mark,),
    "S001": (numbers.quoted, numbers.whole),
    "S003": (terms.renamed,),
    "S004": (terms.listed, texts.trimmed),
    "S006": (
        texts.trimmed,
        numbers.amount,
        texts.upper_case,
        texts.lower_case,
        terms.metric,
        terms.unit,
    ),
    "S007": (texts.trimmed, numbers.day, numbers.moment),
    "C001": (terms.metric,),
    "C003": (terms.unit,),
    "C009": (terms.qualifier,),
    "C011": (terms.qualifier_code, terms.unit),
    "C013": (texts.upper_case,),
    "A001": (totals.rounded,),
    "A003": (totals.rounded,),
    "A006": (totals.rounded,),
    "A008": (totals.rounded,),
    "A009": (totals.rounded,),
    "A011": (totals.rounded,),
    "A013": (totals.sample,),
    "A026": (totals.readings,),
    "A028": (totals.rounded,),
    "A040": (totals.cost,),
    "A044": (totals.recycled,),
    "A045": (totals.carbon,),
    "X001": (texts.one_paragraph,),
    "X002": (texts.seen,),
    "X007": (texts.composed,),
}
NAMES: Final = frozenset({"S003"})
"""Findings whose fix changes the name of a member, and not its value."""
