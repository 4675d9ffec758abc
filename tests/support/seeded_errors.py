"""Valid records with errors put in on purpose, and where each of them stands.

A seed replaces a piece of the text of a valid example. What a finding must point at is marked in
the replacement by ⟦ ⟧, so that its line and column follow from the text alone, and from nothing
that this software computes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import openquality_schemas

OPEN, CLOSE = "⟦", "⟧"
ON_TIME = "organisation-on-time.json"
SCREW = "fastener-cpk-on-time.json"
PUMP = "pump-life-cycle-cost.json"
SERVICE = "data-service.json"


class Found(NamedTuple):
    """A code and the line and column where it must be found."""

    code: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Seeded:
    """A text with errors; `base` is the valid text that it was made of.

    `mends` says that nothing but `base` itself is what the safe fixes must give.
    """

    name: str
    base: str
    text: str
    found: frozenset[Found]
    mends: bool

    @property
    def data(self) -> bytes:
        return self.text.encode()


# Name, valid example, codes in the order of their marks, what is replaced (the first time that it
# stands there), and by what.
_Seed = tuple[str, str, str, str, str]

_BASE = openquality_schemas.examples("valid")[SCREW].decode()
_STUDY = _BASE[_BASE.index('"n": 125') : _BASE.index('"systematic"')]  # with both its counts

MECHANICAL: tuple[_Seed, ...] = (
    ("decimal-comma", ON_TIME, "S006", '"97.7181"', '⟦"97,7181"⟧'),
    ("number-without-quotes", ON_TIME, "S001", '"97.7181"', "⟦97.7181⟧"),
    ("unit-within-the-number", ON_TIME, "S006", '"97.7181"', '⟦" 97,7181 % "⟧'),
    ("blank-behind-a-code", ON_TIME, "S006", '"country": "DE"', '"country": ⟦"DE "⟧'),
    ("country-in-small-letters", ON_TIME, "S006", '"country": "DE"', '"country": ⟦"de"⟧'),
    ("count-as-text", ON_TIME, "S001", '"denominator": 2980', '"denominator": ⟦"2 980"⟧'),
    ("count-with-a-point", ON_TIME, "S001", '"numerator": 2912', '"numerator": ⟦2912.0⟧'),
    ("date-of-germany", ON_TIME, "S007", '"end": "2026-09-30"', '"end": ⟦"30.9.2026"⟧'),
    (
        "time-with-a-blank",
        ON_TIME,
        "S007",
        '"2026-10-05T09:30:00+02:00"',
        '⟦"2026-10-05 09:30:00 +0200"⟧',
    ),
    (
        "name-with-a-capital",
        ON_TIME,
        "S002 S003",
        '"value": {\n          "amount": "97.7181",\n          "unit"',
        '"value": ⟦{⟧\n          "amount": "97.7181",\n          ⟦"Unit"⟧',
    ),
    ("unit-by-its-name", ON_TIME, "C003", '"unit": "%"', '"unit": ⟦"Percent"⟧'),
    ("metric-in-words", ON_TIME, "S006", '"on-time-delivery"', '⟦"On-Time Delivery"⟧'),
    ("code-with-a-capital", ON_TIME, "C011", '"requested"', '⟦"Requested"⟧'),
    ("word-of-a-list-with-a-capital", ON_TIME, "S004", '"medium"', '⟦"Medium"⟧'),
    ("qualifier-in-small-letters", ON_TIME, "C009", '"lateLimit"', '⟦"latelimit"⟧'),
    ("last-digit", ON_TIME, "A001", '"97.7181"', '⟦"97.7182"⟧'),
    ("share-for-percent", ON_TIME, "A001", '"97.7181"', '⟦"0.977181"⟧'),
    ("sample-of-other-size", ON_TIME, "A013", '"n": 2980', '"n": ⟦2900⟧'),
    ("sum-of-other-phases", PUMP, "A040", '"amount": "1980"', '"amount": ⟦"1890"⟧'),
    (
        "readings-of-fewer-groups",
        SCREW,
        "A026 A013",
        _STUDY,
        _STUDY.replace("125", "⟦120⟧", 1).replace('"n": 125', '"n": ⟦125⟧'),
    ),
    ("currency-in-small-letters", PUMP, "S006", '"currency": "EUR"', '"currency": ⟦"eur"⟧'),
    ("line-break-in-a-name", ON_TIME, "X001", '"Velanto Logistik AG"', '⟦"Velanto\\nLogistik AG"⟧'),
    (
        "zero-width-space",
        ON_TIME,
        "X002",
        '"Velanto Logistik AG"',
        '⟦"Velanto\N{ZERO WIDTH SPACE} Logistik AG"⟧',
    ),
    ("byte-order-mark", ON_TIME, "D003", "{", "⟦\N{ZERO WIDTH NO-BREAK SPACE}⟧{"),
)
# A person has to look: what is meant is not known, or the mend is not ours to make.
OTHERS: tuple[_Seed, ...] = (
    ("metric-misspelled", ON_TIME, "C001", '"on-time-delivery"', '⟦"on-time-deliverry"⟧'),
    ("unit-unknown", ON_TIME, "C003", '"unit": "%"', '"unit": ⟦"furlong"⟧'),
    ("member-unknown", ON_TIME, "S003", '"counts"', '⟦"colour"⟧: "red",\n        "counts"'),
    (
        "member-missing",
        ON_TIME,
        "S002",
        '"period": {\n          "start": "2026-04-01",',
        '"period": ⟦{⟧',
    ),
    ("value-of-other-counts", ON_TIME, "A001", '"97.7181"', '⟦"88.1"⟧'),
    ("gln-digit-wrong", SCREW, "I002", '"9506000123455"', '⟦"9506000123454"⟧'),
    ("lei-digits-swapped", ON_TIME, "I003", '"529900VELANTO0000139"', '⟦"529900VELANTO0000193"⟧'),
    ("date-of-two-readings", ON_TIME, "S007", '"end": "2026-09-30"', '"end": ⟦"09/10/2026"⟧'),
    ("number-of-two-readings", ON_TIME, "S006", '"97.7181"', '⟦"97,718"⟧'),
    ("time-without-offset", ON_TIME, "S007", '"2027-04-05T00:00:00Z"', '⟦"2027-04-05T00:00:00"⟧'),
    ("html-in-a-text", ON_TIME, "X008", '"Order lines due', '⟦"<b>Order</b> lines due'),
    ("direction-override", ON_TIME, "X003", '"Velanto', '⟦"\N{RIGHT-TO-LEFT OVERRIDE}Velanto'),
    ("promise-the-wrong-way", SERVICE, "C012", '"atLeast"', '⟦"atMost"⟧'),
    (
        "credit-above-the-price",
        SERVICE,
        "A048",
        '"creditPercent": "10"',
        '"creditPercent": ⟦"110"⟧',
    ),
    ("member-twice", ON_TIME, "D004", '"validUntil"', '⟦"validFrom"⟧: "x",\n  "validUntil"'),
    ("comma-missing", ON_TIME, "D003", '"2.1",\n        "code"', '"2.1"\n        ⟦"code"'),
    ("number-too-large", ON_TIME, "D007", '"n": 2980', '"n": ⟦9007199254740993⟧'),
    (
        "three-of-a-shape",
        SCREW,
        "S006 S001 S003",
        '"amount": "1.33",\n          "unit": "1"',
        '"amount": ⟦"1,333"⟧,\n          "unit": ⟦1⟧,\n          ⟦"basis"⟧: "short term"',
    ),
)


def corpus() -> tuple[Seeded, ...]:
    """Return all texts."""
    examples = openquality_schemas.examples("valid")
    made = [_made(seed, examples, mends=True) for seed in MECHANICAL]
    return (*made, *(_made(seed, examples, mends=False) for seed in OTHERS))


def _made(seed: _Seed, examples: dict[str, bytes], *, mends: bool) -> Seeded:
    name, example, codes, before, after = seed
    base = examples[example].decode()
    assert before in base
    marked = base.replace(before, after, 1)
    found = frozenset(_found(marked, codes.split()))
    text = marked.replace(OPEN, "").replace(CLOSE, "")
    return Seeded(name, base, text, found, mends)


def _found(marked: str, codes: list[str]) -> Iterator[Found]:
    assert marked.count(OPEN) == len(codes)
    pieces = marked.replace(CLOSE, "").split(OPEN)
    before = ""
    for code, piece in zip(codes, pieces[:-1], strict=True):
        before += piece
        yield Found(code, before.count("\n") + 1, len(before) - before.rfind("\n"))
