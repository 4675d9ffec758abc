"""Answers to queries by brute force, in plain Python over JSON: nothing of the project is imported.

`Market` holds a log as its publishers see it: attestations and words on them, in order. `answer`
follows docs/spec/query.md and docs/spec/comparison.md sentence by sentence, over every claim.
Where the documents leave the choice of the largest group to a spelling, every choice is returned.
"""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

Json = dict[str, Any]
Z = 1.6448536269514722  # the standard normal quantile at 95 %
VERIFICATIONS = ["declared", "evidenced", "recomputed"]
INDEPENDENCES = ["self", "buyer", "thirdParty", "accredited"]
LEVELS = ["L0", "L1", "L2"]


@dataclass
class Entry:
    """One log entry: an attestation, or a word (suspended …) on another one or a certificate.

    `target` is the place of the attestation, `certificate` the scheme and number.
    """

    digest: str
    issuer: str
    record: Json | None = None
    word: str | None = None
    target: int | None = None
    certificate: tuple[str, str] | None = None
    identity: str = "L0"


@dataclass
class Market:
    """A log, and the catalogue as its JSON files hold it."""

    metrics: dict[str, Json]
    units: dict[str, Json]
    entries: list[Entry] = field(default_factory=list)


@dataclass(eq=False)
class Value:
    """One claim of a metric with all that the documents derive from it."""

    index: int
    position: int
    claim: Json
    record: Json
    entry: Entry
    metric: Json
    value: Fraction | float | None
    lower: float | None
    upper: float | None
    group: tuple[Any, ...]
    family: str | None
    relation: str
    assessed: str | None
    qualifiers: dict[str, str]
    rate: Json | None = None

    @property
    def subject(self) -> Json:
        return self.record["credentialSubject"]

    @property
    def name(self) -> tuple[str, str]:
        return (self.entry.issuer, self.subject["id"])

    @property
    def series(self) -> tuple[Any, ...]:
        return (*self.name, self.group)

    @property
    def place(self) -> tuple[int, int]:
        return (self.index, self.position)

    @property
    def higher(self) -> bool:
        return self.metric["direction"] == "higherBetter"

    @property
    def goodness(self) -> float | None:
        bound = self.lower if self.higher else self.upper
        return None if bound is None else (bound if self.higher else -bound)

    @property
    def end(self) -> str:
        return self.claim.get("period", {}).get("end", "")


# ---------------------------------------------------------------- what follows from one record


@cache
def clopper_pearson(hits: int, trials: int) -> tuple[float, float]:
    """One-sided 95 % limits: where the tail of the binomial distribution has 5 %."""

    def tail(share: float, low: int, high: int) -> float:
        return math.fsum(
            math.comb(trials, k) * share**k * (1 - share) ** (trials - k)
            for k in range(low, high + 1)
        )

    def solve(rises: Callable[[float], float]) -> float:
        low, high = 0.0, 1.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if rises(middle) < 0.05 else (low, middle)
        return (low + high) / 2

    lower = 0.0 if hits == 0 else solve(lambda share: tail(share, hits, trials))
    upper = 1.0 if hits == trials else 1 - solve(lambda share: tail(1 - share, 0, hits))
    return lower, upper


def values(market: Market, size: int) -> Iterator[Value]:
    for index, entry in enumerate(market.entries[:size]):
        if entry.record is None:
            continue
        position = 0
        for claim in entry.record["credentialSubject"]["claims"]:
            metric = market.metrics.get(claim.get("metric", ""))
            if metric is not None:
                yield derive(market, index, position, claim, entry, metric)
                position += 1


def derive(
    market: Market, index: int, position: int, claim: Json, entry: Entry, metric: Json
) -> Value:
    record = entry.record
    assert record is not None
    subject = record["credentialSubject"]
    value, lower, upper = limits(market, claim, metric)
    relation, assessed = who(market, entry, subject, claim)
    qualifiers = {q["qualifier"]: spelled(market, q) for q in claim.get("qualifiers", [])}
    required = {q["name"] for q in metric["qualifiers"] if q["role"] == "match" and q["required"]}
    group = (
        metric["id"],
        metric["version"].split(".")[0],
        subject["type"],
        subject.get("granularity"),
        tuple(sorted((k, v) for k, v in qualifiers.items() if k in required)),
        tuple(compared(market, claim, path) for path in metric.get("comparedMembers", [])),
    )
    codes = subject.get("category", [])
    family = None
    if subject["type"] == "Product":
        family = codes[0]["code"][:4] if codes else "unknown"
    return Value(
        index, position, claim, record, entry, metric, value, lower, upper, group, family,
        relation, assessed, qualifiers,
    )  # fmt: skip


