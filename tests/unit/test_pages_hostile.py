"""Whatever an issuer writes stays text: no markup, no script, no template, no header comes of it.

Admission refuses most of these texts; the pages must hold without it, since its tables are finite.
"""

import datetime as dt
import json
from html.parser import HTMLParser
from typing import Any

import pytest

import openquality_schemas
from openquality_registry.pages import rendering
from openquality_registry.pages.gathering import Gathered
from openquality_registry.pages.record import view
from openquality_validator import catalogue as catalogues
from openquality_validator.entry import Entry

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]><svg onload=alert(1)>",
    "{{ 7 * 191 }}{% raw %}{{ config }}",
    "{% include 'base.html' %}",
    "javascript:alert(1)",
    "a\r\nset-cookie: stolen=1",
    "\u2028alert(1)//",
    "</title></style></textarea><base href=//evil.example>",
    "%3Cscript%3E&lt;script&gt;&#60;script&#62;",
    '=HYPERLINK("http://evil.example")',
    "\u202egnp.exe\u2066",
)
EXAMPLES = ("fastener-cpk-on-time.json", "battery-cell.json", "management-certificate.json")
# Members that the schema or a rule holds to a closed form, and that the pages compute with.
CLOSED = {
    "@context", "type", "digestSRI", "catalogueVersion", "metric", "indicator", "unit", "amount",
    "start", "end", "validFrom", "validUntil", "granularity", "issuerRole", "qualifier", "country",
    "supersedes", "level", "sided", "currency", "issued", "kind",
}  # fmt: skip


def example(name: str) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(openquality_schemas.examples("valid")[name])


class Seen(HTMLParser):
    """Collect what a browser would make of a page: its tags, attributes and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = self._script and tag != "script"

    def handle_data(self, data: str) -> None:
        (self.scripts if self._script else self.text).append(data)


def poisoned(value: Any, text: str, name: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """Replace every text that an issuer chooses."""
    if isinstance(value, dict):
        return {key: poisoned(item, text, key) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, text, name) for item in value]
    return text if isinstance(value, str) and name not in CLOSED else value


def shown(credential: Any) -> str:  # noqa: ANN401 - any JSON value
    """Render the page of a record that nobody admitted."""
    digest = f"sha256:{'0' * 64}"
    entry = Entry("2026-11-20T12:00:00.000Z", digest, "did:key:z6Mk", "attestation", ())
    admitted = {
        "index": 0,
        "digest": digest,
        "event": "admitted",
        "issuer": "did:key:z6Mk",
        "admittedAt": entry.admitted_at,
        "reason": credential["name"],
    }
    gathered = Gathered(
        digest=digest,
        index=0,
        entry=entry,
        key=credential["issuer"]["id"],
        credential=credential,
        life={"state": "active", "events": [admitted, admitted | {"event": "reinstated"}]},
        level="L0",
        values={},
        measurements={},
        history={},
        ranks={},
        before=credential | {"name": "another"},
        brought={},
        observations=[
            {
                "code": "O001",
                "sentence": "words of ours",
                "message": "words of ours",
                "claim": None,
                "entries": [{"index": 0, "digest": digest}],
                "replies": [{"admittedAt": entry.admitted_at, "text": credential["name"]}],
            }
        ],
        notices=(),
        catalogue=catalogues.load(),
        sets=(),
        accreditors=(),
        origin="log.example",
        size=1,
        now=dt.datetime(2026, 11, 21, tzinfo=dt.UTC),
    )
    return (
        rendering.environment()
        .get_template("record.html")
        .render(view(gathered, base="https://registry.example"))
    )


@pytest.fixture(scope="module", params=EXAMPLES)
def harmless(request: pytest.FixtureRequest) -> tuple[Any, Seen]:
    credential = poisoned(example(request.param), "plain words")
    seen = Seen()
    seen.feed(shown(credential))
    return example(request.param), seen


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_no_tag_and_no_attribute_name(
    harmless: tuple[Any, Seen], text: str
) -> None:
    credential, before = harmless
    seen = Seen()
    page = shown(poisoned(credential, text))
    seen.feed(page)
    assert seen.tags == before.tags
    assert [name for name, _ in seen.attributes] == [name for name, _ in before.attributes]
    for name, value in seen.attributes:
        if name in {"href", "src", "action"}:
            assert value.startswith(("/", "#")), value
    assert "1337" not in page  # 7 * 191
    said = "".join(seen.text)
    assert " ".join(text.split()) in " ".join(said.split())  # and it is shown, as it was written


@pytest.mark.parametrize("text", HOSTILE)
def test_the_data_block_stays_data(text: str) -> None:
    block = rendering.data_block({"name": text})
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == {"name": text}


def test_a_missing_variable_is_an_error_and_no_empty_place() -> None:
    with pytest.raises(Exception, match="undefined"):
        rendering.environment().get_template("log.html").render({})
