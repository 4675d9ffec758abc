"""Decisions on the command line, from a registry's answer to an auditor's check."""

import html.parser
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import registry_at_work
from decisions_at_work import PERSON, QUERY, draft, keys, policy

from openquality.signing import generate, sign, write_key

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def offer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a registry with the records of three makers, and give its address."""
    with ExitStack() as stack:
        client, _ = stack.enter_context(
            registry_at_work.registry(tmp_path_factory.mktemp("registry"))
        )
        for number, (late, country) in enumerate(((12, "DE"), (24, "CN"), (36, "DE"))):
            key = generate()
            record = registry_at_work.attestation(900 + number, key=key)
            _deliver_late(record, late)
            record["credentialSubject"]["producer"]["location"]["country"] = country
            assert registry_at_work.publish(client, sign(record, key)).status_code == 201
        yield str(client.base_url)


def _deliver_late(record: dict[str, Any], late: int) -> None:
    """Let so many of 480 lines be late."""
    for claim in record["credentialSubject"]["claims"]:
        if claim.get("metric") == "on-time-delivery":
            claim["counts"] = {"numerator": 480 - late, "denominator": 480}
            claim["value"] = {"amount": f"{(480 - late) / 4.8:.1f}", "unit": "%"}


@dataclass(frozen=True, slots=True)
class Buyer:
    """A folder with keys, a policy, a query and a draft; and how to act in it."""

    folder: Path
    run: Run

    def decide(self, *arguments: str | Path, key: str = "agent") -> Any:  # noqa: ANN401 - what ran
        return self.run("decide", *arguments, "--key", f"{key}.key")

    def execute(self, *more: str) -> Any:  # noqa: ANN401 - what ran
        return self.decide("execute", "PO-1", *more, "--format", "json")


@pytest.fixture
def buyer(run: Run, machine: Path, offer: str, monkeypatch: pytest.MonkeyPatch) -> Buyer:
    """Give a buyer with a log, who trusts the registry and has proposed PO-1."""
    monkeypatch.setenv("OPENQUALITY_REGISTRY", offer)
    for name in ("owner", "agent", "reviewer"):
        write_key(machine / f"{name}.key", getattr(keys(), name))
    (machine / "policy.json").write_bytes(policy())
    (machine / "query.json").write_bytes(orjson.dumps(QUERY))
    stated = [{"rank": 1, "selected": True, "reasons": [{"code": "best-score"}]}]
    (machine / "draft.json").write_bytes(orjson.dumps(draft(alternatives=stated)))
    (machine / "why.md").write_text("The first one delivers on time.")
    assert run("trust", "add", offer, "--yes", "--with-status-key").code == 0
    given = Buyer(machine, run)
    assert given.decide("init", "--policy", "policy.json", key="owner").code == 0
    arguments = ("PO-1", "draft.json", "--query", "query.json", "--attach", "why.md")
    proposed = given.decide("propose", *arguments, "--format", "json")
    assert proposed.code == 0
    assert proposed.json["status"] == "proposed"
    return given


def approved(buyer: Buyer) -> None:
    role = ("--role", PERSON["role"], "--as", "reviewer-7")
    assert buyer.decide("approve", "PO-1", *role, key="reviewer").code == 0


def test_the_whole_course_of_a_decision(buyer: Buyer) -> None:
    refused = buyer.execute()
    assert refused.code == 1
    assert refused.json["compliance"] == "nonCompliant"
    assert [each["code"] for each in refused.json["refused"]] == ["H006"]
    approved(buyer)
    assert buyer.execute().json["status"] == "executed"
    shown = buyer.run("decide", "show", "--format", "json").json
    (row,) = shown["decisions"]
    assert (row["status"], row["review"], row["refused"]) == ("executed", "used", 1)
    events = buyer.run("decide", "show", "PO-1", "--format", "json").json["events"]
    assert [each["type"] for each in events] == ["Proposal", "Execution", "Approval", "Execution"]
    # Three makers were found; the facts about them come from the answer.
    assert [each["supplier"]["country"] for each in events[0]["alternatives"]] == ["DE", "CN", "DE"]
    checked = buyer.run("decide", "check", "--format", "json")
    assert checked.code == 0
    assert checked.json["findings"] == []
    assert [each["result"] for each in checked.json["reconstructions"]] == ["same"]


def test_an_export_is_checked_on_another_machine(
    buyer: Buyer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(buyer)
    buyer.execute()
    vkey = buyer.run("decide", "init", "--policy", "policy.json", "--log", "other",
                     "--key", "owner.key").out.split()[1]  # fmt: skip
    assert buyer.run("decide", "export", "-o", "all.decisions.json").code == 0
    away = tmp_path / "auditor"
    away.mkdir()
    shutil.move("all.decisions.json", away)
    shutil.rmtree("decisions")
    monkeypatch.chdir(away)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(away / "home"))
    monkeypatch.delenv("OPENQUALITY_REGISTRY")
    checked = buyer.run("decide", "check", "all.decisions.json", "--format", "json")
    assert checked.code == 0
    assert checked.json["complete"] is True
    assert checked.json["reconstructions"][0]["result"] == "same"
    strange = buyer.run("decide", "check", "all.decisions.json", "--vkey", vkey)
    assert strange.code == 1
    assert "H042" in strange.out


def test_what_is_withheld_is_not_in_the_file_and_the_rest_still_proves(buyer: Buyer) -> None:
    approved(buyer)
    buyer.execute()
    hide = ("--withhold", "terms", "--withhold", "impact", "--withhold", "reasoning")
    buyer.run("decide", "export", "PO-1", *hide, "-o", "redacted.decisions.json")
    written = Path("redacted.decisions.json").read_bytes()
    checked = buyer.run("decide", "check", "redacted.decisions.json", "--format", "json")
    assert not [each for each in checked.json["findings"] if each["severity"] == "error"]
    assert checked.json["decisions"] == {"PO-1": "executed"}
    for disclosed in re.findall(rb"~([A-Za-z0-9_-]+)", written):
        assert b"25000" not in _decoded(disclosed)
    assert b"delivers on time" not in b"".join(
        _decoded(each) for each in re.findall(rb'"sha256:[0-9a-f]{64}":"([^"]+)"', written)
    )


def _decoded(text: bytes) -> bytes:
    import base64

    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_")


def test_another_ranking_than_the_records_give_is_found(buyer: Buyer) -> None:
    """An agent that turns the order of the answer round is caught by the records it kept."""
    events = buyer.run("decide", "show", "PO-1", "--format", "json").json["events"]
    turned = [
        {**each, "rank": rank, "selected": rank == 1}
        for rank, each in enumerate(reversed(events[0]["alternatives"]), start=1)
    ]
    Path("turned.json").write_bytes(orjson.dumps({"alternatives": turned}))
    assert buyer.decide("amend", "PO-1", "turned.json", "--reason", "friend").code == 0
    checked = buyer.run("decide", "check", "--format", "json")
    assert checked.code == 1
    assert {each["code"] for each in checked.json["findings"]} == {"H056"}
    assert [each["result"] for each in checked.json["reconstructions"]] == ["same", "differs"]


def test_an_answer_that_the_records_do_not_give_is_found(buyer: Buyer) -> None:
    """Whoever forges the answer itself meets the values in the signed records."""
    events = buyer.run("decide", "show", "PO-1", "--format", "json").json["events"]
    inputs = events[0]["inputs"]

    def kept(digest: str) -> bytes:
        return Path("decisions/artefacts", digest.removeprefix("sha256:")).read_bytes()

    answer = orjson.loads(kept(inputs["answer"]))
    answer["rows"] = answer["rows"][::-1]
    Path("answer.json").write_bytes(orjson.dumps(answer))
    Path("note").write_bytes(kept(inputs["checkpoint"]))
    bundles: list[str] = []
    for number, record in enumerate(inputs["records"]):
        Path(f"{number}.bundle.json").write_bytes(kept(record["bundle"]))
        bundles += ["--bundle", f"{number}.bundle.json"]
    offline = ("--answer", "answer.json", "--checkpoint", "note", *bundles)
    ran = buyer.decide("propose", "PO-2", "draft.json", "--query", "query.json", *offline)
    assert ran.code == 0
    checked = buyer.run("decide", "check", "--format", "json")
    assert checked.code == 1
    assert "H055" in {each["code"] for each in checked.json["findings"]}
    result = {each["decision"]: each["result"] for each in checked.json["reconstructions"]}
    assert result == {"PO-1": "same", "PO-2": "differs"}


def test_pausing_cancelling_and_reversing(buyer: Buyer) -> None:
    assert buyer.decide("pause", "PO-1").code == 1  # no reason
    assert buyer.decide("pause", "PO-1", "--reason", "supplier-in-question").code == 0
    approval = ("approve", "PO-1", "--role", PERSON["role"])
    assert buyer.decide(*approval, key="reviewer").code == 1
    assert buyer.decide("resume", "PO-1").code == 0
    approved(buyer)
    assert buyer.execute().code == 0
    assert buyer.decide("cancel", "PO-1", "--reason", "too-late").code == 1
    assert buyer.decide("reverse", "PO-1", "--reason", "wrong-part:Sent back.").code == 0
    assert buyer.run("decide", "show", "--format", "json").json["decisions"][0]["status"] == (
        "reversed"
    )


def test_a_person_overrides_the_agent(buyer: Buyer) -> None:
    more = ("--role", PERSON["role"], "--reason", "local-stock:Needed on Monday.")
    assert buyer.decide("override", "PO-1", "--select", "3", *more, key="reviewer").code == 0
    assert buyer.execute().code == 0
    report = buyer.run("decide", "report", "--format", "json").json
    assert report["suppliers"]["local"]["byCount"]["part"] == 1
    assert report["humanReview"]["used"]["share"] == "1.0000"


def test_incidents_and_the_yearly_test_are_recorded_and_due(buyer: Buyer) -> None:
    said = ("--kind", "wrong-supplier", "--text", "The order went elsewhere.")
    when = ("--detected", "2026-01-01T00:00:00Z")
    opened = ("incident", "PO-1", "i-1", "--state", "opened", *when, *said)
    assert buyer.decide(*opened, "--severity", "high").code == 0
    assert buyer.decide(*opened).code == 1
    checked = buyer.run("decide", "check")
    assert checked.code == 1
    assert "error H013" in checked.out
    assert buyer.decide("incident", "PO-1", "i-1", "--state", "stated", *when, *said).code == 0
    late = buyer.run("decide", "check")
    assert late.code == 0
    assert "warning H013" in late.out
    tried = ("--passed", "--role", PERSON["role"], "--text", "Stopped within a minute.")
    assert buyer.decide("test-override", *tried, key="reviewer").code == 0
    report = buyer.run("decide", "report", "--format", "json").json
    assert report["overrideTests"]["passed"] == 1
    assert report["incidents"] == {
        "count": 1,
        "statedInTime": 0,
        "overdue": 0,
        "resolved": 0,
        "medianHoursToResolution": None,
    }


class Page(html.parser.HTMLParser):
    """Collect the tags and the texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.metas: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "meta":
            self.metas.append(dict(attrs))


