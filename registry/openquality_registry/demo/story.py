"""The story: each step says what was done, what came out, and what that proves."""

import base64
import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson

from openquality import Client, Trust, compare, validate, verify
from openquality_registry.demo import suppliers
from openquality_registry.demo.suppliers import Supplier
from openquality_validator import envelope
from openquality_validator.bundle import Outcome, Verdict
from openquality_validator.errors import RegistryError
from openquality_validator.findings import Finding
from openquality_validator.quantities import with_unit
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, TrustedLog

DAY = date(2026, 11, 21)  # the samples are of the quarter before
QUESTION: dict[str, Any] = {
    "subject": {"type": "Product", "category": {"scheme": "unspsc", "code": "31160000"}},
    "where": [
        {"metric": "cpk", "comparator": "atLeast", "value": "1", "unit": "1"},
        {"metric": "on-time-delivery", "comparator": "atLeast", "value": "85", "unit": "%"},
    ],
    "rank": [{"metric": "cpk", "weight": "2"}, {"metric": "on-time-delivery", "weight": "1"}],
    "asOf": DAY.isoformat(),
}


class Failed(AssertionError):
    """The demo did not come out as it should: a defect of this software."""


@dataclass
class Story:
    """Tell the main job against a running registry.

    `show` prints a line. The bundles are kept for whoever goes on from here.
    """

    client: Client
    bundles: dict[str, bytes] = field(default_factory=dict)
    trust: Trust = field(default_factory=Trust)

    def tell(self) -> None:
        """Run every step in order; raises Failed when a step does not show what it should."""
        maker = self._measure()
        refused = suppliers.sample("glanz")
        self._validate(maker, refused)
        self._publish((maker, *suppliers.others()), refused)
        self._trust()
        answer = self._query()
        self._verify(answer)
        self._tamper(maker)

    def _measure(self) -> Supplier:
        _step("Measure", "Nordbolt makes screws. It has a CSV of readings and one of order lines.")
        maker, measured = suppliers.nordbolt()
        for result in measured:
            claim, evidence = result.claims[0], result.evidence
            n = claim["sampling"]["n"]
            _line(
                f"{evidence['name']}: {evidence['rowCount']} rows → {claim['metric']} "
                f"{with_unit(claim['value']['amount'], claim['value']['unit'])} (n = {n})"
            )
        _proved("whoever has the files computes the same values: the record holds their digests.")
        return maker

    def _validate(self, maker: Supplier, refused: Supplier) -> None:
        _step("Validate", "Every record is checked on the supplier's own machine, offline.")
        good, bad = validate(orjson.dumps(maker.record)), validate(orjson.dumps(refused.record))
        _expect(good.valid, "the measured record is valid")
        _expect(not bad.valid, "the polished record is refused")
        _line(f"{maker.name}: valid")
        _line(f"{refused.name}: {len(bad.errors)} errors, {len(bad.warnings)} warnings")
        for finding in bad.findings:
            _finding(finding)
        _proved("arithmetic, dates, units, check digits and hidden text are checked, not believed.")

    def _publish(self, good: tuple[Supplier, ...], refused: Supplier) -> None:
        _step("Sign and publish", "Each supplier signs; the registry checks again and logs.")
        for supplier in good:
            statement = supplier.signed()
            receipt = self.client.publish(statement)
            self.bundles[envelope.digest(statement)] = receipt
            log = json.loads(receipt)["log"]
            size = log["checkpoint"].splitlines()[1]
            _line(f"{supplier.name}: entry {log['index']}, checkpoint of size {size}")
        try:
            self.client.publish(refused.signed())
        except RegistryError as error:
            _line(f"{refused.name}: refused with {error.status} {error.code}")
        else:
            raise Failed("the registry admitted a record that breaks rules")
        _proved("each receipt holds an inclusion proof and a checkpoint that the log has signed.")

    def _trust(self) -> None:
        _step("Trust", "A buyer says once, explicitly, which keys it goes by.")
        about = self.client.well_known()
        known, voices = about["log"], tuple(about["statusKeys"])
        key = VerifierKey.from_text(known["vkey"])
        log = TrustedLog(known["origin"], (LogKey(key),), status_keys=voices)
        self.trust = Trust(logs=(log,))
        _line(f"log {known['origin']}")
        _line(f"key {known['vkey']}")
        _line(f"status {', '.join(voices)}")

    def _query(self) -> dict[str, Any]:
        _step("Query", "Screws under UNSPSC 31160000; Cpk ≥ 1 and on time ≥ 85 %, by the bound.")
        answer = self.client.query(QUESTION)
        for row in answer["rows"]:
            for value in row["values"]:
                _line(
                    f"{value['metric']:17} {with_unit(_short(value['value']), value['unit']):>9} "
                    f"bound {_short(value['rankedOn']):>7}  n {value['n']:>3}  "
                    f"{value['verification']}, {value['independence']}, {value['grade']}"
                )
            _line(f"  score {_short(row['score']['total'])} for {row['subject']['id']}")
        for item in answer["leftOut"]:
            _line(f"left out: {item['count']} × {item['metric']}: {item['reason']}")
        _expect(len(answer["rows"]) == len(("Nordbolt", "Schraubwerk")), "two makers compare")
        best, second = (row["values"][0] for row in answer["rows"])
        _expect(float(best["value"]) < float(second["value"]), "the larger sample wins")
        _proved("1.40 from 50 readings ranks below 1.34 from 125: what counts is the bound.")
        return answer

    def _verify(self, answer: Mapping[str, Any]) -> None:
        _step("Verify", "The buyer verifies each answer from its bundle: no network is used.")
        evidence = {envelope.digest(data): data for data in suppliers.raw_data().values()}
        passed: list[Verdict] = []
        for row in answer["rows"]:
            digest = row["values"][0]["statement"]
            bundle = self.client.bundle(digest)
            payload = _decoded(json.loads(bundle)["statement"].split(".")[1])
            named = {name: data for name, data in evidence.items() if name.encode() in payload}
            verdict = self._verdict(bundle, named)
            _expect(verdict.overall is Outcome.PASS, "an untouched bundle passes")
            passed.append(verdict)
            checked = sorted({how.value for _, how in verdict.verification})
            _line(f"{digest[:23]}… {verdict.overall.value}; claims {' and '.join(checked)}")
        for step in passed[0].steps:
            _line(f"  {step.number:2} {step.name:12} {step.outcome.value:8} {step.message}")
        table = compare(passed, as_of=DAY)
        _line(f"side by side: {', '.join(metric['metric'] for metric in table['metrics'])}")
        _proved("signature, log entry and key hold, and the values follow from the raw data.")

    def _tamper(self, maker: Supplier) -> None:
        _step("Tamper", "Someone polishes 97.5 % to 99.5 % inside the signed record.")
        original = next(iter(self.bundles.values()))
        document = json.loads(original)
        header, payload, signature = document["statement"].split(".")
        polished = _decoded(payload).replace(b'"97.5"', b'"99.5"')
        document["statement"] = ".".join((header, _encoded(polished), signature))
        verdict = self._verdict(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), {})
        failed = [step for step in verdict.steps if step.outcome is Outcome.FAIL]
        _expect(verdict.overall is Outcome.FAIL and bool(failed), "a changed record fails")
        _line(f"{maker.name}, changed: {verdict.overall.value}")
        for step in failed:
            _line(f"  {step.number:2} {step.name:12} {step.outcome.value:8} {step.message}")
        _proved("a record that was changed after signing cannot pass, whoever serves it.")

    def _verdict(self, bundle: bytes, evidence: Mapping[str, bytes]) -> Verdict:
        return verify(bundle, trust=self.trust, now=datetime.now(UTC), evidence=evidence or None)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _short(number: str) -> str:
    return f"{float(number):.4g}"


def _step(title: str, text: str) -> None:
    print(f"\n{title}\n{textwrap.indent(text, '  ')}")


def _line(text: str) -> None:
    print(f"    {text}")


def _finding(finding: Finding) -> None:
    _line(f"  {finding.severity.value} {finding.code} at {finding.pointer}: {finding.message}")


def _proved(text: str) -> None:
    print(f"  Proved: {text}")


def _expect(holds: bool, what: str) -> None:  # noqa: FBT001 - private
    if not holds:
        raise Failed(f"It should hold that {what}, and it does not. Please report this.")