def limits(
    market: Market, claim: Json, metric: Json
) -> tuple[Fraction | float | None, float | None, float | None]:
    if "counts" in claim:
        hits, trials = claim["counts"]["numerator"], claim["counts"]["denominator"]
        low, high = clopper_pearson(hits, trials)
        scale = float(1 / Fraction(market.units[metric["canonicalUnit"]]["factor"]))
        return hits / trials * scale, low * scale, high * scale
    stated = claim["value"]
    scale = Fraction(1)
    if metric["quantityKind"] != "money":
        units = market.units
        scale = Fraction(units[stated["unit"]]["factor"]) / Fraction(
            units[metric["canonicalUnit"]]["factor"]
        )
    basis = claim.get("declaredUnit") or claim.get("quantityBasis")
    per = Fraction(1)
    if basis:
        per = Fraction(basis["amount"]) * Fraction(market.units[basis["unit"]]["factor"])
    value = Fraction(stated["amount"]) * scale
    lower = upper = None
    if "uncertainty" in claim:
        spread = float(Fraction(claim["uncertainty"]["expanded"]) * scale)
        half = Z * spread / float(claim["uncertainty"]["coverageFactor"])
        lower, upper = float(value) - half, float(value) + half
    allowed = [None if end is None else float(end) for end in metric["valueRange"]]
    if lower is not None and allowed[0] is not None:
        lower = max(lower, allowed[0])
    return (
        float(value) / float(per),
        None if lower is None else lower / float(per),
        None if upper is None else upper / float(per),
    )


def spelled(market: Market, qualifier: Json) -> str:
    if "amount" in qualifier:
        unit = market.units[qualifier["unit"]]
        return f"{Fraction(qualifier['amount']) * Fraction(unit['factor'])} {unit['quantityKind']}"
    return str(qualifier.get("code", qualifier.get("text")))


def compared(market: Market, claim: Json, path: str) -> object:
    value: Any = claim
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if path in {"declaredUnit", "quantityBasis"}:
        return market.units[value["unit"]]["quantityKind"] if value else None
    if isinstance(value, dict) and value.get("unit") in market.units:
        return spelled(market, value)
    return None if value is None else str(value)


def who(market: Market, entry: Entry, subject: Json, claim: Json) -> tuple[str, str | None]:
    producer = subject.get("producer", {}).get("party", {}).get("id")
    if entry.issuer == (subject["id"] if producer is None else producer):
        return "producer", None
    observable = market.metrics.get(claim.get("metric", ""), {}).get("observable", False)
    if subject["issuerRole"] == "observer" and observable:
        return "buyer", None
    if subject["issuerRole"] != "assessor":
        return "other", None
    if claim["type"] == "CertificateClaim":
        return "other", claim["scheme"]["code"]
    return "other", claim.get("method", {}).get("standard")


# ---------------------------------------------------------------- what stands


def withdrawn(market: Market, size: int) -> set[int]:
    """Which attestations were suspended, revoked or superseded when the log had this size."""
    said: dict[tuple[int, str], str] = {}
    gone = set()
    by_digest = {entry.digest: at for at, entry in enumerate(market.entries)}
    for entry in market.entries[:size]:
        if entry.target is not None:
            assert entry.word is not None
            said[entry.target, entry.issuer] = entry.word
        elif entry.record is not None and "supersedes" in entry.record:
            gone.add(by_digest[entry.record["supersedes"]])
    return gone | {at for (at, _), word in said.items() if word in {"suspended", "revoked"}}


def newest(found: list[Value], gone: set[int]) -> dict[tuple[Any, ...], list[Value]]:
    """Of each series, the newest value of each characteristic that still stands."""
    kept: dict[tuple[Any, ...], dict[str | None, Value]] = defaultdict(dict)

    def recent(value: Value) -> tuple[Any, ...]:
        worse = math.inf if value.goodness is None else -value.goodness
        return (value.end, value.index, worse, -value.position)

    for value in found:
        if value.index in gone:
            continue
        name = value.claim.get("characteristic", {}).get("id")
        before = kept[value.series].get(name)
        if before is None or recent(value) > recent(before):
            kept[value.series][name] = value
    return {name: list(each.values()) for name, each in kept.items()}


