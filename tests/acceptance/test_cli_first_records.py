"""First records of new users: what they measured is found, and recomputed by whoever has it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

Run = Callable[..., Any]


@pytest.fixture
def requests(run: Run, supplier: Path, registry: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Publish latencies from a Parquet file in a folder of its own, and give the digest."""
    monkeypatch.setenv("OPENQUALITY_REGISTRY", registry)
    (supplier / "data").mkdir()
    table = pa.table({"ms": [float(n) for n in range(1, 101)]})
    parquet.write_table(table, supplier / "data" / "requests.parquet")
    measured = run(
        *("measure", "data/requests.parquet", "--metric", "latency-p95", "--value", "ms"),
        *("--unit", "ms", "--from", "2026-01-01", "--to", "2026-01-31"),
        *("--qualifier", "measurementPoint=provider", "--qualifier", "failedRequests=excluded"),
        *("--qualifier", "requestKind=GET", "--into", "attestation.json"),
    )
    assert measured.code == 0, measured.err
    published = run("publish", "attestation.json", "--yes", "--format", "json")
    assert published.code == 0, published.err
    digest: str = published.json["results"][0]["digest"]
    return digest


def test_a_claim_from_parquet_is_recomputed_by_whoever_verifies_with_the_file(
    run: Run, requests: str, supplier: Path, registry: str
) -> None:
    assert run("trust", "add", registry, "--yes").code == 0
    assert run("get", requests, "--bundle", "-o", "got.bundle.json").code == 0
    verified = run("verify", "got.bundle.json", "--evidence", "data")
    assert verified.code == 0, verified.out
    assert "V120" in verified.out
    (supplier / "data" / "requests.parquet").unlink()
    assert run("verify", "got.bundle.json", "--evidence", "data").code == 3
