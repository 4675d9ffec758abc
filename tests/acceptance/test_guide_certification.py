"""Every command of the guide to certification, run in its order by the three parties."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from commands_at_work import Told, call, home
from profiles_at_work import key, records
from registry_at_work import publish, registry, trust_in
from years_at_work import Calendar, commands_in

from openquality.signing import sign, write_key
from openquality_registry.bootstrap import Parts
from openquality_validator.trust import Trust

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "certification.md"
TEXT = GUIDE.read_text("utf-8")
BLOCKS = re.findall(r"^```(sh \w+|http)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SUPPLIER, CERTIFIER = key("velanto"), key("assessor")
NAME = "supplier-onboarding-basic"
TODAY = "2026-11-10"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, httpx2.Client, Parts]]:
    """Give the folders of the parties, and a registry that holds the supplier's records."""
    folder, calendar = tmp_path_factory.mktemp("guide"), Calendar(TODAY)
    for party in ("supplier", "certifier", "buyer"):
        (folder / party).mkdir()
    write_key(folder / "supplier" / "openquality.key", SUPPLIER)
    write_key(folder / "certifier" / "openquality.key", CERTIFIER)
    (folder / "supplier" / "complaints.csv").write_text("Complaint,Owner\n1,Dispatch\n")
    with (
        registry(folder / "data", clock=calendar) as (client, parts),
        home(folder / "home"),
        commands_in(calendar),
    ):
        for record in records(NAME):
            assert publish(client, sign(record, SUPPLIER)).status_code == 201
        (folder / "home" / "openquality").mkdir(parents=True)
        trust = Trust(logs=trust_in(client).logs)
        (folder / "home" / "openquality" / "trust.json").write_bytes(trust.to_bytes())
        yield folder, client, parts


def test_the_commands_work_in_their_order(served: tuple[Path, httpx2.Client, Parts]) -> None:
    folder, client, _ = served
    said: dict[str, str] = {}
    told: list[tuple[str, Told]] = []
    for kind, block in BLOCKS:
        for line in block.splitlines():
            if kind == "http":
                method, address = line.split()
                answer = client.request(method, address)
                assert answer.status_code == 200, (line, answer.text)
                continue
            words = shlex.split(line)
            assert words.pop(0) == "openquality"
            words = [_meant(word, said, str(client.base_url)) for word in words]
            ran = call(folder / kind.removeprefix("sh "), *words)
            told.append((" ".join(words[:2]), ran))
            if words[:1] == ["doctor"]:
                assert ran.code == 1  # the folder holds no record
                continue
            assert ran.code == 0, (line, ran.err)
            if words[0] == "certification":
                for digest in re.findall(r"sha256:[0-9a-f]{64}", ran.out)[:1]:
                    said[words[1]] = digest
    assert len(told) >= 11
    ((_, shown),) = [each for each in told if each[0] == "certification show"]
    assert "Nothing was said about it by then." in shown.out


def test_at_the_end_the_certificate_stands_and_its_life_is_told(
    served: tuple[Path, httpx2.Client, Parts],
) -> None:
    _, client, _ = served
    found = client.get("/v1/certificates/SUPPLIER-ONBOARDING/SO-26-0042").json()
    (line,) = found["standing"]
    assert (line["state"], line["openRequests"], line["issuer"]) == ("valid", 0, CERTIFIER.did)
    assert [each["said"] for each in found["events"]] == [
        "correctiveActionRequest", "correctiveAction", "closure", "suspended", "appeal",
        "decision", "reinstated",
    ]  # fmt: skip


NAMED = {"REQUEST": "request", "SUSPENSION": "suspend", "APPEAL": "appeal"}


def _meant(word: str, said: dict[str, str], url: str) -> str:
    """Put what this run has in the place of what stands for it in the guide."""
    if word.startswith("sha256:"):
        return said[NAMED[word.removeprefix("sha256:")]]
    return {"https://registry.example": url.rstrip("/"), "did:key:SUPPLIER": SUPPLIER.did}.get(
        word, word
    )