def worst_of(listed: list[Value], *, critical: bool) -> Value:
    def badness(value: Value) -> tuple[Any, ...]:
        kind = value.claim.get("characteristic", {}).get("class")
        first = 0 if critical and kind == "critical" else 1
        good = -math.inf if value.goodness is None else value.goodness
        return (first, good, *value.place)

    return min(listed, key=badness)


# ---------------------------------------------------------------- eligibility


class Judge:
    """Judges every value of one metric asked for, at one size of the log."""

    def __init__(self, market: Market, query: Json, where: Json, size: int) -> None:
        self.market, self.query, self.where, self.size = market, query, where, size
        self.metric = market.metrics[where["metric"]]
        self.as_of = query["asOf"]
        self.gone = withdrawn(market, size)
        every = [v for v in values(market, size) if v.metric["id"] == where["metric"]]
        self.latest = newest(every, self.gone)
        self.every = [value for value in every if self.in_scope(value)]
        self.mode = where.get("characteristics", "worstCritical")

    def accredited(self, issuer: str, scheme: str | None) -> bool:
        listed = self.query.get("accreditors", [])
        return any(a["did"] == issuer and scheme in a["schemes"] for a in listed)

    def in_scope(self, value: Value) -> bool:
        wanted = self.query.get("subject", {})
        subject = value.subject
        place = subject.get("producer", {}).get("location", {})
        return (
            wanted.get("type") in {None, subject["type"]}
            and wanted.get("granularity") in {None, subject.get("granularity")}
            and ("ids" not in wanted or subject["id"] in wanted["ids"])
            and ("countries" not in wanted or place.get("country") in wanted["countries"])
            and ("regions" not in wanted or place.get("region") in wanted["regions"])
            and ("category" not in wanted or in_category(subject, wanted["category"]))
            and ("identifiers" not in wanted or named(subject, wanted["identifiers"]))
        )

    def stands(self, value: Value) -> bool:
        listed = self.latest.get(value.series, [])
        if value not in listed:
            return False
        if self.mode == "any":
            return True
        return value is worst_of(listed, critical=self.mode == "worstCritical")

    def reasons(self, value: Value) -> Iterator[str]:
        """Why a value is left out, whatever stands beside it, first reason first."""
        query, where = self.query, self.where
        relations = query.get("relations", ["producer", "assessor"])
        if not {self.relation(value), value.relation} & set(relations):
            yield "relation"
        floors = query.get("floors", {})
        if LEVELS.index(value.entry.identity) < LEVELS.index(floors.get("identity", "L0")):
            yield "identity"
        if INDEPENDENCES.index(self.independence(value)) < INDEPENDENCES.index(
            floors.get("independence", "self")
        ):
            yield "independence"
        if VERIFICATIONS.index(verification(value)) < VERIFICATIONS.index(
            floors.get("verification", "declared")
        ):
            yield "verification"
        least = query.get("minSample", self.metric["minSample"] or 0)
        if least and (sample(value.claim) is None or sample(value.claim) < least):
            yield "sampleTooSmall"
        yield from self.times(value)
        yield from self.besides(value)
        for asked in where.get("qualifiers", []):
            if value.qualifiers.get(asked["qualifier"]) != spelled(self.market, asked):
                yield f"qualifierDiffers:{asked['qualifier']}"
        yield from self.amounts(value)

    def relation(self, value: Value) -> str:
        if self.accredited(value.entry.issuer, value.assessed):
            return "assessor"
        return value.relation

    def independence(self, value: Value) -> str:
        if value.relation == "producer":
            return "self"
        if self.accredited(value.entry.issuer, value.assessed):
            return "accredited"
        if value.relation == "buyer":
            return "buyer"
        return "thirdParty" if value.assessed else "self"

    def times(self, value: Value) -> Iterator[str]:
        period = value.claim["period"]
        day = dt.date.fromisoformat
        age = (day(self.as_of) - day(period["end"])).days
        if age < 0:
            yield "periodAhead"
        if age > self.query.get("maxAgeDays", age):
            yield "tooOld"
        days = (day(period["end"]) - day(period["start"])).days + 1
        if days < self.query.get("minPeriodDays", 0):
            yield "periodTooShort"
        until = value.record.get("validUntil")
        if until is not None and until[:10] < self.as_of:  # the tests write them in UTC
            yield "expired"

    def besides(self, value: Value) -> Iterator[str]:
        for wanted in self.query.get("certificates", []):
            if not any(
                self.certifies(entry, claim, value, wanted) for entry, claim in self.claims()
            ):
                yield f"certificateMissing:{wanted['scheme']}"
        for wanted in self.query.get("provenance", []):
            if not any(
                self.provides(entry, claim, value, wanted) for entry, claim in self.claims()
            ):
                yield "provenanceMissing"
        for wanted in self.query.get("serviceLevels", []):
            if not self.level(value, wanted):
                yield f"serviceLevelMissing:{wanted['indicator']}"

    def claims(self) -> Iterator[tuple[Entry, Json]]:
        for at, entry in enumerate(self.market.entries[: self.size]):
            if entry.record is not None and at not in self.gone:
                for claim in entry.record["credentialSubject"]["claims"]:
                    yield entry, claim

    def certifies(self, entry: Entry, claim: Json, value: Value, wanted: Json) -> bool:
        if claim["type"] != "CertificateClaim" or entry.record is None:
            return False
        subject = entry.record["credentialSubject"]
        producer = subject.get("producer", {}).get("party", {}).get("id")
        theirs = value.subject.get("producer", {}).get("party", {}).get("id")
        holders = {subject["id"], producer} - {None}
        on = wanted.get("on", self.as_of)
        scope = wanted.get("scope")
        listed = claim["scope"].get("codes", [])
        return (
            bool(holders & {value.subject["id"], theirs})
            and claim["scheme"]["code"] == wanted["scheme"]
            and wanted.get("edition") in {None, claim["scheme"]["edition"]}
            and claim["status"] == "active"
            and not self.taken_back(entry, claim)
            and claim["validity"]["start"] <= on <= claim["validity"].get("end", on)
            and (
                not wanted.get("accredited")
                or self.accredited(entry.issuer, claim["scheme"]["code"])
            )
            and (
                scope is None
                or any(
                    each["code"] == scope["code"] and scope.get("scheme") in {None, each["scheme"]}
                    for each in listed
                )
            )
        )

    def taken_back(self, entry: Entry, claim: Json) -> bool:
        """Say whether a voice that counts for the claim suspended or revoked the certificate."""
        named = claim["scheme"]["code"], claim["number"]
        said: dict[str, tuple[str, bool]] = {}
        issued = set()
        for each in self.market.entries[: self.size]:
            if each.certificate == named:
                assert each.word is not None
                said[each.issuer] = each.word, each.issuer in issued
            elif each.record is not None:
                subject = each.record["credentialSubject"]
                issued |= {
                    each.issuer
                    for other in subject["claims"]
                    if other["type"] == "CertificateClaim"
                    and (other["scheme"]["code"], other["number"]) == named
                    and who(self.market, each, subject, other) == ("other", named[0])
                }
        own = {entry.issuer, claim["certifier"].get("id")}
        return any(
            word in {"suspended", "revoked"}
            and (issuer in own or not has_issued or self.accredited(issuer, named[0]))
            for issuer, (word, has_issued) in said.items()
        )

    def provides(self, entry: Entry, claim: Json, value: Value, wanted: Json) -> bool:
        if claim["type"] != "ProvenanceClaim" or entry.record is None:
            return False
        subject = entry.record["credentialSubject"]
        relation, assessed = who(self.market, entry, subject, claim)
        counts = self.query.get("relations", ["producer", "assessor"])
        listed = self.accredited(entry.issuer, assessed)
        if not (relation in counts or ("assessor" in counts and listed) or len(counts) == 4):
            return False
        material = wanted.get("material")
        return (
            subject["id"] == value.subject["id"]
            and claim["originCountry"] in wanted.get("originCountries", [claim["originCountry"]])
            and ("custody" not in wanted or claim.get("custodyModel") in wanted["custody"])
            and (
                material is None
                or any(
                    material.get("casNumber") in {None, each.get("casNumber")}
                    and material.get("name") in {None, each["name"]}
                    and Fraction(each["massFraction"])
                    >= Fraction(material.get("minMassFraction", "0"))
                    and (
                        "originCountries" not in material
                        or each.get("originCountry") in material["originCountries"]
                    )
                    for each in claim.get("materials", [])
                )
            )
        )

    def level(self, value: Value, wanted: Json) -> bool:
        metric = self.market.metrics[wanted["indicator"]]
        threshold = converted(self.market, wanted["value"], wanted["unit"], metric)
        if wanted["of"] == "achieved":
            alone = {
                name: member
                for name, member in self.query.items()
                if name not in {"subject", "certificates", "provenance", "serviceLevels"}
            }
            where = {
                "metric": wanted["indicator"],
                "comparator": wanted["comparator"],
                "value": wanted["value"],
                "unit": wanted["unit"],
            }
            judge = Judge(self.market, alone, where, self.size)
            return any(
                each.subject["id"] == value.subject["id"] and judge.reason(each) is None
                for each in judge.every
            )
        for entry, claim in self.claims():
            assert entry.record is not None
            subject = entry.record["credentialSubject"]
            if (
                claim["type"] != "ServiceLevelClaim"
                or subject["id"] != value.subject["id"]
                or who(self.market, entry, subject, claim)[0] != "producer"
                or claim["indicator"] != wanted["indicator"]
                or claim["comparator"] != wanted["comparator"]
                or not claim["period"]["start"] <= self.as_of <= claim["period"]["end"]
            ):
                continue
            promised = converted(
                self.market, claim["objective"]["amount"], claim["objective"]["unit"], metric
            )
            if reaches(promised, wanted["comparator"], threshold):
                return True
        return False

    def amounts(self, value: Value) -> Iterator[str]:
        where = self.where
        if self.metric["quantityKind"] == "money" and "unit" in where:
            stated = value.claim["value"]["unit"]
            if stated != where["unit"] and self.rate(stated) is None:
                yield "currencyDiffers"
                return
        if "value" not in where:
            return
        threshold = converted(self.market, where["value"], where["unit"], self.metric)
        name = "lower" if where["comparator"] == "atLeast" else "upper"
        held = getattr(self.priced(value), "value" if where.get("of") == "value" else name)
        if held is None:
            yield "noBound"
        elif not reaches(shown(held), where["comparator"], threshold):
            yield "threshold"

    def rate(self, currency: str) -> Json | None:
        for rate in self.query.get("rates", []):
            if (rate["from"], rate["to"]) == (currency, self.where.get("unit")):
                return rate
        return None

    def priced(self, value: Value) -> Value:
        """The same value in the currency asked for, where the query brings a rate."""
        if self.metric["quantityKind"] != "money":
            return value
        rate = self.rate(value.claim["value"]["unit"])
        if rate is None or value.rate is not None:
            return value
        factor = Fraction(rate["rate"])
        exact = [
            None if n is None else shown(n) * factor
            for n in (value.value, value.lower, value.upper)
        ]
        group = tuple(
            tuple(rate["to"] if part == rate["from"] else part for part in each)
            if isinstance(each, tuple)
            else each
            for each in value.group
        )
        return Value(
            value.index, value.position, value.claim, value.record, value.entry, value.metric,
            exact[0], exact[1], exact[2], group, value.family, value.relation,  # type: ignore[arg-type]
            value.assessed, value.qualifiers, rate,
        )  # fmt: skip

    def newer(self, each: Value, value: Value) -> bool:
        if each is value or each.name != value.name or not self.stands(each):
            return False
        one, other = self.priced(each), self.priced(value)
        if one.group != other.group:
            return False
        if next(self.reasons(each), None) not in {None, "noBound", "threshold"}:
            return False

        def recent(priced: Value) -> tuple[Any, ...]:
            worst = math.inf if priced.upper is None else priced.upper
            return (priced.end, priced.index, worst, -priced.position)

        return recent(one) > recent(other)

    def reason(self, value: Value) -> str | None:
        if not self.stands(value):
            return "notCurrent"
        first = next(self.reasons(value), None)
        # Converted, what one issuer says in several currencies is one series.
        judged = self.metric["quantityKind"] == "money" and first in {None, "noBound", "threshold"}
        if judged and any(self.newer(each, value) for each in self.every):
            return "notCurrent"
        if first is not None:
            return first
        others = [each for each in self.latest[value.series] if each is not value]
        if self.mode == "all" and any(next(self.reasons(each), None) for each in others):
            return "characteristicFails"
        if self.mode == "any":

            def better(each: Value) -> tuple[Any, ...]:
                good = each.goodness
                return (good is None, -(good or 0.0), *each.place)

            passing = [each for each in others if next(self.reasons(each), None) is None]
            if any(better(each) < better(value) for each in passing):
                return "otherCharacteristic"
        return None


