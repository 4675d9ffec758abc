"""The first page: find records by name, identifier, supplier, metric, category, and narrow down."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from openquality.language import local
from openquality_registry.adapters.sql.finder import FACETS, MOST, Hit, Sought, SqlFinder
from openquality_registry.answering import names
from openquality_registry.bootstrap import Parts
from openquality_registry.pages import words
from openquality_registry.pages.gathering import read_credential
from openquality_registry.pages.state import StateLine, state_line
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.entry import Entry
from openquality_validator.message import message
from openquality_validator.status import State

PAGE: Final = 20
LONGEST: Final = 300  # characters of a question
_SHOWN: Final = 8  # values of a facet
_METRICS: Final = 5
_LISTINGS: Final = 10
TITLES: Final = {
    "type": message("What"),
    "country": message("Country of the producer"),
    "metric": message("Metric"),
    "certificate": message("Certificate"),
    "category": message("Category, of those shown"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a record as a search shows it: its names, what it states, how it stands."""

    digest: str
    name: str
    issuer: str
    issuer_id: str
    type: str
    country: str | None
    identifiers: tuple[tuple[str, str], ...]
    claims: tuple[str, ...]
    measured: str | None
    admitted_at: str
    state: StateLine
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold one value of a facet: what it is called, how many, and the address that chooses it."""

    name: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a visitor asked: the text, one value for each facet, and where the page starts."""

    text: str
    facets: Mapping[str, str]
    withdrawn: bool
    before: int | None

    @classmethod
    def of(cls, parameters: Mapping[str, str], *, before: int | None) -> "Asked":
        """Read the parameters of the address; what is not known there is left alone."""
        return cls(
            parameters.get("q", "").strip()[:LONGEST],
            {name: parameters[name][:LONGEST] for name in FACETS if parameters.get(name)},
            parameters.get("all") == "1",
            before,
        )

    def address(self, **changed: str | None) -> str:
        """Return the address of this search with something else chosen, from its first page."""
        chosen: dict[str, str | None] = {"q": self.text or None, **self.facets}
        if self.withdrawn:
            chosen["all"] = "1"
        chosen |= changed
        query = urlencode({name: value for name, value in chosen.items() if value is not None})
        return f"/?{query}" if query else "/"


def view(parts: Parts, asked: Asked) -> dict[str, Any]:
    """Make the model of the search page."""
    finder = SqlFinder(parts.folder.store.read)
    tokens = names.asked(asked.text)
    sought = Sought(tokens, asked.facets, asked.withdrawn)
    nothing = bool(asked.text) and not tokens  # signs alone find nothing, and not everything
    hits = () if nothing else finder.page(sought, before=asked.before, limit=PAGE + 1)
    counted = None if nothing else finder.count(sought)
    total = counted.total if counted else 0
    shown = [_found(parts, hit) for hit in hits[:PAGE]]
    # Counting these of all that match would read every category of the log.
    categories = Counter(category for found in shown for category in found.categories)
    facets = dict(counted.facets if counted else {}) | {"category": tuple(categories.most_common())}
    return {
        "asked": asked,
        "hits": shown,
        "next": asked.address(before=str(hits[PAGE - 1].index)) if len(hits) > PAGE else None,
        "total": total,
        "at_least": total == MOST,
        "facets": _facets(facets, asked, parts.catalogue),
        "chosen": _chosen(asked, parts.catalogue),
        "metrics": _metrics(tokens, parts.catalogue),
        "listings": parts.listings.find(tokens, limit=_LISTINGS)
        if tokens and not asked.facets and asked.before is None
        else (),
        "with_all": asked.address(all=None if asked.withdrawn else "1"),
        "size": parts.published_size(),
        "first": asked.address(),
    }


def _found(parts: Parts, hit: Hit) -> Found:
    credential = read_credential(parts, hit.digest)
    assert credential is not None
    subject = credential["credentialSubject"]
    entry = Entry.from_bytes(hit.admitted)
    ends = [c["period"]["end"] for c in subject["claims"] if "metric" in c and "period" in c]
    return Found(
        digest=hit.digest,
        name=subject["name"],
        issuer=credential["issuer"]["name"],
        issuer_id=hit.issuer,
        type=subject["type"],
        country=subject.get("producer", {}).get("location", {}).get("country"),
        identifiers=tuple(
            (each["scheme"], each["value"]) for each in subject.get("identifiers", ())
        ),
        claims=words.claim_names(subject["claims"], parts.catalogue),
        measured=max(ends, default=None),
        admitted_at=entry.admitted_at,
        state=state_line(
            State(parts.bundler.state(hit.digest, hit.issuer)),
            valid_from=credential["validFrom"],
            valid_until=credential.get("validUntil"),
            now=parts.clock.now(),
        ),
        categories=tuple(
            f"{each['scheme']}:{each['code']}" for each in subject.get("category", ())
        ),
    )


def _facets(
    counted: Mapping[str, tuple[tuple[str, int], ...]], asked: Asked, catalogue: Catalogue
) -> list[tuple[str, list[Choice]]]:
    found: list[tuple[str, list[Choice]]] = []
    for facet, values in counted.items():
        if facet in asked.facets or not values:
            continue
        choices = [
            Choice(_value(facet, value, catalogue), count, asked.address(**{facet: value}))
            for value, count in values[:_SHOWN]
        ]
        found.append((TITLES[facet], choices))
    return found


def _chosen(asked: Asked, catalogue: Catalogue) -> list[tuple[str, str, str]]:
    """List what was chosen: title, value, and the address without it."""
    return [
        (TITLES[facet], _value(facet, value, catalogue), asked.address(**{facet: None}))
        for facet, value in asked.facets.items()
    ]


def _value(facet: str, value: str, catalogue: Catalogue) -> str:
    if facet == "type":
        return local(words.SUBJECTS.get(value, value))
    if facet == "metric" and value in catalogue.metrics:
        return catalogue.metrics[value].label
    if facet == "category":
        scheme, _, code = value.partition(":")
        return f"{scheme.upper()} {code}"
    return value


def _metrics(tokens: Sequence[str], catalogue: Catalogue) -> list[Metric]:
    """Find metrics by the words of their labels and ids."""
    if not tokens:
        return []
    found = []
    for metric in catalogue.metrics.values():
        kept = set(names.tokens(f"{metric.label} {metric.id}"))
        if all(any(each.startswith(token) for each in kept) for token in tokens):
            found.append(metric)
    return sorted(found, key=lambda metric: metric.label)[:_METRICS]
