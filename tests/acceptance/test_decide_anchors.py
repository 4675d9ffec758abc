"""The digest of a decision log in a registry's log: what leaves the house, and what comes back."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from decisions_at_work import Clock, keys, new_log, policy, propose
from registry_at_work import publish, registry, statement, trust_in

from openquality import credentials
from openquality.client import Client
from openquality.decisions import Audit, DecisionLog, audit, export
from openquality.decisions.registering import NoReceipt, register
from openquality.signing import SigningKey, generate, sign, write_key
from openquality_registry.bootstrap import Parts, SystemClock
from openquality_registry.http import server
from openquality_registry.log.fsck import Check
from openquality_registry.watch.home import open_home
from openquality_registry.watch.mirror import Mirror
from openquality_registry.watch.monitor import Monitor, Wishes
from openquality_registry.watch.serving import create_app
from openquality_registry.watch.source import Source
from openquality_registry.watch.witness import Witness
from openquality_validator.decision.export import Export, Stamp
from openquality_validator.errors import RegistryError
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.policy import Policy as WitnessPolicy
from openquality_validator.trust import LogKey, Trust

Run = Callable[..., Any]
DAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Parts]]:
    with registry(tmp_path_factory.mktemp("anchors") / "data") as running:
        assert publish(running[0], statement(1)).status_code == 201
        yield running


@pytest.fixture(scope="module")
def trust(served: tuple[httpx2.Client, Parts]) -> Trust:
    return trust_in(served[0])


@pytest.fixture
def client(served: tuple[httpx2.Client, Parts]) -> Iterator[Client]:
    with Client(str(served[0].base_url)) as made:
        yield made


def log_at(folder: Path) -> DecisionLog:
    made = new_log(folder, Clock(datetime.now(UTC)))
    propose(made)
    return made


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    return log_at(tmp_path / "log")


def checked(source: DecisionLog | Export, trust: Trust | None) -> Audit:
    return audit(source, trust=trust, reconstruct=False)


def codes(result: Audit) -> list[tuple[str, str]]:
    return [(each.code, each.severity.value) for each in result.report.findings]


def did_of(log: DecisionLog) -> str:
    """Write the log's key as a did:key: multicodec ed25519-pub, then base58btc."""
    number = int.from_bytes(b"\xed\x01" + log.folder.key.public)
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + digits
    return f"did:key:z{digits}"


def text_of(log: DecisionLog) -> bytes:
    """Return the checkpoint's text: all of the note before its empty line."""
    note = log.folder.note()
    assert note is not None
    return note.partition(b"\n\n")[0] + b"\n"


def in_registry(client: Client, log: DecisionLog) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.lookup({"issuers": [did_of(log)]})["items"]
    return found


def test_the_registry_gets_a_digest_and_a_day_and_nothing_else(
    log: DecisionLog, client: Client, trust: Trust
) -> None:
    register(log, client, trust=trust)
    (entry,) = in_registry(client, log)
    target = f"checkpoint:sha256:{sha256(text_of(log)).hexdigest()}"
    assert (entry["kind"], entry["subjects"]) == ("anchor", [target])
    said = client.record(entry["digest"])["credential"]
    fixed = {"@context", "type", "credentialSchema", "id"}
    assert {name: value for name, value in said.items() if name not in fixed} == {
        "issuer": {"id": did_of(log), "name": "A log"},
        "validFrom": said["validFrom"],
        "credentialSubject": {"id": target},
    }
    assert said["validFrom"].endswith("T00:00:00Z")
    sent = client.statement(entry["digest"])
    whole = sent + b"".join(_decoded(part) for part in sent.split(b"."))
    for private in (log.folder.key.name, keys().agent.did, keys().owner.did, "PO-1"):
        assert private.encode() not in whole


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def test_the_receipt_proves_since_when_the_log_stands(
    log: DecisionLog, client: Client, trust: Trust
) -> None:
    done = register(log, client, trust=trust)
    admitted = datetime.fromisoformat(in_registry(client, log)[0]["admittedAt"])
    propose(log, "PO-2")
    for source in (log, Export.from_bytes(export(log).to_bytes())):
        result = checked(source, trust)
        assert result.report.findings == ()
        assert result.checked.existed_by == ((2, admitted, trust.logs[0].origin),)
    assert (done.size, done.moment) == (2, admitted)