def reaches(held: Fraction, comparator: str, threshold: Fraction) -> bool:
    return held >= threshold if comparator == "atLeast" else held <= threshold


def converted(market: Market, amount: str, unit: str, metric: Json) -> Fraction:
    if metric["quantityKind"] == "money":
        return Fraction(amount)
    units = market.units
    return (
        Fraction(amount)
        * Fraction(units[unit]["factor"])
        / Fraction(units[metric["canonicalUnit"]]["factor"])
    )


def shown(number: Fraction | float) -> Fraction:
    """A number as an answer shows it: the shortest decimal of the float."""
    return number if isinstance(number, Fraction) else Fraction(repr(number))


def verification(value: Value) -> str:
    bound = {e["id"] for e in value.record.get("evidence", []) if "digest" in e}
    return "evidenced" if bound & set(value.claim.get("evidenceRefs", [])) else "declared"


def sample(claim: Json) -> int | None:
    return claim.get("counts", {}).get("denominator", claim.get("sampling", {}).get("n"))


def in_category(subject: Json, wanted: Json) -> bool:
    """UNSPSC: two digits a level, zeros at the end mean that it is not divided further."""
    stem = wanted["code"]
    while stem.endswith("00"):
        stem = stem[:-2]
    return any(
        each["scheme"] == wanted["scheme"]
        and (each["code"] == wanted["code"] or each["code"].startswith(stem))
        for each in subject.get("category", [])
    )


