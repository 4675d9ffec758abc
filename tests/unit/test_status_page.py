"""docs/spec/status.md says what the software does."""

import re
from pathlib import Path

from openquality import signing
from openquality_validator import documents, envelope
from openquality_validator.identity import did_key
from openquality_validator.status import State
from openquality_validator.status import answer as answers

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/spec/status.md").read_text(encoding="utf-8")


def test_the_worked_payload_is_an_answer() -> None:
    (text,) = re.findall(r"```json payload\n(.*?)\n```", PAGE, re.DOTALL)
    payload = text.encode()
    assert documents.canonical(documents.parse(payload)) == payload
    key = signing.generate()
    header = {"alg": "EdDSA", "kid": key.key_id, "typ": answers.TYPE}
    answer, did = answers.verify(envelope.write_envelope(header, payload, key.sign))
    assert did == did_key(key.public)
    assert (answer.state, answer.size, answer.log) == (State.ACTIVE, 15, "log.example/2026")
    assert list(answer.others.values()) == [State.SUSPENDED]


def test_every_code_is_on_the_page() -> None:
    folders = ("validator/openquality_validator/status", "validator/openquality_validator/bundle")
    sources = [path for folder in folders for path in (ROOT / folder).glob("*.py")]
    used = {code for path in sources for code in re.findall(r'"(U\d{3})"', path.read_text())}
    assert set(re.findall(r"^\| (U\d{3}) \|", PAGE, re.MULTILINE)) == used
