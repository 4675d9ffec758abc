"""What the port Certificates promises, over the rows that statements give, on either database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from postgres import database
from simulated_log import SteppingClock, pending
from sqlalchemy import insert

from openquality_registry.adapters.sql.certificates import SqlCertificates
from openquality_registry.adapters.sql.index_tables import certificates
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.log.batch import place
from openquality_registry.ports import Commit, LogState
from openquality_validator.certification import CertificateSaid
from openquality_validator.tlog.growth import Edge

KEY = "certificate:ISO-9001/1"


@contextmanager
def sqlite(folder: Path) -> Iterator[SqlStore]:
    with closing(open_store(folder / "registry.sqlite")) as store:
        yield store


@contextmanager
def postgresql(_: Path) -> Iterator[SqlStore]:
    with database() as url, closing(open_store(url)) as store:
        yield store


STORES = {"sqlite": sqlite, "postgresql": postgresql}


def row(at: int, issuer: str, holder: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    return {
        "log_index": at,
        "position": 0,
        "holder": holder,
        "key": KEY,
        "claim": f"#c{at}",
        "issuer": issuer,
        "certifier": None,
        "assessor": True,
        "scheme": "ISO-9001",
        "edition": "2015",
        "start": "2026-01-01",
        "end": None,
        "status": "active",
        "withdrawn": False,
    } | more


@pytest.mark.parametrize("name", STORES)
def test_claims_of_a_certificate_are_found_by_key_and_issuer(name: str, tmp_path: Path) -> None:
    with STORES[name](tmp_path) as store:
        rows, step = place(
            [pending(at) for at in range(4)], Edge(), now=SteppingClock().now(), after=""
        )
        state = LogState(step.edge.size, step.edge.root)
        store.commit(Commit(LogState(0, Edge().root), state, rows))
        with store.write.begin() as connection:
            connection.execute(
                insert(certificates),
                [
                    row(2, "did:b", "did:h", withdrawn=True),
                    row(1, "did:a", "did:h"),
                    row(1, "did:a", "https://id.gs1.org/01/1"),
                    row(0, "did:h", "did:h", assessor=False, certifier="did:a"),
                    row(3, "did:a", "did:h", key="certificate:ISO-9001/2"),
                ],
            )
        found = SqlCertificates(store.read)

        quote = CertificateSaid(KEY, "#c0", "did:h", "did:a", ("did:h",), is_assessor=False)
        own = CertificateSaid(
            KEY, "#c1", "did:a", None, ("did:h", "https://id.gs1.org/01/1"), is_assessor=True
        )
        other = CertificateSaid(KEY, "#c2", "did:b", None, ("did:h",), is_assessor=True)
        assert found.claims(KEY) == (quote, own, other)
        assert found.claims(KEY, issuers=("did:b", "did:c")) == (other,)
        assert found.claims(KEY, issuers=()) == ()
        assert found.claims("certificate:ISO-9001/3") == ()
        assert not found.is_buyer("did:a", "did:h")
