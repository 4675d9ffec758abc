"""A registry that answers with something else is not believed: publications prove themselves."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from registry_at_work import registry, trust_in
from schemas_at_work import TEXT, coating, deprecation, publication, publish_all

from openquality import governing, published
from openquality.client import Client
from openquality.published import NotProved, NotPublished, Reference
from openquality.signing import SigningKey, generate
from openquality_validator.trust import Trust

Change = Callable[[str, bytes], bytes]


class Between(httpx2.BaseTransport):
    """Stand between a client and an honest registry, and change what it answers."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._real = httpx2.HTTPTransport()

    def close(self) -> None:
        self._real.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._real.handle_request(request)
        body = self._change(request.url.path, answer.read())
        return httpx2.Response(answer.status_code, headers={}, content=body)


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx2.Client, SigningKey, list[str], Trust]]:
    key, other = generate(), generate()
    with registry(tmp_path_factory.mktemp("hostile") / "data", rate=0) as (client, _):
        made = [
            publication(coating(each), each, kind="extension", name="coating", version="1.0")
            for each in (key, other)
        ]
        digests = publish_all(client, *made)
        second = publication(
            coating(key, layers=TEXT), key, kind="extension", name="coating", version="1.1",
            ancestor=digests[0],
        )  # fmt: skip
        digests += publish_all(client, second, deprecation(second, key))
        yield client, key, digests, trust_in(client)


def fetch(served: tuple[Any, ...], change: Change, text: str) -> bytes:
    client, _, _, trust = served
    reference = Reference.parse(text)
    assert reference is not None
    with Client(str(client.base_url), transport=Between(change), attempts=1) as between:
        return published.fetch(
            between, reference, trust=trust, now=datetime.now(UTC)
        ).publication.content


def told(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the JSON of details; leave bundles and all else as they are."""

    def changed(path: str, body: bytes) -> bytes:
        if not path.endswith("$details"):
            return body
        value = json.loads(body)
        change(value)
        return json.dumps(value).encode()

    return changed


def honest(_path: str, body: bytes) -> bytes:
    return body


def test_an_honest_answer_is_taken(served: tuple[Any, ...]) -> None:
    _, key, _, _ = served

    data = fetch(served, honest, f"coating:1.0@{key.did}")

    assert json.loads(data) == coating(key)


def test_the_publication_of_another_owner_is_refused(served: tuple[Any, ...]) -> None:
    _, key, digests, _ = served

    with pytest.raises(NotProved, match="another publication"):
        fetch(served, told(lambda v: v.update(statement=digests[1])), f"coating@{key.did}")


def test_another_version_than_the_one_asked_for_is_refused(served: tuple[Any, ...]) -> None:
    _, key, digests, _ = served
    older = told(lambda v: v.update(statement=digests[0]))

    with pytest.raises(NotProved, match="another publication"):
        fetch(served, older, f"coating:1.1@{key.did}")
    # Which is the newest is the registry's word; what it gives is still the owner's.
    assert json.loads(fetch(served, older, f"coating@{key.did}")) == coating(key)


def test_a_bundle_of_something_else_is_refused(served: tuple[Any, ...]) -> None:
    client, key, digests, _ = served
    headers = {"accept": "application/vnd.openquality.bundle+json;v=1"}
    other = client.get(f"/v1/statements/{digests[1][7:]}", headers=headers).content

    def swapped(path: str, body: bytes) -> bytes:
        return other if "/statements/" in path else body

    with pytest.raises(NotProved, match="another publication"):
        fetch(served, swapped, f"coating@{key.did}")


def test_a_changed_bundle_is_refused(served: tuple[Any, ...]) -> None:
    _, key, _, _ = served

    def changed(path: str, body: bytes) -> bytes:
        if "/statements/" not in path:
            return body
        at = body.index(b"eyJ") + 300
        return body[:at] + (b"A" if body[at : at + 1] != b"A" else b"B") + body[at + 1 :]

    with pytest.raises(NotProved):
        fetch(served, changed, f"coating@{key.did}")


def test_a_publication_that_stands_in_no_log_is_refused(served: tuple[Any, ...]) -> None:
    _, key, _, _ = served

    def moved(path: str, body: bytes) -> bytes:
        """Claim another place in the log, at which the true statement does not stand."""
        return body.replace(b'"index":2', b'"index":1') if "/statements/" in path else body

    with pytest.raises(NotProved):
        fetch(served, moved, f"coating@{key.did}")


def test_other_bytes_under_a_digest_are_refused(served: tuple[Any, ...]) -> None:
    client, key, _, _ = served
    details = client.get(f"/v1/schemagroups/{key.did}/schemas/coating$details").json()
    other = "sha256:" + 64 * "0"

    def lied(path: str, body: bytes) -> bytes:
        if path != "/v1/schemas":
            return body
        return json.dumps({"items": [details], "count": 1, "next": None}).encode()

    assert json.loads(fetch(served, honest, details["digest"])) == coating(key, layers=TEXT)
    with pytest.raises(NotProved, match="another publication"):
        fetch(served, lied, other)
    with pytest.raises(NotPublished):
        fetch(served, honest, other)


def test_a_deprecation_that_nobody_said_is_not_told(served: tuple[Any, ...]) -> None:
    client, key, digests, trust = served
    reference = Reference.parse(f"coating:1.0@{key.did}")
    assert reference is not None

    def invented(name: str) -> dict[str, Any]:
        return {"reason": "Use ours.", "documentation": f"https://x.example/v1/statements/{name}"}

    # Of another owner's publication, of another version, of nothing.
    for name in (digests[1][7:], digests[3][7:], "0" * 63, ""):
        change = told(lambda v, name=name: v.update(deprecated=invented(name)))
        now = datetime.now(UTC)
        with Client(str(client.base_url), transport=Between(change), attempts=1) as between:
            found = published.fetch(between, reference, trust=trust, now=now)
            with pytest.raises(NotProved):
                published.deprecation_of(between, found, trust=trust, now=now)
    newest = Reference.parse(f"coating@{key.did}")
    assert newest is not None
    with Client(str(client.base_url)) as honestly:
        found = published.fetch(honestly, newest, trust=trust, now=now)
        word = published.deprecation_of(honestly, found, trust=trust, now=now)
    assert word is not None
    assert word.reason == "Layers were missing."


def test_a_change_is_judged_against_the_true_documents_alone(served: tuple[Any, ...]) -> None:
    client, key, _, _ = served

    def easier(path: str, body: bytes) -> bytes:
        """Pretend that the released version allowed less, so that any change is compatible."""
        if not path.startswith("/v1/schemas/"):
            return body
        return json.dumps(json.loads(body) | {"properties": {"process": False}}).encode()

    with Client(str(client.base_url), transport=Between(easier), attempts=1) as between:
        before = governing.released(between, key.did, "coating")
        said = {
            "id": f"{key.did}/coating",
            "kind": "extension",
            "name": "coating",
            "version": "1.2",
            "title": "Coatings",
            "description": "What a coating is.",
            "content": json.dumps(coating(key)),
        }
        with pytest.raises(NotProved, match="other bytes"):
            governing.check(between, said, before, owner=key.did)