def test_to_anchor_again_adds_nothing_until_the_log_grows(
    log: DecisionLog, client: Client, trust: Trust
) -> None:
    now = datetime.now(UTC)
    for _ in range(3):
        register(log, client, trust=trust, now=now)
    assert len(in_registry(client, log)) == 1
    propose(log, "PO-2")
    register(log, client, trust=trust, now=now)
    assert len(in_registry(client, log)) == 2
    sizes = {size for size, _, _ in checked(log, trust).checked.existed_by}
    assert sizes == {2, 3}


def test_a_registry_that_the_auditor_does_not_know_proves_nothing(
    log: DecisionLog, client: Client, trust: Trust
) -> None:
    register(log, client, trust=trust)
    other = LogKey(VerifierKey.ed25519(trust.logs[0].origin, generate().public.raw))
    of_other_key = Trust(logs=(replace(trust.logs[0], keys=(other,)),))
    for known in (None, of_other_key):
        result = checked(log, known)
        assert codes(result) == [("H062", "warning")]
        assert result.checked.existed_by == ()


def test_nothing_is_sent_to_a_registry_that_is_not_trusted(
    log: DecisionLog, client: Client
) -> None:
    with pytest.raises(NoReceipt, match="trust add"):
        register(log, client, trust=Trust())
    assert in_registry(client, log) == []
    assert log.folder.anchors() == ()


# Receipts that are of something else.


def stamped(log: DecisionLog, stamps: tuple[Stamp, ...]) -> Export:
    return replace(export(log), stamps=stamps)


def anchor(key: SigningKey, target: str) -> bytes:
    made = credentials.make("LogAnchor", {"id": target}, issuer=key.did, name="A log", now=DAY)
    return sign(made, key)


def with_receipt(log: DecisionLog, receipt: bytes) -> Export:
    (stamp,) = export(log).stamps
    return stamped(log, (replace(stamp, receipt=receipt),))


@pytest.fixture
def anchored(log: DecisionLog, client: Client, trust: Trust) -> DecisionLog:
    register(log, client, trust=trust)
    return log


def test_a_receipt_of_another_log_is_found(
    anchored: DecisionLog, client: Client, trust: Trust, tmp_path: Path
) -> None:
    other = log_at(tmp_path / "other")
    register(other, client, trust=trust)
    (whole,) = export(other).stamps
    assert whole.receipt is not None
    for brought in (with_receipt(anchored, whole.receipt), stamped(anchored, (whole,))):
        result = checked(brought, trust)
        assert codes(result) == [("H061", "error")]
        assert result.checked.existed_by == ()


def test_a_receipt_of_another_checkpoint_is_found(
    anchored: DecisionLog, client: Client, trust: Trust
) -> None:
    (first,) = export(anchored).stamps
    propose(anchored, "PO-2")
    register(anchored, client, trust=trust)
    _, second = export(anchored).stamps
    swapped = (replace(first, receipt=second.receipt), replace(second, receipt=first.receipt))
    result = checked(stamped(anchored, swapped), trust)
    assert codes(result) == [("H061", "error")] * 2
    assert result.checked.existed_by == ()


def test_a_receipt_that_another_key_asked_for_is_found(
    anchored: DecisionLog, client: Client, trust: Trust
) -> None:
    """The registry admits it, since it cannot know whose checkpoint it is."""
    target = in_registry(client, anchored)[0]["subjects"][0]
    receipt = client.publish(anchor(generate(), target))
    result = checked(with_receipt(anchored, receipt), trust)
    assert codes(result) == [("H061", "error")]
    assert "another key" in result.report.findings[0].message


def test_a_receipt_of_another_kind_is_found(
    anchored: DecisionLog, client: Client, trust: Trust
) -> None:
    receipt = client.bundle(f"sha256:{sha256(statement(1)).hexdigest()}")
    result = checked(with_receipt(anchored, receipt), trust)
    assert codes(result) == [("H061", "error")]
    assert "another statement" in result.report.findings[0].message


@pytest.mark.parametrize("part", ["statement", "entry", "checkpoint", "inclusionProof"])
def test_a_receipt_with_an_altered_part_is_an_error(
    anchored: DecisionLog, client: Client, trust: Trust, part: str
) -> None:
    register(anchored, client, trust=trust)
    receipt = export(anchored).stamps[-1].receipt
    assert receipt is not None
    value = json.loads(receipt)
    place = value["log"] if part in value["log"] else value
    whole = place[part][0] if part == "inclusionProof" else place[part].rstrip("\n")
    at = len(whole) - 9  # in the signature, the proof's last hash, or the entry's subjects
    other = whole[:at] + ("B" if whole[at] == "A" else "A") + whole[at + 1 :]
    spelled = [json.dumps(each, ensure_ascii=False)[1:-1].encode() for each in (whole, other)]
    altered = receipt.replace(*spelled)
    assert altered != receipt
    last = replace(export(anchored).stamps[-1], receipt=altered)
    result = checked(stamped(anchored, (last,)), trust)
    assert codes(result) == [("H061", "error")]