def named(subject: Json, wanted: list[Json]) -> bool:
    things = [subject, subject.get("producer", {}).get("party", {})]
    names = {
        (each["scheme"], each["value"].zfill(14) if each["scheme"] == "gtin" else each["value"])
        for thing in things
        for each in thing.get("identifiers", [])
    }
    if "/01/" in subject["id"]:
        names.add(("gtin", subject["id"].rpartition("/01/")[2]))
    return any((each["scheme"], each["value"]) in names for each in wanted)


# ---------------------------------------------------------------- the answer


@dataclass
class Answer:
    """What an answer must hold; rows are tuples of values, one for each metric asked for."""

    rows: list[tuple[Value, ...]]
    scores: list[float]
    left_out: Counter[tuple[str, str]]
    excluded: set[tuple[str, int, str, str]]
    placed: list[tuple[int, bool, int]]


def answers(market: Market, query: Json) -> Iterator[Answer]:
    """Every answer that the documents allow: several only where groups are equally large."""
    size = query.get("atCheckpoint", {}).get("size", len(market.entries))
    judges = [Judge(market, query, where, size) for where in query["where"]]
    choices: list[list[tuple[Any, ...] | None]] = []
    judged = []
    for judge in judges:
        reasons = [(value, judge.reason(value)) for value in judge.every]
        eligible = [judge.priced(value) for value, reason in reasons if reason is None]
        judged.append((reasons, eligible))
        by_family = "category" not in query.get("subject", {})
        counts = Counter((v.group, v.family if by_family else None) for v in eligible)
        most = max(counts.values(), default=0)
        choices.append([g for g, n in counts.items() if n == most] or [None])
    for chosen in product(choices):
        yield one_answer(query, judges, judged, chosen)