def test_the_report_is_a_page_that_runs_and_fetches_nothing(buyer: Buyer) -> None:
    approved(buyer)
    buyer.execute()
    assert buyer.run("decide", "report", "--format", "html", "-o", "report.html").code == 0
    page = Page(Path("report.html").read_text())
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name in page.attributes if name in {"src", "href"} or name[:2] == "on"]
    policies = [
        meta["content"]
        for meta in page.metas
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    text = buyer.run("decide", "report").out
    assert "used where offered" in text
    assert "1 of 1 (100.0 %)" in text


def test_nothing_is_deleted_before_its_time(buyer: Buyer) -> None:
    ran = buyer.decide("purge", "--yes", key="owner")
    assert ran.code == 0
    assert "No file is past" in ran.err


def test_a_query_of_too_many_rows_or_untrusted_records_is_no_input(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openquality.decisions.inputs.MAX_ROWS", 2)
    ran = buyer.decide("propose", "PO-9", "draft.json", "--query", "query.json")
    assert ran.code == 1
    assert "Narrow the query" in ran.err
    monkeypatch.undo()


def test_records_of_a_log_that_is_not_trusted_are_refused(buyer: Buyer, offer: str) -> None:
    assert buyer.run("trust", "init", "--file", "nobody.json").code == 0
    more = ("--query", "query.json", "--trust", "nobody.json", "--registry", offer)
    ran = buyer.decide("propose", "PO-9", "draft.json", *more)
    assert ran.code == 1
    assert "Trust the log first" in ran.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("show",), "holds no decision log"),
        (("check", "nothing.json"), "No such file"),
    ],
)
def test_what_is_not_there_is_said(
    run: Run, machine: Path, arguments: tuple[str, ...], part: str
) -> None:
    assert machine.is_dir()
    ran = run("decide", *arguments)
    assert ran.code == 2
    assert part in ran.err
