"""The page that validates, over HTTP: what it says, what it refuses, and that it keeps nothing."""

import base64
import contextlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx2
import openpyxl
import pytest
from filled_workbooks import workbook
from registry_at_work import attestation, registry

from openquality_registry.http import server
from openquality_registry.http.workbench import create_workbench
from openquality_registry.settings import load

PAGE = "text/html,application/xhtml+xml"
LIMIT = 262_144


@contextlib.contextmanager
def workbench(**settings: object) -> Iterator[httpx2.Client]:
    app = create_workbench(load(port=0, **{"max_check_bytes": LIMIT, **settings}))
    with (
        server.background(app, server.listen("127.0.0.1", 0)) as url,
        httpx2.Client(base_url=url, headers={"accept": PAGE}, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with workbench() as running:
        yield running


def check(client: httpx2.Client, data: bytes, name: str = "record.json") -> str:
    answer = client.post("/validate", files={"file": (name, data)})
    assert answer.status_code == 200
    return unescape(answer.text)


def wrong() -> bytes:
    record = attestation()
    record["credentialSubject"]["claims"][0]["metrc"] = "x"
    return json.dumps(record, indent=2).encode()


def test_a_valid_record_is_said_to_be_valid(client: httpx2.Client) -> None:
    text = check(client, json.dumps(attestation()).encode())
    assert "record.json</bdi>: valid" in text
    assert "Records checked: 1." in text
    assert '<li class="finding' not in text


def test_a_finding_stands_with_its_line_its_excerpt_and_what_to_do(client: httpx2.Client) -> None:
    data = wrong()
    line = data.decode().splitlines().index('        "metrc": "x"') + 1
    text = check(client, data)
    assert "not valid yet" in text
    assert f"line {line}, column 9" in text
    assert '<mark>"metrc"</mark>: "x"' in text
    assert ">S003<" in text
    assert "Did you mean `metric`?" in text


def test_records_on_lines_are_told_apart(client: httpx2.Client) -> None:
    good = json.dumps(attestation()).encode()
    text = check(client, b"\n".join((good, b"{}", good, b"[")), "records.jsonl")
    assert "Records checked: 4, not valid: 2." in text
    assert "The record on line 2" in text
    assert "The record on line 4" in text
    assert "The record on line 1<" not in text


def test_text_that_was_pasted_is_checked_and_stays_in_its_field(client: httpx2.Client) -> None:
    pasted = '{"name": "</textarea><script>alert(1)</script>"}'
    answer = client.post("/validate", files={"text": (None, pasted)})
    assert "<script>alert" not in answer.text
    assert pasted in unescape(answer.text)
    assert '<li class="finding' in answer.text


def test_nothing_chosen_shows_the_form_again(client: httpx2.Client) -> None:
    for sent in ({"file": ("", b"")}, {"text": (None, " \n")}, {"other": (None, "x")}):
        answer = client.post("/validate", files=sent)
        assert answer.status_code == 200
        assert "verdict" not in answer.text


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("offer.pdf", b"%PDF-1.7", "kinds are checked"),
        ("empty.jsonl", b"\n \n\n \t", "no record"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "kinds are checked"),
        ("../../etc/passwd", b"{}", "passwd"),
        ("C:\\data\\offer.exe", b"{}", "offer.exe"),
        ("\u202egnp.exe", b"{}", "\N{REPLACEMENT CHARACTER}gnp.exe"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(
    client: httpx2.Client, name: str, data: bytes, said: str
) -> None:
    text = check(client, data, name)
    assert "could not be read" in text
    assert said in text


def test_of_a_workbook_each_finding_has_its_cell_and_the_copy_holds_it(
    client: httpx2.Client,
) -> None:
    record = attestation()
    record["credentialSubject"]["identifiers"][0]["value"] = "09506000134353"  # its digit is 2
    text = check(client, workbook(record), "bolt.xlsx")
    cell = re.search(r"Products and services, cell ([A-Z]+4)</bdi>[^\n]*I001", text)
    assert cell is not None
    found = re.search(r'download="checked-bolt\.xlsx" href="data:[^"]*;base64,([^"]*)"', text)
    assert found is not None
    copy = openpyxl.load_workbook(io.BytesIO(base64.b64decode(found[1])))
    marked = copy["Products and services"][cell[1]]
    assert marked.value == "09506000134353"
    assert "I001" in marked.comment.text


def test_a_workbook_without_findings_is_not_given_back(client: httpx2.Client) -> None:
    text = check(client, workbook(attestation()), "bolt.xlsx")
    assert "bolt.xlsx</bdi>: valid" in text
    assert "data:application" not in text


@pytest.mark.parametrize("name", ["bolt.xlsx", "bolt.ods", "bolt.xlsm", "bolt.xlsb"])
def test_what_only_has_the_name_of_a_workbook_is_refused_with_what_to_do(
    client: httpx2.Client, name: str
) -> None:
    text = check(client, b"%PDF-1.7 no workbook", name)
    assert text.count('<li class="finding finding-error"') == 1
    assert "data:application" not in text


def test_many_findings_are_cut_with_a_count(client: httpx2.Client) -> None:
    text = check(client, b"\n".join([b"{}"] * 900), "records.jsonl")
    assert text.count('<li class="finding') == 200
    assert "Findings that are not shown" in text


def test_a_file_with_too_much_to_say_is_not_checked_to_its_end(client: httpx2.Client) -> None:
    wide = json.dumps({f"k{number}": 1 for number in range(600)}).encode()
    text = check(client, b"\n".join([wide] * 6), "records.jsonl")
    assert "Only the first 4 records were checked" in text
    text = check(client, b"[]\n" * 1_001, "records.jsonl")
    assert "Only the first 1\N{NARROW NO-BREAK SPACE}000 records" in text


def test_limits_are_kept(client: httpx2.Client) -> None:
    assert (
        client.post("/validate", files={"file": ("a.json", b" " * (LIMIT * 2))}).status_code == 413
    )
    assert client.post("/validate", data={"text": "{}"}).status_code == 415
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/validate", content=b"nonsense", headers=broken).status_code == 422
    two = [("file", ("a.json", b"{}")), ("file", ("b.json", b"{}"))]
    assert client.post("/validate", files=two).status_code == 422


def test_deep_and_hostile_documents_are_findings(client: httpx2.Client) -> None:
    for data in (b"[" * 20_000, b'{"a":' * 5_000, b"\xff\xfe\x00", b'"\\ud800"', b"1e999999"):
        assert '<li class="finding' in check(client, data)


OPENED: list[str] = []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def opened_for_writing(event: str, arguments: tuple[object, ...]) -> None:
    """Note what this process opens to write, files without a name included (sys.addaudithook)."""
    if event == "open" and isinstance(flags := arguments[2], int) and flags & WRITING:
        OPENED.append(str(arguments[0]))


def test_nothing_is_written_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    """No file is made, not even a passing one, and the log holds nothing of what was sent."""
    secret = "Geheime Schrauben GmbH"
    data = json.dumps({"name": secret, "fill": "x" * 2_000_000}).encode()
    with caplog.at_level("DEBUG"), workbench(max_check_bytes=4_000_000) as client:
        # What is compiled with the first calls is written then.
        check(client, data)
        record = attestation()
        record["credentialSubject"]["identifiers"][0]["value"] = "1"
        check(client, workbook(record), "first.xlsx")
        sys.addaudithook(opened_for_writing)
        with tempfile.TemporaryFile():
            assert OPENED.pop()  # the hook sees what it is there for
        OPENED.clear()
        check(client, data, f"{secret}.json")
        book = workbook(record | {"name": secret})
        assert "data:application" in check(client, book, f"{secret}.xlsx")
        assert OPENED == []
    assert secret not in caplog.text


def test_alone_it_has_no_menu_and_no_registry(client: httpx2.Client) -> None:
    assert client.get("/").headers["location"] == "/validate"
    text = client.get("/validate").text
    assert 'aria-label="Main"' not in text
    assert "nothing is stored" in text
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/v1/metrics").status_code == 404
    assert client.get("/checkpoint").status_code == 404
    assert "default-src 'none'" in client.get("/validate").headers["content-security-policy"]


def test_a_registry_serves_it_too(tmp_path: Path) -> None:
    with registry(tmp_path / "data") as (client, parts):
        text = client.post("/validate", files={"file": ("a.json", wrong())}).text
        assert "not valid yet" in text
        assert 'aria-current="page">Check a file<' in text
        assert parts.published_size() == 0


def test_who_sends_too_much_waits() -> None:
    with workbench(rate=0.01, burst=2) as client:
        codes = [
            client.post("/validate", files={"text": (None, "{}")}).status_code for _ in range(3)
        ]
    assert codes == [200, 200, 429]