def test_no_change_of_a_receipt_lets_it_say_something_else(
    anchored: DecisionLog, trust: Trust
) -> None:
    (stamp,) = export(anchored).stamps
    assert stamp.receipt is not None
    said = checked(anchored, trust).checked.existed_by
    assert len(said) == 1
    outcomes = set()
    for at in range(0, len(stamp.receipt), 23):
        changed = bytearray(stamp.receipt)
        changed[at] = changed[at] ^ 1 or 0x20
        outcomes.add(_outcome(anchored, bytes(changed), trust, said))
    for size in range(0, len(stamp.receipt), 97):
        outcomes.add(_outcome(anchored, stamp.receipt[:size], trust, said))
    assert "refused" in outcomes
    assert outcomes <= {"refused", "the same"}


def _outcome(log: DecisionLog, receipt: bytes, trust: Trust, said: object) -> str:
    try:
        receipt.decode()
    except UnicodeDecodeError:
        return "refused"  # an export holds texts
    result = checked(with_receipt(log, receipt), trust)
    if result.checked.existed_by == said:
        return "the same"  # of a member that a receipt does not need, such as the catalogue
    assert result.checked.existed_by == ()
    assert {code for code, _ in codes(result)} <= {"H061", "H062"}
    return "refused"


def test_a_receipt_that_is_altered_on_disk_is_lost(anchored: DecisionLog, trust: Trust) -> None:
    (place,) = (anchored.folder.path / "anchors").iterdir()
    place.write_bytes(place.read_bytes().replace(b'"index\\":', b'"index\\": '))
    assert codes(checked(anchored, trust)) == [("H049", "error")]


def test_an_export_takes_no_receipt_that_is_too_long(anchored: DecisionLog) -> None:
    whole = json.loads(export(anchored).to_bytes())
    whole["anchors"][0]["receipt"] = "x" * 270_000
    data = json.dumps(whole, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    with pytest.raises(Exception, match="longer than a receipt"):
        Export.from_bytes(data)


class Lying(Client):
    """Answer a publication with another receipt than the one that was asked for."""

    answer: bytes = b""

    def publish(self, statement: bytes) -> bytes:
        assert statement
        return self.answer


def test_a_registry_that_answers_something_else_is_not_believed(
    anchored: DecisionLog, client: Client, trust: Trust, tmp_path: Path
) -> None:
    receipt = export(anchored).stamps[0].receipt
    assert receipt is not None
    fresh = log_at(tmp_path / "fresh")
    lies = (b"", b"{}", b"\xff", receipt, receipt[:-1], b"x" * 270_000)
    with Lying(client.url) as lying:
        for lying.answer in lies:
            with pytest.raises(NoReceipt, match="Nothing was kept"):
                register(fresh, lying, trust=trust)
    assert fresh.folder.anchors() == ()


def test_witnesses_that_the_user_asks_for_are_waited_for(tmp_path: Path, log: DecisionLog) -> None:
    data, home = tmp_path / "data", open_home(tmp_path / "w", name="w.example/1")
    with registry(data) as (_, parts):
        vkey = VerifierKey.from_text(parts.folder.signer.vkey)
    witness = Witness(
        name=home.name, key=home.key, logs=[vkey], book=home.book, clock=SystemClock()
    )
    listening = server.listen("127.0.0.1", 0)
    with closing(home.book), server.background(create_app(witness, seconds=15.0), listening) as url:
        policy_of = f"witness a {witness.vkey} {url}\nquorum a\n"
        (tmp_path / "policy").write_text(policy_of)
        with (
            registry(data, witnesses=tmp_path / "policy") as (served, _),
            Client(str(served.base_url)) as client,
        ):
            known = trust_in(served).logs[0]
            asking = Trust(logs=(replace(known, policy=WitnessPolicy.from_text(policy_of)),))
            register(log, client, trust=asking)
            assert len(checked(log, asking).checked.existed_by) == 1
            alone = client.publish(anchor(log.folder.signer(), f"checkpoint:sha256:{64 * 'b'}"))
    # A receipt as it comes from publishing has no witness yet.
    result = checked(with_receipt(log, alone), asking)
    assert codes(result) == [("H062", "warning")]


# What the registry takes, and what becomes of it there.


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("/issuer/name", "Example Buyer GmbH"),
        ("/issuer/url", "https://buyer.example"),
        ("/validFrom", "2026-11-21T13:14:15Z"),
        ("/credentialSubject/size", 4711),
        ("/credentialSubject/id", "checkpoint:sha256:PO-4711"),
        ("/name", "Our decisions of November"),
    ],
)
def test_an_anchor_that_says_more_is_refused(client: Client, member: str, value: object) -> None:
    key = generate()
    target = f"checkpoint:sha256:{64 * 'a'}"
    made = credentials.make("LogAnchor", {"id": target}, issuer=key.did, name="A log", now=DAY)
    *above, last = member.split("/")[1:]
    place: Any = made
    for name in above:
        place = place[name]
    place[last] = value
    with pytest.raises(RegistryError) as refused:
        client.publish(sign(made, key))
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("admission", "code"), [("L1", "identity-too-low"), ("invited", "token-required")]
)
def test_the_policy_of_a_registry_holds_for_anchors(
    log: DecisionLog, tmp_path: Path, admission: str, code: str
) -> None:
    with registry(tmp_path / "data", admission=admission) as (served, parts):
        with (
            Client(str(served.base_url)) as client,
            pytest.raises(RegistryError) as refused,
        ):
            register(log, client, trust=trust_in(served))
        assert refused.value.code == code
        assert parts.folder.store.state().size == 0
    assert log.folder.anchors() == ()


