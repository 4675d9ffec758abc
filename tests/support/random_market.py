"""Random logs and random queries about them, from a seed."""

import datetime as dt
import random
from typing import Any
from uuid import UUID

from query_oracle import Entry, Market

Json = dict[str, Any]
AS_OF = dt.date(2026, 11, 20)
GTINS = ["09506000134352", "09506000000008", "09506000000015", "09506000000022", "09506000000039"]
PRODUCTS = [f"https://id.gs1.org/01/{gtin}" for gtin in GTINS]
PRODUCERS = [f"did:key:zP{n}" for n in range(8)]
LEI = "529900T8BM49AURSDO55"
LABS = ["did:key:zLab1", "did:key:zLab2"]
BUYERS = ["did:key:zBuyer"]
STRANGER = "did:key:zStranger"
OPERATOR = "did:key:zOperator"
CODES = ["31161500", "31161600", "31170000", "40101500"]
PLACES = {
    PRODUCERS[0]: ("DE", "DE-BY"),
    PRODUCERS[1]: ("DE", None),
    PRODUCERS[2]: ("FR", "FR-IDF"),
    PRODUCERS[3]: ("IN", None),
    PRODUCERS[4]: ("IN", "IN-KA"),
    PRODUCERS[5]: ("FR", None),
    PRODUCERS[6]: ("DE", "DE-BY"),
    PRODUCERS[7]: ("BR", None),
}
SIZES = ["micro", "small", "medium", "large", None]
CURRENCIES = ["EUR", "USD", "INR"]
METRICS = ["on-time-delivery", "defective-rate", "carbon-footprint", "acquisition-cost"]
CHARACTERISTICS = [("d1", "critical"), ("d2", "other"), ("d3", "critical"), ("d4", "significant")]
CUSTODY = ["identityPreserved", "segregated", "massBalance", "bookAndClaim"]


