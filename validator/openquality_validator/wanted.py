"""The parts of a buyer's question, as values; `query.py` reads them."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from openquality_validator.catalogue import Metric


class Characteristics(StrEnum):
    """Say which of a subject's characteristics a metric asked for means."""

    WORST_CRITICAL = "worstCritical"
    WORST = "worst"
    ANY = "any"
    ALL = "all"


class Custody(StrEnum):
    """Name the custody models, as provenance claims do."""

    IDENTITY_PRESERVED = "identityPreserved"
    SEGREGATED = "segregated"
    MASS_BALANCE = "massBalance"
    BOOK_AND_CLAIM = "bookAndClaim"


class Of(StrEnum):
    """Say whether a service level is promised or achieved."""

    PROMISED = "promised"
    ACHIEVED = "achieved"


@dataclass(frozen=True, slots=True)
class Rate:
    """Hold a dated exchange rate: one `source` unit is `rate` units of `target`."""

    source: str
    target: str
    rate: Decimal
    date: dt.date
    published: str


@dataclass(frozen=True, slots=True)
class Where:
    """Ask for one metric; `threshold` and `target` are in `unit`, the canonical one.

    For money `unit` is the currency asked for, or None for any; `rates` lead to it.
    """

    metric: Metric
    unit: str | None = None
    comparator: str | None = None
    threshold: Decimal | None = None
    of: str = "bound"
    target: Decimal | None = None
    qualifiers: tuple[tuple[str, str], ...] = ()
    characteristics: Characteristics = Characteristics.WORST_CRITICAL
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateWanted:
    """Ask for a certificate that is valid on a date: `on`, or the query's `asOf`.

    `scope` is a code that it must list, and the classification of the code if one is named.
    """

    scheme: str
    edition: str | None
    accredited: bool
    scope: tuple[str | None, str] | None = None
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class MaterialWanted:
    """Ask for a material by CAS number or name, with its least share and its origins."""

    cas: str | None
    name: str | None
    share: Decimal | None
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvenanceWanted:
    """Ask for a statement on origin that says all of this; an empty tuple asks for nothing."""

    origins: tuple[str, ...]
    custody: tuple[Custody, ...]
    material: MaterialWanted | None


@dataclass(frozen=True, slots=True)
class LevelWanted:
    """Ask for a service level; `where` holds indicator, comparator and canonical value."""

    where: Where
    of: Of


@dataclass(frozen=True, slots=True)
class Reserve:
    """Keep a share of places for suppliers of these size classes or from these countries."""

    share: Decimal
    size_classes: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fairness:
    """Say how the order gives way; docs/spec/query.md has the formula."""

    reserve: Reserve | None = None
    diversity: Decimal = Decimal(0)
