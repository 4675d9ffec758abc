"""A buyer's own delivery history becomes signed, comparable, recomputable observations.

    python examples/scms/scms.py [REGISTRY_URL]

Reads the CSV file that OPENQUALITY_SCMS names; without a URL it starts a registry of its own.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import openquality
from openquality.measuring import FromFile, add_to, measure_file_groups
from openquality.receipts import shown_log
from openquality.tables import tell_dialect
from openquality_schemas import ATTESTATION_ID, VERSION, attestation_sri
from openquality_validator.measure import Dialect, Unusable
from openquality_validator.measure import Mapping as DataMapping

LEAST = 30  # usable lines that a vendor needs for a metric
VENDOR, SENT = "Vendor", "PO Sent to Vendor Date"
DUE, DELIVERED = "Scheduled Delivery Date", "Delivered to Client Date"
ISSUER = "Example observer of the SCMS delivery history"
LIMITATIONS = (
    "An example made from open data by an observer; not a statement by the company. "
    "Lines of one order are not independent, so the confidence bound flatters. "
    "What the schedule was agreed against is not known."
)
POPULATION = {
    "customers": "Programmes supplied through the US Supply Chain Management System",
    "products": "Health commodities",
}
QUERY = {
    "subject": {"type": "Organization"},
    "where": [
        {
            "metric": "on-time-delivery",
            "comparator": "atLeast",
            "value": "95",
            "unit": "%",
            "qualifiers": [{"qualifier": "anchor", "code": "scheduledUnspecified"}],
        }
    ],
    "relations": ["producer", "assessor", "buyer"],
    "minSample": LEAST,
}
Found = dict[str, dict[str, FromFile]]  # kind of measurement → vendor → result


def main() -> None:
    """Tell the whole story once."""
    path = Path(os.environ.get("OPENQUALITY_SCMS") or sys.exit("Set OPENQUALITY_SCMS to the file."))
    found = measure(path)
    for kind, vendors in found.items():
        print(f"\n{kind}:")
        for line in account(vendors):
            print(f"  {line}")
    key = openquality.generate()
    records = attestations(found, key.did)
    print(f"\n{len(records)} vendors have at least {LEAST} usable lines; {key.did} signs for each.")
    statements = [openquality.sign(each, key) for each in records.values()]
    with registry(sys.argv[1] if len(sys.argv) > 1 else None) as url:
        trust, answer, bundles = publish_and_ask(url, statements)
    # From here on nothing asks the network: the bundles, the trust file and the data are enough.
    names = {each["credentialSubject"]["id"]: name for name, each in records.items()}
    print("\nOn time in at least 95 % of lines, by the one-sided 95 % bound:")
    for row, verdict in zip(answer["rows"], verify(bundles, trust, path), strict=True):
        value = row["values"][0]
        again = sum(level == "recomputed" for _, level in verdict.verification)
        print(
            f"  {float(value['rankedOn']):.3f} % of {value['n']}  {names[row['subject']['id']]}: "
            f"{value['grade']}, {value['relation']}; offline {verdict.overall}, {again} recomputed"
        )
    for left in answer["leftOut"]:
        print(f"  {left['count']} left out: {left['needed']}")


def measure(path: Path) -> Found:
    """Measure every vendor, on time and lead time, reading the file once for each of the two."""
    table = tell_dialect(path)
    return {
        "on-time delivery": measure_file_groups(
            path,
            on_time(table),
            by=VENDOR,
            metrics=("on-time-delivery",),
            limitations=LIMITATIONS,
        ),
        "lead time": measure_file_groups(
            path,
            lead_time(table),
            by=VENDOR,
            metrics=("lead-time-median", "lead-time-p90"),
            limitations=LIMITATIONS,
        ),
    }


def on_time(table: Dialect) -> DataMapping:
    """On time is: delivered no later than scheduled, however early; all lines were delivered."""
    return DataMapping(
        kind="onTime",
        columns={"due": DUE, "event": DELIVERED},
        table=table,
        date_formats={"due": ("%d-%b-%y",), "event": ("%d-%b-%y",)},
        qualifiers=(
            {"qualifier": "lateLimit", "amount": "0", "unit": "d"},
            *codes(
                anchor="scheduledUnspecified",
                level="line",
                event="receipt",
                denominatorBasis="deliveredInPeriod",
            ),
        ),
    )


def lead_time(table: Dialect) -> DataMapping:
    """Lead time is: order sent to delivered; only one shape of the order date can be used."""
    return DataMapping(
        kind="duration",
        columns={"start": SENT, "end": DELIVERED},
        table=table,
        date_formats={"start": ("%m/%d/%y",), "end": ("%d-%b-%y",)},
        unusable=(
            Unusable(SENT, "from a distribution centre, no order to a vendor", "N/A - From RDC"),
            Unusable(SENT, "not captured", "Date Not Captured"),
            Unusable(SENT, "scrambled", shape="9999-99-99"),
        ),
        qualifiers=codes(
            startEvent="orderSent",
            endEvent="delivered",
            dayCount="calendar",
            cohort="closed",
            openItems="excluded",
            percentileMethod="nearestRank",
            level="line",
        ),
    )


def account(vendors: Mapping[str, FromFile]) -> list[str]:
    """Say for all vendors together what was used, and what was left out and why."""
    used = sum(each.usage.used for each in vendors.values())
    enough = sum(each.usage.used >= LEAST for each in vendors.values())
    lost: Counter[str] = Counter()
    for each in vendors.values():
        lost.update({left.reason: left.count for left in each.usage.left_out})
    lines = [f"{used} lines used, of {len(vendors)} vendors; {enough} have at least {LEAST}"]
    return lines + [f"{count} left out: {reason}" for reason, count in lost.most_common()]


def attestations(found: Found, did: str) -> dict[str, dict[str, Any]]:
    """Write a record for each vendor that has enough lines for a metric."""
    records: dict[str, dict[str, Any]] = {}
    for vendors in found.values():
        for vendor, result in vendors.items():
            if result.usage.used >= LEAST:
                record = records.get(vendor) or empty_record(vendor, did)
                claims = tuple({**each, "population": POPULATION} for each in result.claims)
                records[vendor] = add_to(record, [replace(result, claims=claims)])
    return records


def empty_record(vendor: str, did: str) -> dict[str, Any]:
    """Write what surrounds the claims: the vendor is named as the source names it."""
    now = datetime.now(UTC).replace(microsecond=0)
    slug = re.sub(r"[^a-z0-9]+", "-", vendor.lower()).strip("-")
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "QualityAttestation"],
        "issuer": {"id": did, "name": ISSUER},
        "validFrom": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "validUntil": f"{now + timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}",
        "name": f"Observed delivery performance of {vendor} (example)",
        "credentialSchema": {
            "id": ATTESTATION_ID,
            "type": "JsonSchema",
            "digestSRI": attestation_sri(),
        },
        "catalogueVersion": VERSION,
        "credentialSubject": {
            "id": f"{did}#subject-{slug}",
            "type": "Organization",
            "issuerRole": "observer",
            "name": vendor,
        },
    }


def codes(**stated: str) -> tuple[dict[str, str], ...]:
    """Write qualifiers that are codes."""
    return tuple({"qualifier": name, "code": code} for name, code in stated.items())


def publish_and_ask(
    url: str, statements: list[bytes]
) -> tuple[openquality.Trust, dict[str, Any], list[bytes]]:
    """Publish, query, compare, and fetch the bundle of every answer."""
    with openquality.Client(url) as client:
        log = shown_log(client.well_known())
        print(f"\nTrusting the log {log.origin} by the key it shows.")
        for outcome in client.publish_many(statements):
            if outcome.problem is not None:
                raise outcome.problem.to_error()
        print(f"Published {len(statements)} statements to {url}")
        answer = client.query(QUERY)
        digests = [row["values"][0]["statement"] for row in answer["rows"]]
        for metric in client.compare(digests)["metrics"]:
            grades = Counter(value["grade"] for value in metric["values"])
            print(f"Compared {metric['metric']}: {dict(grades)}")
        return openquality.Trust(logs=(log,)), answer, [client.bundle(each) for each in digests]


def verify(bundles: list[bytes], trust: openquality.Trust, path: Path) -> list[openquality.Verdict]:
    """Verify bundles offline, and recompute their claims from the data."""
    data = path.read_bytes()
    evidence = {f"sha256:{sha256(data).hexdigest()}": data}
    return [openquality.verify(each, trust=trust, evidence=evidence) for each in bundles]


@contextmanager
def registry(url: str | None) -> Generator[str]:
    """Use the registry at the address, or start one that lasts as long as this."""
    if url is not None:
        yield url
        return
    program = Path(sys.executable).with_name("openquality")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "serve.log"
        serve = [str(program), "serve", "--port", "0", "--data", f"{folder}/data"]
        with log.open("wb") as file:
            server = subprocess.Popen(serve, stderr=file)  # noqa: S603 - our own program
        try:
            while not (at := re.search(rb"Serving .* at (http\S+)", log.read_bytes())):
                if server.poll() is not None:
                    sys.exit(log.read_text())
                time.sleep(0.05)
            yield at[1].decode()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