def product(lists: list[list[Any]]) -> Iterator[list[Any]]:
    if not lists:
        yield []
        return
    for first in lists[0]:
        for rest in product(lists[1:]):
            yield [first, *rest]


def one_answer(query: Json, judges: list[Judge], judged: list[Any], chosen: list[Any]) -> Answer:
    left_out: Counter[tuple[str, str]] = Counter()
    excluded = set()
    tables = []

    def leave(judge: Judge, value: Value, reason: str) -> None:
        metric = judge.metric["id"]
        left_out[metric, reason] += 1
        excluded.add((metric, value.index, value.claim["id"], reason))

    for judge, (reasons, eligible), group in zip(judges, judged, chosen, strict=True):
        for value, reason in reasons:
            if reason is not None:
                leave(judge, value, reason)
        outside = [value for value in eligible if not lies_in(value, group)]
        for value in outside:
            leave(judge, value, "notComparable")
        tables.append({value.name: value for value in eligible if value not in outside})
    shared = [name for name in tables[0] if all(name in table for table in tables)]
    for judge, table in zip(judges, tables, strict=True):
        for name, value in table.items():
            if name not in shared:
                leave(judge, value, "metricMissing")
    rows = [tuple(table[name] for table in tables) for name in shared]
    scores = scored(query, rows)
    order = sorted(range(len(rows)), key=lambda at: order_key(query, rows[at], scores[at]))
    rows, scores = [rows[at] for at in order], [scores[at] for at in order]
    placed: list[tuple[int, bool, int]] = []
    if "fairness" in query:
        placed = arranged(query, rows, scores)
        rows = [rows[at] for at, _, _ in placed]
        scores = [scores[at] for at, _, _ in placed]
    return Answer(rows, scores, left_out, excluded, placed)


