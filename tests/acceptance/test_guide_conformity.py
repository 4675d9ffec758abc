"""The guide's monthly report, run over a simulated year: what it publishes, and what follows."""

import datetime as dt
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conforming import BUYER, SUPPLIER, attestation, on_time, promise
from fenced_blocks import blocks
from followed_log import followed
from registry_at_work import publish, registry
from years_at_work import Calendar, commands_in

from openquality.signing import sign, write_key
from openquality_validator.entry import digest

Json = dict[str, Any]
GUIDE = (Path(__file__).parents[2] / "docs/guide/conformity.md").read_text("utf-8")
YEAR = 2022
# Lines on time of 60 in each month; of August nothing is published, and April is published late.
ON_TIME = {1: 58, 2: 59, 3: 55, 4: 58, 5: 60, 6: 57, 7: 58, 9: 57, 10: 56, 11: 59, 12: 60}


def orders(month: int, on_time: int) -> str:
    """Write 60 order lines of a month, of which so many came on their day, the rest a day late."""
    rows = ["Order,Promised,Delivered"]
    for n in range(60):
        day = dt.date(YEAR, month, 1 + n % 27)
        came = day if n < on_time else day + dt.timedelta(days=1)
        rows.append(f"{month}-{n},{day},{came}")
    return "\n".join(rows) + "\n"


def run_report(month: str, calendar_: Calendar, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the guide's script as `python report.py MONTH` does, in the time of the calendar."""

    class Simulated(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # no subclass comes back
            return calendar_.now().astimezone(tz)

    (script,) = blocks(GUIDE, "python")
    program = compile(script, "report.py", "exec")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "argv", ["report.py", month])
        patched.setattr(dt, "datetime", Simulated)
        with pytest.raises(SystemExit) as ended:
            exec(program, {"__name__": "__main__"})  # noqa: S102 - our own page
    return int(str(ended.value.code))


def test_a_buyer_asks_for_a_correction_as_the_guide_shows(
    run: Callable[..., Any], machine: Path, tmp_path: Path
) -> None:
    year = Calendar(f"{YEAR}-04-02")
    (shown,) = (each for each in blocks(GUIDE, "sh"))
    with registry(tmp_path / "data", clock=year) as (client, parts):
        made = [promise(f"{YEAR}-01-01", f"{YEAR}-12-31")]
        publish(client, sign(attestation(1, made, signed_on=f"{YEAR}-01-01"), SUPPLIER))
        march = on_time(f"{YEAR}-03-01", f"{YEAR}-03-31", 55, 60)
        missed = sign(attestation(2, [march], signed_on=f"{YEAR}-04-02"), SUPPLIER)
        publish(client, missed)
        received = attestation(3, [march], signed_on=f"{YEAR}-04-02", key=BUYER, role="observer")
        assert publish(client, sign(received, BUYER)).status_code == 201
        write_key(machine / "buyer.key", BUYER)
        program, *arguments = shlex.split(shown.replace("sha256:…", digest(missed)))
        assert program == "openquality"
        url = str(client.base_url).rstrip("/")
        more = ("--registry", url, "--key", "buyer.key", "--name", "A buyer")
        with commands_in(year):
            assert run(*arguments, *more).code == 0
        followed(parts, f"{YEAR}-04-02")
        (found,) = client.get("/v1/deviations?state=open&kind=promise").json()["items"]
        (request,) = found["requests"]
    assert (request["issuer"], request["deadline"]) == (BUYER.did, "2022-04-30")


def test_a_year_of_monthly_reports_gives_the_deviations_of_its_figures(
    run: Callable[..., Any],
    machine: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    year = Calendar(f"{YEAR}-01-01")
    made = ("--name", "Velanto Logistik AG", "--country", "DE", "--subject", "Service")
    assert run("init", *made, "--about", "Pallet next day").code == 0
    template = json.loads((machine / "attestation.json").read_text())
    del template["validUntil"]
    template["credentialSubject"]["claims"] = []
    (machine / "template.json").write_text(json.dumps(template))
    (claim,) = map(json.loads, blocks(GUIDE, "json claim"))
    promise = template | {"validFrom": f"{YEAR}-01-01T06:00:00Z"}
    promise["credentialSubject"] = template["credentialSubject"] | {
        "claims": [{"id": f"{template['id']}#c1", **claim}]
    }
    (machine / "promise.json").write_text(json.dumps(promise))
    with registry(tmp_path / "data", clock=year) as (client, parts):
        url = str(client.base_url).rstrip("/")
        monkeypatch.setenv("OPENQUALITY_REGISTRY", url)
        assert run("trust", "add", url, "--yes", "--with-status-key").code == 0
        assert run("publish", "promise.json", "--yes").code == 0
        late = []
        for month in range(2, 14):
            year.go(dt.date(YEAR + month // 13, (month - 1) % 12 + 1, 3).isoformat())
            due = [month - 1, *late] if month != 5 else []
            late = [month - 1] if month == 5 else []
            for each in due:
                if each not in ON_TIME:
                    continue
                name = f"{YEAR}-{each:02}"
                (machine / f"orders-{name}.csv").write_text(orders(each, ON_TIME[each]))
                assert run_report(name, year, monkeypatch) == 0
        # December's record came on 3 January; the promise ends, and so does what was open of it.
        year.go(f"{YEAR + 1}-02-01")
        followed(parts, f"{YEAR + 1}-02-01")
        found = client.get("/v1/deviations").json()["items"]
        subject = template["credentialSubject"]["id"]
        checked = run("conformity", "check", subject, "--registry", url, "--format", "json")
    told = [
        (
            each["kind"],
            each["detail"].get("value", each["detail"].get("from")),
            each["opened"]["day"],
            each["closed"] and (each["closed"]["day"], each["closed"]["why"]),
        )
        for each in found
    ]
    assert told == [
        # 55 of 60: 91.7 %. The next month is published late, with May on 3 June.
        ("promise", "91.6667", "2022-04-03", ("2022-06-03", "met")),
        # Nothing after 31 March until 30 May: overdue on the 31st.
        ("gap", "2022-04-01", "2022-05-31", ("2022-06-03", "met")),
        # August never came: nothing after 31 July by 29 September, and September does not fill it.
        ("gap", "2022-08-01", "2022-09-30", ("2023-01-31", "ended")),
        # 56 of 60: 93.3 %.
        ("promise", "93.3333", "2022-11-03", ("2022-12-03", "met")),
    ]
    assert checked.json["differences"] == []
