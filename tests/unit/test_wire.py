"""Requests and answers as values."""

import hashlib

import orjson
import pytest

from openquality import wire
from openquality_validator.errors import RegistryError
from openquality_validator.findings import Finding, Severity

FINDING = Finding("C001", Severity.ERROR, "/a/0", "It is wrong.", "Mend it.")
PROBLEM = wire.Problem(422, "invalid-statement", "The statement breaks a rule.", "One.", (FINDING,))


def test_a_problem_reads_back_as_it_was_written() -> None:
    response = wire.Response(422, {}, PROBLEM.to_bytes())
    assert wire.problem(response) == PROBLEM


def test_a_problem_has_the_members_of_rfc_9457() -> None:
    assert {"type", "title", "status", "detail"} <= PROBLEM.to_json().keys()


def test_a_refusal_is_raised_with_its_findings() -> None:
    with pytest.raises(RegistryError) as caught:
        wire.read(wire.Response(422, {}, PROBLEM.to_bytes()))
    assert (caught.value.status, caught.value.code) == (422, "invalid-statement")
    assert caught.value.findings == (FINDING,)


@pytest.mark.parametrize("body", [b"<html>\x1b[31mhello", b"[1]", b'"x"', b"", b'{"title": 1}'])
def test_an_answer_of_something_else_is_named_as_such(body: bytes) -> None:
    with pytest.raises(RegistryError) as caught:
        wire.read(wire.Response(500, {}, body))
    assert caught.value.code == "not-a-registry"
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("members", [{"findings": 7}, {"findings": ["x"]}, {"detail": None}])
def test_a_careless_problem_still_reads(members: dict[str, object]) -> None:
    body = orjson.dumps({"code": "teapot", "title": "No.", **members})
    assert wire.problem(wire.Response(418, {}, body)) == wire.Problem(418, "teapot", "No.")


def test_a_redirect_is_told_and_not_followed() -> None:
    response = wire.Response(301, {"location": "https://elsewhere.example/"})
    with pytest.raises(RegistryError, match=r"https://elsewhere\.example/") as caught:
        wire.read(response)
    assert caught.value.code == "redirected"


def test_a_batch_answer_gives_one_outcome_for_each_statement_in_order() -> None:
    refused = orjson.dumps({"line": 2, "status": 422, "problem": PROBLEM.to_json()})
    body = b'{"bundle":{"v":1,"a":2},"index":3,"status":201}\n' + refused + b"\n"
    first, second = wire.read_outcomes(wire.Response(200, {}, body), 2)
    assert first == wire.Outcome(201, bundle=b'{"a":2,"v":1}')
    assert second == wire.Outcome(422, problem=PROBLEM)


@pytest.mark.parametrize("body", [b"", b'{"status":201}\n', b"{\n", b"[]\n", b'{"status":"x"}\n'])
def test_a_batch_answer_that_lacks_something_is_refused(body: bytes) -> None:
    with pytest.raises(RegistryError) as caught:
        wire.read_outcomes(wire.Response(200, {}, body), 1)
    assert caught.value.code == "bad-answer"


def test_a_statement_with_another_digest_than_asked_for_is_refused() -> None:
    asked = hashlib.sha256(b"one").hexdigest()
    assert wire.read_statement(wire.Response(200, {}, b"one"), f"sha256:{asked}") == b"one"
    with pytest.raises(RegistryError, match="another digest"):
        wire.read_statement(wire.Response(200, {}, b"other"), f"sha256:{asked}")


def test_a_digest_cannot_walk_to_another_address() -> None:
    assert wire.statement("sha256:../../x?y").path == "v1/statements/..%2F..%2Fx%3Fy"
    assert wire.evidence("sha256:../../x?y").path == "v1/evidence/..%2F..%2Fx%3Fy"
    assert wire.bring("sha256:0&x=/", b"", "text/csv").path == "v1/evidence?statement=0%26x%3D%2F"


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("0", 0.0), ("-1", 0.0), ("soon", None), ("", None)]
)
def test_retry_after_is_read_in_seconds(text: str, seconds: float | None) -> None:
    assert wire.Response(503, {"retry-after": text}).retry_after == seconds