def test_the_quota_of_a_client_counts_anchors(log: DecisionLog, tmp_path: Path) -> None:
    with (
        registry(tmp_path / "data", client_per_day=1) as (served, _),
        Client(str(served.base_url)) as client,
    ):
        known, now = trust_in(served), datetime.now(UTC)
        register(log, client, trust=known, now=now)
        register(log, client, trust=known, now=now)  # the same again counts as none
        propose(log, "PO-2")
        with pytest.raises(RegistryError) as refused:
            register(log, client, trust=known, now=now)
        assert refused.value.code == "quota-used-up"


def test_the_registry_stays_whole_with_anchors_in_its_log(tmp_path: Path, log: DecisionLog) -> None:
    data = tmp_path / "data"
    with registry(data) as (served, parts), Client(str(served.base_url)) as client:
        register(log, client, trust=trust_in(served))
        (entry,) = in_registry(client, log)
        # Look-up finds it by the digest too, for whoever has the checkpoint.
        by_digest = client.lookup({"subjects": entry["subjects"]})["items"]
        assert [each["digest"] for each in by_digest] == [entry["digest"]]
        page = served.get(f"/suppliers/{did_of(log)}", headers={"accept": "text/html"})
        assert page.status_code == 200
        hexadecimal = entry["digest"].removeprefix("sha256:")
        assert f'"/v1/statements/{hexadecimal}">anchor<' in page.text
        assert served.get(f"/records/{entry['digest']}").status_code == 404
        vkey, origin = parts.folder.signer.vkey, parts.folder.origin
        whole = Check(parts.folder.store, parts.folder.tiles, origin=origin, vkey=vkey)
        assert list(whole.run()) == []
        with (
            closing(Mirror(tmp_path / "state", origin=origin, reads_statements=True)) as mirror,
            Source(str(served.base_url)) as source,
        ):
            known = [VerifierKey.from_text(vkey)]
            monitor = Monitor(
                source, mirror, keys=known, clock=SystemClock(), wishes=Wishes(issuers=())
            )
            alerts = [alert.code.value for alert in monitor.look()]
            assert mirror.size == 1
        assert alerts == []
    with registry(data) as (served, _):  # it starts again with it
        assert served.get("/readyz").status_code == 200


def test_the_command_anchors_and_the_check_says_so(
    run: Run,
    machine: Path,
    served: tuple[httpx2.Client, Parts],
) -> None:
    url = str(served[0].base_url)
    write_key(machine / "owner.key", keys().owner)
    (machine / "policy.json").write_bytes(policy())
    assert run("decide", "init", "--policy", "policy.json", "--key", "owner.key").code == 0
    assert run("decide", "anchor").code == 2
    early = run("decide", "anchor", "--registry", url)
    assert (early.code, "trust add" in early.err) == (1, True)
    assert run("trust", "add", url, "--yes").code == 0
    done = run("decide", "anchor", "--registry", url)
    assert done.code == 0
    origin = served[1].folder.origin
    assert f"says {origin}" in done.err
    ran = run("decide", "check", "--format", "json")
    assert ran.code == 0
    assert [(each["size"], each["authority"]) for each in ran.json["existedBy"]] == [(1, origin)]
