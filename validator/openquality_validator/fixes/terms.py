"""Mend terms: metrics, units, qualifiers, codes and names of members, but for their spelling.

A word is taken for another only if nothing but case, blanks, hyphens and underscores tells them
apart, and for a unit also by its name; a word that is merely near is only suggested.
"""

from openquality_validator import unit_names
from openquality_validator.catalogue import Catalogue
from openquality_validator.fixes.spot import Proposals, Spot
from openquality_validator.message import message
from openquality_validator.nearest import same
from openquality_validator.suggestions import catalogue_of, metric_of


def metric(spot: Spot) -> Proposals:
    """Write the id of a metric as the catalogue does."""
    known = _catalogue(spot)
    if known and isinstance(spot.value, str) and (found := same(spot.value, known.metrics)):
        yield found, message("spelling of the metric")


def unit(spot: Spot) -> Proposals:
    """Write a unit as its UCUM code, if it names only one."""
    known = _catalogue(spot)
    if known and isinstance(spot.value, str):
        found = unit_names.unit(spot.value, catalogue=known)
        if isinstance(found, str):
            yield found, message("spelling of the unit")


def qualifier(spot: Spot) -> Proposals:
    """Write the name of a qualifier as the metric does."""
    metric_ = metric_of(spot.record, spot.finding.pointer)
    if metric_ and isinstance(spot.value, str) and (found := same(spot.value, metric_.named)):
        yield found, message("spelling of the qualifier")


def qualifier_code(spot: Spot) -> Proposals:
    """Write a code of a qualifier's closed list as the list does."""
    metric_ = metric_of(spot.record, spot.finding.pointer)
    stated = spot.parent.get("qualifier") if isinstance(spot.parent, dict) else None
    known = metric_.named.get(stated) if metric_ and isinstance(stated, str) else None
    if known and isinstance(spot.value, str) and (found := same(spot.value, known.codes)):
        yield found, message("spelling of the code")


def listed(spot: Spot) -> Proposals:
    """Write one of a list of words as the list does."""
    near = spot.finding.nearest
    if near and isinstance(spot.value, str) and same(spot.value, (near,)):
        yield near, message("spelling of the code")


def renamed(spot: Spot) -> Proposals:
    """Write the name of a member as the schema does."""
    near = spot.finding.nearest
    held = spot.finding.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    if near and near not in spot.parent and same(held, (near,)):
        yield near, message("spelling of the name")


def _catalogue(spot: Spot) -> Catalogue | None:
    return catalogue_of(spot.record)
