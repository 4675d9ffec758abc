"""The supplier's page says what deviates, since when, and what was asked for."""

import re
from pathlib import Path

import httpx2
from conforming import SUPPLIER, attestation, on_time, promise
from followed_log import followed
from registry_at_work import publish, registry
from years_at_work import Calendar

from openquality.signing import sign


def page(client: httpx2.Client) -> str:
    """Return what the page of the supplier says, without its tags."""
    answer = client.get(f"/suppliers/{SUPPLIER.did}", headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_open_deviations_and_gaps_stand_on_the_suppliers_page(tmp_path: Path) -> None:
    calendar = Calendar("2022-01-01")
    with registry(tmp_path / "data", clock=calendar) as (client, parts):
        made = [promise("2022-01-01", "2022-12-31")]
        publish(client, sign(attestation(1, made, signed_on="2022-01-01"), SUPPLIER))
        followed(parts, "2022-01-01")
        assert "What deviates" not in page(client)
        calendar.go("2022-02-03")
        value = on_time("2022-01-01", "2022-01-31", 90, 100)
        answer = publish(client, sign(attestation(2, [value], signed_on="2022-02-03"), SUPPLIER))
        assert answer.status_code == 201, answer.text
        followed(parts, "2022-02-03")
        text = page(client)
        assert "What deviates" in text
        assert "On-time delivery" in text
        said = "90 % from 1 January 2022 to 31 January 2022; promised is 95 % or more."
        assert f"{said} Open since 3 February 2022." in text
        calendar.go("2022-04-02")
        followed(parts, "2022-04-02")
        assert "no data since 1 February 2022, expected every 30 days." in page(client)
