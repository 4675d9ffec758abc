"""Both clients against a scripted registry: the same promises for waiting and asyncio programs."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest

from openquality import AsyncClient, Client
from openquality_validator.errors import NetworkError, RegistryError

Answer = tuple[int, dict[str, str], bytes] | Exception
PROBLEM = orjson.dumps({"code": "invalid-statement", "title": "No.", "findings": []})
AT_ONCE = {"retry-after": "0"}


class Script:
    """A registry that gives prepared answers in order and keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        return httpx2.Response(status, headers=headers, content=body)


Call = Callable[..., object]


def waiting(script: Script, method: str, *arguments: object, **options: Any) -> object:  # noqa: ANN401 - of Client
    transport = httpx2.MockTransport(script)
    with Client("https://registry.example/base", transport=transport, **options) as client:
        return getattr(client, method)(*arguments)


def asynchronous(script: Script, method: str, *arguments: object, **options: Any) -> object:  # noqa: ANN401 - of Client
    async def run() -> object:
        transport = httpx2.MockTransport(script)
        async with AsyncClient(
            "https://registry.example/base", transport=transport, **options
        ) as client:
            return await getattr(client, method)(*arguments)

    return asyncio.run(run())


@pytest.fixture(params=[waiting, asynchronous], ids=["Client", "AsyncClient"])
def call(request: pytest.FixtureRequest) -> Call:
    chosen: Call = request.param
    return chosen


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert methods(Client) == methods(AsyncClient)


def test_publish_sends_the_exact_bytes_and_returns_the_bundle(call: Call) -> None:
    script = Script((201, {}, b"{}"))
    assert call(script, "publish", b"a.b.c", token="t0ken") == b"{}"
    (request,) = script.requests
    assert request.method == "POST"
    assert str(request.url) == "https://registry.example/base/v1/statements"
    assert request.content == b"a.b.c"
    assert request.headers["content-type"] == "application/vc+jwt"
    assert request.headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_registry_is_asked_again_with_the_same_bytes(call: Call, status: int) -> None:
    script = Script((status, AT_ONCE, b""), (status, AT_ONCE, b""), (200, {}, b"{}"))
    assert call(script, "publish", b"a.b.c") == b"{}"
    assert [request.content for request in script.requests] == [b"a.b.c"] * 3


def test_a_broken_connection_is_tried_again(call: Call) -> None:
    script = Script(httpx2.ReadError("reset"), (201, {}, b"{}"))
    assert call(script, "publish", b"a.b.c") == b"{}"


def test_no_answer_at_all_is_a_network_error_after_the_last_attempt(call: Call) -> None:
    script = Script(httpx2.ConnectTimeout("slow"), httpx2.ConnectTimeout("slow"))
    with pytest.raises(NetworkError, match="too long"):
        call(script, "publish", b"a.b.c", attempts=2)
    assert script.answers == []


def test_a_registry_that_stays_busy_is_an_error_with_its_own_words(call: Call) -> None:
    busy = orjson.dumps({"code": "overloaded", "title": "Too much."})
    script = Script((503, AT_ONCE, busy), (503, AT_ONCE, busy))
    with pytest.raises(RegistryError) as caught:
        call(script, "publish", b"a.b.c", attempts=2)
    assert caught.value.code == "overloaded"


def test_a_refusal_is_final(call: Call) -> None:
    script = Script((422, {}, PROBLEM))
    with pytest.raises(RegistryError, match="invalid-statement"):
        call(script, "publish", b"a.b.c")
    assert len(script.requests) == 1


def test_redirects_are_not_followed(call: Call) -> None:
    script = Script((307, {"location": "https://thief.example/"}, b""))
    with pytest.raises(RegistryError) as caught:
        call(script, "publish", b"a.b.c", token="t0ken")
    assert caught.value.code == "redirected"
    assert len(script.requests) == 1


def test_an_empty_batch_asks_nothing(call: Call) -> None:
    script = Script()
    assert call(script, "publish_many", []) == ()


def test_an_address_that_is_none_is_a_network_error() -> None:
    with pytest.raises(NetworkError), Client("ftp://registry.example", attempts=1) as client:
        client.well_known()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("registry.example", "https://registry.example/"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://registry.example/a/", "http://registry.example/a/"),
    ],
)
def test_an_address_without_scheme_is_https_unless_it_is_this_machine(
    given: str, address: str
) -> None:
    with Client(given) as client:
        assert client.url == address


def test_data_are_brought_for_a_statement_and_asked_about(call: Call) -> None:
    script = Script((201, {}, b'{"results":[]}'), (200, {}, b'{"results":[]}'))
    named = f"sha256:{'ab' * 32}"
    assert call(script, "bring", named, b"Due\n", "text/csv") == {"results": []}
    assert call(script, "evidence", named) == {"results": []}
    brought, asked = script.requests
    assert (brought.method, brought.url.query) == ("POST", b"statement=" + b"ab" * 32)
    assert brought.url.path == "/base/v1/evidence"
    assert (brought.headers["content-type"], brought.content) == ("text/csv", b"Due\n")
    assert (asked.method, asked.url.path) == ("GET", f"/base/v1/evidence/{'ab' * 32}")
