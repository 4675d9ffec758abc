"""The check in the browser against bundles that other programs made, good and bad.

It repeats only some steps of the verdict; what it passes although the verdict fails is listed here,
with the reason, and the page says that it leaves this to the command.
"""

import base64
import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pages_at_work import Shown
from playwright.sync_api import Browser

TESTS = Path(__file__).parents[1]
CASES = sorted(path for path in (TESTS / "conformance/verifier/cases").iterdir() if path.is_dir())
REPEATED = {"read", "digest", "header", "key", "signature", "entry", "checkpoint"}
LEFT_TO_THE_COMMAND = {
    # Parts that others signed.
    "anchor-by-an-unknown-log-key_unknown",
    "anchor-without-checkpoint_fail",
    "quorum-by-one-twice_unknown",
    "quorum-missed_unknown",
    "quorum-with-a-stranger_unknown",
    "quorum-with-an-impostor_unknown",
    "registration-forged_fail",
    "registration-without-issuer_fail",
    # When the log's key was in use, which a trust file says.
    "key-after-window_fail",
    "key-before-window_fail",
    "key-retired-before-the-stamp_unknown",
    "key-retired_unknown",
    # The rules of the format, inside what the issuer did sign.
    "claim-that-disagrees_fail",
    "duplicate-key-in-payload_fail",
    "entry-without-subjects_fail",
    "wrapped-in-vc_fail",
}
RUN = """async (cases) => {
  const { check, overall } = await import("/static/verify.js");
  const found = [];
  for (const { digest, data, vkey } of cases) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    found.push(overall(await check({ digest, data: bytes.buffer, vkey })));
  }
  return found;
}"""


def verdicts(browser: Browser, shown: Shown, given: list[dict[str, Any]]) -> list[str]:
    """Let the module judge bundles, each asked for by a digest and under a log's key."""
    page = browser.new_page()
    page.goto(f"{shown.url}/log")
    found: list[str] = page.evaluate(RUN, given)
    page.close()
    return found


def asked(bundle: bytes, digest: str, vkey: str | None) -> dict[str, Any]:
    return {"data": base64.b64encode(bundle).decode(), "digest": digest, "vkey": vkey}


def of_case(case: Path) -> dict[str, Any]:
    """Ask for the statement that the bundle of a case holds, under the first key of its trust."""
    data = (case / "bundle.json").read_bytes()
    try:
        statement = json.loads(data)["statement"]
        digest = sha256(statement.encode()).hexdigest()
    except (ValueError, KeyError, TypeError, AttributeError):
        digest = "0" * 64
    logs = json.loads((case / "trust.json").read_text())["logs"]
    return asked(data, digest, logs[0]["keys"][0]["vkey"] if logs else None)


def test_what_the_verdict_fails_the_browser_does_not_pass(browser: Browser, shown: Shown) -> None:
    found = verdicts(browser, shown, [of_case(case) for case in CASES])
    expected = [json.loads((case / "case.json").read_text()) for case in CASES]
    wrongly = {
        case.name
        for case, given, verdict in zip(CASES, expected, found, strict=True)
        if verdict == "pass" and given["expect"] != "pass" and given["step"] in REPEATED
    }
    assert wrongly == LEFT_TO_THE_COMMAND
    for case, given, verdict in zip(CASES, expected, found, strict=True):
        if given["expect"] == "pass":
            assert verdict != "fail", case.name
    assert found.count("pass") >= 15
    assert found.count("fail") >= 40


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((TESTS / "vectors/bundle/v1.json").read_text())
    return found


def test_a_bundle_of_an_independent_program_passes(
    browser: Browser, shown: Shown, vector: dict[str, Any]
) -> None:
    digest = vector["digest"].removeprefix("sha256:")
    for name in ("bundle", "bundleWithConsistency"):
        given = asked(vector[name].encode(), digest, vector["vkey"])
        assert verdicts(browser, shown, [given]) == ["pass"]


def test_no_change_of_a_byte_that_is_checked_passes(
    browser: Browser, shown: Shown, vector: dict[str, Any]
) -> None:
    bundle = vector["bundle"].encode()
    draw = random.Random(8785)  # noqa: S311 - a fixture
    # What is not checked here: which catalogue judged it, and the lists of what others said.
    checked = [
        place
        for part in ("entry", "log", "statement")
        for begin in [bundle.index(f'"{part}":'.encode())]
        for place in range(
            begin, bundle.index(b',"', begin + 600) if part == "log" else begin + 600
        )
    ]
    given = []
    for place in draw.sample(checked, 300):
        changed = bytearray(bundle)
        changed[place] = draw.choice([b for b in range(0x20, 0x7F) if b != bundle[place]])
        digest = vector["digest"].removeprefix("sha256:")
        given.append(asked(bytes(changed), digest, vector["vkey"]))
    assert "pass" not in verdicts(browser, shown, given)


def test_keys_that_anybody_could_sign_with_are_refused(
    browser: Browser, shown: Shown, vector: dict[str, Any]
) -> None:
    """With a public key of small order, the same signature fits any message (RFC 8032, 5.1.7)."""
    name = vector["vkey"].split("+")[0]
    digest = vector["digest"].removeprefix("sha256:")
    given = []
    for raw in (bytes(32), (1).to_bytes(32, "little"), (2**255 - 20).to_bytes(32, "little")):
        material = b"\x01" + raw
        identifier = sha256(f"{name}\n".encode() + material).digest()[:4].hex()
        vkey = f"{name}+{identifier}+{base64.b64encode(material).decode()}"
        origin, size, root = vector["checkpoint"].split("\n")[:3]
        # R of small order and s = 0 verify for such keys without RFC 8032's strict checks.
        signature = bytes.fromhex(identifier) + (1).to_bytes(32, "little") + bytes(32)
        line = f"\u2014 {name} {base64.b64encode(signature).decode()}"
        forged = json.loads(vector["bundle"])
        forged["log"]["checkpoint"] = f"{origin}\n{size}\n{root}\n\n{line}\n"
        data = json.dumps(forged, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        given.append(asked(data.encode(), digest, vkey))
    assert verdicts(browser, shown, given) == ["fail"] * 3