class Maker:
    """Makes one market, and queries about it."""

    def __init__(self, seed: int, market: Market) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - a fixture
        self.market = market

    def some(self, chance: float) -> bool:
        return self.draw.random() < chance

    def fill(self, count: int) -> Market:
        for number in range(count):
            if number > 5 and self.some(0.2):
                word = self.word(number)
                if word is not None:
                    self.market.entries.append(word)
                    continue
            self.market.entries.append(self.attestation(number))
        return self.market

    def digest(self, number: int) -> str:
        return f"sha256:{self.draw.getrandbits(224):056x}{number:08x}"

    def word(self, number: int) -> Entry | None:
        """Say something that the state of a random attestation or certificate allows."""
        certified = sorted(self.certificates())
        if certified and self.some(0.5):
            named, claimed_by = self.draw.choice(certified)
            issuer = self.draw.choice([claimed_by, OPERATOR, STRANGER, *LABS])
            known = [e for e in self.market.entries if (e.certificate, e.issuer) == (named, issuer)]
            word = self.after(known[-1].word if known else None)
            if word is not None:
                return Entry(self.digest(number), issuer, word=word, certificate=named)
        told = [at for at, entry in enumerate(self.market.entries) if entry.record is not None]
        at = self.draw.choice(told)
        issuer = self.draw.choice([self.market.entries[at].issuer, OPERATOR])
        before = [e.word for e in self.market.entries if (e.target, e.issuer) == (at, issuer)]
        now = before[-1] if before else None
        word = None if at in self.superseded() else self.after(now)
        return None if word is None else Entry(self.digest(number), issuer, word=word, target=at)

    def after(self, now: str | None) -> str | None:
        """Draw a word that may follow another one."""
        if now == "revoked":
            return None
        return "reinstated" if now == "suspended" else self.draw.choice(["suspended", "revoked"])

    def certificates(self) -> set[tuple[tuple[str, str], str]]:
        """Name every certificate, with who claims it."""
        return {
            ((claim["scheme"]["code"], claim["number"]), entry.issuer)
            for entry in self.market.entries
            if entry.record is not None
            for claim in entry.record["credentialSubject"]["claims"]
            if claim["type"] == "CertificateClaim"
        }

    def superseded(self) -> set[int]:
        olds = {
            e.record["supersedes"]
            for e in self.market.entries
            if e.record and "supersedes" in e.record
        }
        return {at for at, e in enumerate(self.market.entries) if e.digest in olds}

    def attestation(self, number: int) -> Entry:
        draw = self.draw
        name = f"urn:uuid:{UUID(int=number)}"
        subject = self.subject()
        producer = subject.get("producer", {}).get("party", {}).get("id", subject["id"])
        issuer, role = draw.choice(
            [(producer, "producer")] * 9
            + [(draw.choice(LABS), "assessor"), (BUYERS[0], "observer"), (STRANGER, "observer")]
        )
        subject["name"] = "N"
        subject["issuerRole"] = role
        subject["claims"] = [self.claim(f"{name}#c{place}") for place in range(draw.randint(1, 4))]
        record: Json = {
            "id": name,
            "issuer": {"id": issuer, "name": "N"},
            "validFrom": "2026-11-20T08:00:00Z",
            "credentialSubject": subject,
        }
        if self.some(0.5):
            record["evidence"] = [{"id": f"{name}#e1", "type": "Report", "digest": "sha256:00"}]
            for claim in subject["claims"]:
                if self.some(0.7) and claim["type"] == "MeasurementClaim":
                    claim["evidenceRefs"] = [f"{name}#e1"]
        if self.some(0.2):
            until = AS_OF + dt.timedelta(days=draw.choice([-20, -1, 0, 1, 300]))
            record["validUntil"] = f"{until}T12:00:00Z"
        if self.some(0.15):
            self.supersede(record)
        identity = draw.choice(["L0", "L0", "L1", "L2"])
        return Entry(self.digest(number), issuer, record=record, identity=identity)

    def supersede(self, record: Json) -> None:
        gone = self.superseded() | {e.target for e in self.market.entries if e.target is not None}
        olds = [
            entry
            for at, entry in enumerate(self.market.entries)
            if entry.record
            and at not in gone
            and entry.issuer == record["issuer"]["id"]
            and entry.record["credentialSubject"]["id"] == record["credentialSubject"]["id"]
        ]
        if olds:
            record["supersedes"] = self.draw.choice(olds).digest

    def subject(self) -> Json:
        draw = self.draw
        producer = draw.choice(PRODUCERS)
        if self.some(0.15):
            subject: Json = {"id": producer, "type": "Organization"}
            if self.some(0.5):
                return subject
        else:
            subject = {
                "id": draw.choice(PRODUCTS),
                "type": "Product",
                "granularity": draw.choice(["model"] * 5 + ["batch"]),
            }
            if self.some(0.8):
                subject["category"] = [
                    {"scheme": "unspsc", "version": "26", "code": draw.choice(CODES)}
                ]
        party: Json = {"id": producer, "name": "N"}
        if producer == PRODUCERS[0]:
            party["identifiers"] = [{"scheme": "lei", "value": LEI}]
        country, region = PLACES[producer]
        place = {"country": country} | ({"region": region} if region else {})
        subject["producer"] = {"party": party} | ({"location": place} if self.some(0.9) else {})
        size = draw.choice(SIZES)
        if size is not None:
            subject["producer"]["sizeClass"] = size
        return subject

    def period(self) -> Json:
        end = AS_OF - dt.timedelta(days=self.draw.choice([-10, 0, 0, 10, 50, 100, 100, 400]))
        start = end - dt.timedelta(days=self.draw.choice([0, 29, 89, 364]))
        return {"start": start.isoformat(), "end": end.isoformat()}

    def claim(self, name: str) -> Json:
        kind = self.draw.choice(
            ["measured"] * 5 + ["footprint", "cost", "cost", "certificate", "origin", "promise"]
        )
        return {"id": name} | getattr(self, kind)()

    def measured(self) -> Json:
        draw = self.draw
        trials = draw.choice([10, 29, 30, 100, 240, 400])
        metric = draw.choice(METRICS[:2])
        share = draw.choice([0.0, 0.02, 0.1, 0.9, 0.97, 1.0])
        claim: Json = {
            "type": "MeasurementClaim",
            "metric": metric,
            "period": self.period(),
            "counts": {"numerator": round(trials * share), "denominator": trials},
            "qualifiers": self.qualifiers(metric),
        }
        if self.some(0.5):
            characteristic, kind = draw.choice(CHARACTERISTICS)
            claim["characteristic"] = {"id": characteristic, "class": kind, "unit": "mm"}
        if self.some(0.5):
            claim["method"] = {"standard": draw.choice(["ISO/IEC 17025", "ISO 9001"])}
        return claim

    def qualifiers(self, metric: str) -> list[Json]:
        draw = self.draw
        if metric == "defective-rate":
            return [
                {
                    "qualifier": "detectionPoint",
                    "code": draw.choice(["incoming"] * 4 + ["internal"]),
                },
                {"qualifier": "countUnit", "code": "piece"},
            ]
        late = draw.choice([None, ("24", "h"), ("1", "d"), ("2", "d")])
        found: list[Json] = [
            {
                "qualifier": "anchor",
                "code": draw.choice(["requested", "requested", "firstConfirmed"]),
            },
            {"qualifier": "level", "code": "line"},
        ]
        if late is not None:
            found.append({"qualifier": "lateLimit", "amount": late[0], "unit": late[1]})
        return found

    def footprint(self) -> Json:
        draw = self.draw
        claim: Json = {
            "type": "FootprintClaim",
            "metric": "carbon-footprint",
            "period": self.period(),
            "value": draw.choice(
                [
                    {"amount": f"{draw.randint(1, 60)}.5", "unit": "kg"},
                    {"amount": f"{draw.randint(1, 60_000)}", "unit": "g"},
                ]
            ),
            "declaredUnit": draw.choice(
                [
                    {"amount": "10", "unit": "kg"},
                    {"amount": "1", "unit": "kg"},
                    {"amount": "2", "unit": "m3"},
                ]
            ),
            "boundary": draw.choice(["cradleToGate"] * 4 + ["cradleToGrave"]),
        }
        return claim | self.uncertainty("1.5")

    def uncertainty(self, expanded: str) -> Json:
        if self.some(0.6):
            return {"uncertainty": {"expanded": expanded, "coverageFactor": "2"}}
        return {}

    def cost(self) -> Json:
        draw = self.draw
        currency = draw.choice(CURRENCIES)
        claim: Json = {
            "type": "LifecycleCostClaim",
            "metric": "acquisition-cost",
            "period": self.period(),
            "value": {
                "amount": f"{draw.randint(1, 400)}.{draw.choice(['00', '25', '3'])}",
                "unit": currency,
            },
            "currency": currency,
            "priceYear": draw.choice([2026, 2026, 2026, 2025]),
            "priceBasis": "nominal",
            "tax": "excluded",
            "quantityBasis": draw.choice(
                [{"amount": "1", "unit": "1"}, {"amount": "8", "unit": "1"}]
            ),
        }
        return claim | self.uncertainty("0.5")

    def certificate(self) -> Json:
        draw = self.draw
        start = AS_OF - dt.timedelta(days=draw.choice([-5, 0, 100]))
        validity = {"start": start.isoformat()}
        if self.some(0.6):
            validity["end"] = (start + dt.timedelta(days=draw.choice([10, 100, 700]))).isoformat()
        scope: Json = {"text": "all"}
        if self.some(0.6):
            scope["codes"] = [
                {"scheme": draw.choice(["nace", "IAF"]), "code": draw.choice(["25.9", "17"])}
            ]
        return {
            "type": "CertificateClaim",
            "number": draw.choice(["1", "1", "2"]),
            "certifier": {"name": "A body"} | draw.choice([{}, {"id": LABS[0]}]),
            "scheme": {
                "code": draw.choice(["ISO-9001", "ISO-14001"]),
                "edition": draw.choice(["2015", "2026"]),
            },
            "scope": scope,
            "validity": validity,
            "status": draw.choice(["active", "active", "active", "suspended"]),
        }

    def origin(self) -> Json:
        draw = self.draw
        claim: Json = {"type": "ProvenanceClaim", "originCountry": draw.choice(["DE", "FR", "IN"])}
        if self.some(0.6):
            claim["custodyModel"] = draw.choice(CUSTODY)
        if self.some(0.6):
            claim["materials"] = [
                {
                    "name": draw.choice(["steel", "zinc"]),
                    "massFraction": draw.choice(["0.05", "0.5", "1"]),
                }
                | ({"casNumber": "7439-89-6"} if self.some(0.5) else {})
                | ({"originCountry": "FR"} if self.some(0.5) else {})
                for _ in range(draw.randint(1, 2))
            ]
        return claim

    def promise(self) -> Json:
        draw = self.draw
        unit, amount = draw.choice([("%", "95"), ("%", "99"), ("1", "0.97")])
        return {
            "type": "ServiceLevelClaim",
            "indicator": "on-time-delivery",
            "objective": {"amount": amount, "unit": unit},
            "comparator": draw.choice(["atLeast", "atLeast", "atMost"]),
            "period": {"start": "2026-01-01", "end": draw.choice(["2026-06-30", "2026-12-31"])},
        }

    # ------------------------------------------------------------ queries

    def query(self) -> Json:
        draw = self.draw
        names = draw.sample(METRICS, draw.choice([1, 1, 1, 2]))
        query: Json = {"where": [self.where(name) for name in names], "asOf": AS_OF.isoformat()}
        narrow = self.some(0.5)  # the others are about many rows and their order
        if narrow and (subject := self.wanted_subject()):
            query["subject"] = subject
        for chance, name, options in (
            (
                0.2,
                "relations",
                [
                    ["producer"],
                    ["producer", "assessor", "buyer", "other"],
                    ["assessor"],
                    ["buyer", "other"],
                    ["other"],
                ],
            ),
            (0.9, "minSample", [0] * 7 + [1, 100]),
            (0.12, "maxAgeDays", [0, 10, 99, 100, 365]),
            (0.12, "minPeriodDays", [1, 30, 90, 91]),
            (
                0.3,
                "atCheckpoint",
                [
                    {
                        "size": draw.randint(
                            len(self.market.entries) // draw.choice([1, 2, 2, 10]),
                            len(self.market.entries),
                        )
                    }
                ],
            ),
        ):
            if self.some(chance) and (narrow or name in {"minSample", "atCheckpoint"}):
                query[name] = draw.choice(options)
        if narrow and self.some(0.25):
            query["floors"] = {
                "verification": draw.choice(["declared", "evidenced", "recomputed"]),
                "independence": draw.choice(["self", "buyer", "thirdParty", "accredited"]),
                "identity": draw.choice(["L0", "L1"]),
            }
        query["accreditors"] = draw.choice(
            [[], [{"did": LABS[0], "schemes": ["ISO/IEC 17025", "ISO-9001"]}]]
        )
        if narrow:
            self.besides(query)
        self.rates(query)
        self.order(query, names)
        return query

    def wanted_subject(self) -> Json:
        draw = self.draw
        subject: Json = {}
        for chance, name, options in (
            (0.12, "type", ["Product", "Organization"]),
            (0.1, "granularity", ["model", "batch"]),
            (
                0.2,
                "category",
                [{"scheme": "unspsc", "code": c} for c in ("31160000", "31161500", "31000000")],
            ),
            (0.1, "ids", [PRODUCTS[:2], [PRODUCERS[0]]]),
            (0.1, "countries", [["DE"], ["FR", "IN"]]),
            (0.1, "regions", [["DE-BY"], ["FR-IDF", "DE-BY"]]),
            (
                0.1,
                "identifiers",
                [[{"scheme": "gtin", "value": GTINS[0]}], [{"scheme": "lei", "value": LEI}]],
            ),
        ):
            if self.some(chance):
                subject[name] = draw.choice(options)
        return subject

    def where(self, name: str) -> Json:
        draw = self.draw
        where: Json = {"metric": name}
        if name in METRICS[:2] and self.some(0.6):
            where["characteristics"] = draw.choice(["worstCritical", "worst", "any", "all"])
        if name == "on-time-delivery" and self.some(0.2):
            where["qualifiers"] = [
                draw.choice(
                    [
                        {"qualifier": "lateLimit", "amount": "24", "unit": "h"},
                        {"qualifier": "anchor", "code": "requested"},
                    ]
                )
            ]
        if name == "acquisition-cost" and self.some(0.8):
            where["unit"] = draw.choice(CURRENCIES)
        if self.some(0.35):
            amount, unit = {
                "on-time-delivery": ("90", "%"),
                "defective-rate": ("0.2", "1"),
                "carbon-footprint": ("2.25", "kg"),
                "acquisition-cost": (
                    draw.choice(["46", "100", "200.25"]),
                    where.get("unit", "EUR"),
                ),
            }[name]
            where |= {
                "comparator": draw.choice(["atLeast", "atMost"]),
                "value": amount,
                "unit": unit,
                "of": draw.choice(["bound", "value"]),
            }
        return where

    def besides(self, query: Json) -> None:
        draw = self.draw
        if self.some(0.1):
            wanted: Json = {"scheme": draw.choice(["ISO-9001", "ISO-14001"])}
            for name, options in (
                ("edition", ["2015", "2026"]),
                ("accredited", [True]),
                ("scope", [{"code": "25.9"}, {"scheme": "nace", "code": "25.9"}]),
                ("on", ["2026-11-25", "2026-06-01"]),
            ):
                if self.some(0.3):
                    wanted[name] = draw.choice(options)
            query["certificates"] = [wanted]
        if self.some(0.1):
            wanted = {"originCountries": draw.choice([["DE", "FR"], ["IN"]])}
            if self.some(0.4):
                wanted["custody"] = draw.sample(CUSTODY, 2)
            if self.some(0.5):
                wanted["material"] = draw.choice(
                    [
                        {"name": "steel"},
                        {"casNumber": "7439-89-6", "minMassFraction": "0.5"},
                        {"name": "zinc", "originCountries": ["FR"]},
                    ]
                )
            query["provenance"] = [wanted]
        if self.some(0.1):
            query["serviceLevels"] = [
                {
                    "indicator": "on-time-delivery",
                    "comparator": draw.choice(["atLeast", "atMost"]),
                    "value": draw.choice(["90", "97"]),
                    "unit": "%",
                    "of": draw.choice(["promised", "achieved"]),
                }
            ]

    def rates(self, query: Json) -> None:
        money = [
            w["unit"] for w in query["where"] if w["metric"] == "acquisition-cost" and "unit" in w
        ]
        if money and self.some(0.7):
            rates = {"EUR": "1", "USD": "0.92", "INR": "0.0101"}
            query["rates"] = [
                {
                    "from": each,
                    "to": money[0],
                    "rate": rates[each] if money[0] == "EUR" else "1.08",
                    "date": "2026-11-19",
                    "source": "made up",
                }
                for each in CURRENCIES
                if each != money[0] and self.some(0.8)
            ] or [
                {"from": "CHF", "to": money[0], "rate": "1.1", "date": "2026-11-19", "source": "x"}
            ]

    def order(self, query: Json, names: list[str]) -> None:
        draw = self.draw
        if self.some(0.3):
            query["rank"] = [
                {"metric": name, "weight": draw.choice(["1", "3", "0.5"])}
                for name in names[: draw.randint(1, len(names))]
            ]
        if self.some(0.3):
            fairness: Json = {}
            if self.some(0.7):
                fairness["reserve"] = {"share": draw.choice(["0.5", "0.34", "1", "0.2"])}
                fairness["reserve"] |= draw.choice(
                    [
                        {"sizeClasses": ["micro", "small"]},
                        {"countries": ["IN"]},
                        {"sizeClasses": ["small"], "countries": ["FR"]},
                    ]
                )
            if self.some(0.6) or not fairness:
                fairness["diversityWeight"] = draw.choice(["0.3", "0.9", "1"])
            query["fairness"] = fairness
