"""A monitor raises no alarm on an honest registry, whatever stands in its log."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hostile_issuers import successor
from hostile_scene import NEWS, compromised, said
from published_schemas import coating, deprecated, published
from registry_at_work import KEY, attestation, publish, registry, statement
from webvh_at_work import Identity, register, send_line

from openquality import wire
from openquality.cli.main import main
from openquality.signing import sign
from openquality_registry.bootstrap import SystemClock
from openquality_registry.watch.alerts import Alert
from openquality_registry.watch.mirror import Mirror
from openquality_registry.watch.monitor import Monitor, Wishes
from openquality_registry.watch.source import Source
from openquality_schemas import sri
from openquality_validator.entry import digest
from openquality_validator.tlog.note import VerifierKey

HOST = "registry.example"
OPEN = coating(f"{KEY.did}/coating", required=[])


def extended() -> bytes:
    """Sign a record with an extension of a published schema."""
    made = attestation(90)
    uri = f"{KEY.did}/coating"
    made["extensionSchemas"] = [{"id": uri, "digestSRI": sri(OPEN.encode())}]
    made["credentialSubject"]["extensions"] = {uri: {}}
    return sign(made, KEY)


def test_an_honest_registry_gives_no_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with registry(tmp_path / "data", public_url=f"https://{HOST}") as (client, parts):
        log, records = parts.folder.origin, [statement(number) for number in range(4)]
        identity = Identity(f"{HOST}:issuers:nordbolt")
        assert register(client, identity).status_code == 201
        lost, early = identity.signing, identity.statement(8)
        suspended = said("suspended", digest(records[0]), log=log)
        reinstated = said("reinstated", digest(records[0]), previous=suspended, log=log)
        sent: list[bytes] = [*records, early, suspended, reinstated]
        sent += [said("revoked", digest(records[1]), log=log), successor(9)]
        schema = published(KEY)
        sent += [schema, published(KEY, version="1.1", ancestor=digest(schema), content=OPEN)]
        sent += [deprecated(KEY, digest(schema)), extended()]
        for each in sent:
            assert publish(client, each).status_code == 201
        receipt = client.get(
            f"/v1/statements/{digest(early)}", headers={"accept": wire.BUNDLE}
        ).content
        (tmp_path / "receipt.bundle.json").write_bytes(receipt)
        with closing(Mirror(tmp_path / "state", origin=log, reads_statements=True)) as mirror:

            def look() -> Sequence[Alert]:
                wishes = Wishes(
                    issuers=(identity.did,),
                    views=(str(tmp_path / "receipt.bundle.json"),),
                    status_keys=client.get("/.well-known/openquality").json()["statusKeys"],
                )
                keys = [VerifierKey.from_text(parts.folder.signer.vkey)]
                with Source(str(client.base_url)) as source:
                    monitor = Monitor(source, mirror, keys=keys, clock=SystemClock(), wishes=wishes)
                    return [alert for alert in monitor.look() if alert.code not in NEWS]

            assert look() == []
            assert send_line(client, identity.rotate()).status_code == 201
            since = identity.at - timedelta(minutes=1)
            for each in (identity.statement(10), compromised(identity, lost, since=since)):
                assert publish(client, each).status_code == 201
            data = ["--data", str(tmp_path / "data")]
            assert main(["operator", "token", "create", *data, "--scope", "policy"]) == 0
            secret = capsys.readouterr().out.strip()
            policy = {"admission": "invited", "clientPerDay": 0, "issuerPerDay": 0}
            changed = client.put(
                "/v1/operator/policy",
                json=policy,
                headers={"authorization": f"Bearer {secret}"},
            )
            assert changed.status_code == 200, changed.text
            assert look() == []
            assert mirror.size == len(sent) + 6
