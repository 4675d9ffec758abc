"""docs/spec/time.md is true; its token was made by OpenSSL, which knows nothing of us."""

import re
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from time_authority import response, serving

from openquality_registry.adapters import tsa
from openquality_registry.adapters.tsa import TimeClient
from openquality_registry.fetching import Fetcher
from openquality_validator.timestamps import MAX_TOKEN_BYTES, verify_token

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/spec/time.md").read_text()
LOG = (ROOT / "docs/spec/log.md").read_text()
VECTORS = ROOT / "tests/vectors/time"


def block(page: str, name: str) -> str:
    (content,) = re.findall(rf"```\w+ {name}\n(.*?)```", page, flags=re.DOTALL)
    return str(content)


TEXT = block(PAGE, "text").encode()
MOMENT = datetime.fromisoformat(block(PAGE, "moment").strip())


def authorities(tmp_path: Path) -> tuple[tsa.Configured, ...]:
    file = tmp_path / "authorities.json"
    file.write_text(block(PAGE, "authorities"))
    return tsa.load(file)


def test_the_text_is_that_of_the_logs_page_and_the_digest_is_its() -> None:
    assert TEXT.decode() == block(LOG, "checkpoint").partition("\n\n")[0] + "\n"
    assert (VECTORS / "checkpoint-text").read_bytes() == TEXT
    assert sha256(TEXT).hexdigest() == block(PAGE, "digest").strip()


def test_the_token_proves_the_moment_on_the_page(tmp_path: Path) -> None:
    (configured,) = authorities(tmp_path)
    assert ((VECTORS / "root.der").read_bytes(),) == configured.authority.roots
    proved = verify_token(
        (VECTORS / "token.der").read_bytes(),
        message_digest=sha256(TEXT).digest(),
        authorities=[configured.authority],
    )
    assert (MOMENT, "Worked example") == (proved.moment, proved.authority)


def test_the_registry_sends_the_request_on_the_page(tmp_path: Path) -> None:
    (configured,) = authorities(tmp_path)
    sent: list[bytes] = []

    def answer(request: bytes) -> bytes:
        sent.append(request)
        return response((VECTORS / "token.der").read_bytes())

    with serving(answer) as url:
        client = TimeClient(Fetcher(allowed=(url,)), _Clock())
        stamped = client.stamp(block(LOG, "checkpoint").encode(), replace(configured, url=url))
    assert [bytes.fromhex(block(PAGE, "request"))] == sent
    assert (VECTORS / "request.der").read_bytes() == sent[0]
    assert (3, (VECTORS / "token.der").read_bytes()) == (stamped.size, stamped.token)


def test_the_limits_and_codes_are_on_the_page() -> None:
    assert f"{MAX_TOKEN_BYTES:,} bytes" in PAGE
    source = (ROOT / "validator/openquality_validator/timestamps.py").read_text()
    raised = set(re.findall(r'"(N\d{3})"', source))
    assert raised == set(re.findall(r"^\| (N\d{3}) \|", PAGE, flags=re.MULTILINE))


def test_the_page_links_to_files_that_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGE):
        assert (ROOT / "docs/spec" / target).exists()


class _Clock:
    def now(self) -> datetime:
        return MOMENT