def lies_in(value: Value, group: tuple[Any, ...] | None) -> bool:
    return group is not None and value.group == group[0] and group[1] in {None, value.family}


def order_key(query: Json, row: tuple[Value, ...], score: float) -> tuple[Any, ...]:
    first = row[0]
    if "rank" in query:
        return (-score, first.index, first.claim["id"])
    good = first.goodness
    if good is None:
        value = float(first.value or 0)
        good = value if first.higher else -value
        return (1, -good, first.index, first.claim["id"])
    return (0, -good, first.index, first.claim["id"])


def normalised(column: list[Value]) -> list[float]:
    known = [float(v.goodness) for v in column if v.goodness is not None]
    if not known:
        return [0.0] * len(column)
    best, worst = max(known), min(known)
    if best == worst:
        return [0.0 if v.goodness is None else 1.0 for v in column]
    return [
        0.0 if v.goodness is None else (float(v.goodness) - worst) / (best - worst) for v in column
    ]


def scored(query: Json, rows: list[tuple[Value, ...]]) -> list[float]:
    if not rows:
        return []
    columns = [normalised([row[at] for row in rows]) for at in range(len(rows[0]))]
    if "rank" not in query:
        return columns[0]
    weights = {each["metric"]: Fraction(each["weight"]) for each in query["rank"]}
    total = sum(weights.values())
    shares = [float(weights.get(w["metric"], Fraction(0)) / total) for w in query["where"]]
    return [
        sum(share * column[at] for share, column in zip(shares, columns, strict=True))
        for at in range(len(rows))
    ]


def arranged(
    query: Json, rows: list[tuple[Value, ...]], merits: list[float]
) -> list[tuple[int, bool, int]]:
    """Place row by row, looking at every row that is left: (place before, reserved, before)."""
    weight = float(query["fairness"].get("diversityWeight", "0"))
    reserve = query["fairness"].get("reserve")

    def supplier(at: int) -> str:
        value = rows[at][0]
        return value.subject.get("producer", {}).get("party", {}).get("id") or value.entry.issuer

    def is_reserved(at: int) -> bool:
        producer = rows[at][0].subject.get("producer", {})
        return reserve is not None and (
            producer.get("sizeClass") in reserve.get("sizeClasses", [])
            or producer.get("location", {}).get("country") in reserve.get("countries", [])
        )

    left, had, placed = list(range(len(rows))), Counter[str](), []
    while left:
        best = max(
            left,
            key=lambda at: (
                (1 - weight) * merits[at] + weight / (1 + had[supplier(at)]),
                -at,
            ),
        )
        left.remove(best)
        placed.append((best, is_reserved(best), had[supplier(best)]))
        had[supplier(best)] += 1
    if reserve is None:
        return placed
    waiting, found = placed, []
    for place in range(1, len(placed) + 1):
        due = Fraction(reserve["share"]) * place // 1
        short = sum(named for _, named, _ in found) < due
        candidates = [each for each in waiting if each[1]] if short else waiting
        chosen = (candidates or waiting)[0]
        waiting = [each for each in waiting if each is not chosen]
        found.append(chosen)
    return found
