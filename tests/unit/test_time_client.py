"""Tokens for the registry's checkpoints: only those are kept that a verifier would count."""

import base64
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from time_authority import MOMENT, TimeAuthority, later, response, serving

from openquality_registry.adapters import tsa
from openquality_registry.adapters.signing import LogKey
from openquality_registry.adapters.tsa import Configured, NoToken, Stamped, Stamper, TimeClient
from openquality_registry.fetching import Fetcher, FetchRefused
from openquality_registry.settings import WrongSetting
from openquality_validator.errors import OpenQualityError, TimestampError
from openquality_validator.timestamps import MAX_TOKEN_BYTES, Authority, verify_token
from openquality_validator.tlog.checkpoint import Checkpoint

MADE = TimeAuthority("noon")
KEY = LogKey("log.example/test", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def note(size: int) -> bytes:
    return KEY.sign(Checkpoint(KEY.name, size, sha256(bytes((size,))).digest()).to_text().encode())


@dataclass
class Clock:
    at: datetime = MOMENT

    def now(self) -> datetime:
        return self.at


def client(url: str, at: datetime = MOMENT) -> TimeClient:
    return TimeClient(Fetcher(allowed=(url,)), Clock(at))


def configured(url: str) -> Configured:
    return Configured(url, Authority("noon", (MADE.root,)))


def problem(answer: Callable[[bytes], bytes], **options: int) -> OpenQualityError:
    with serving(answer, **options) as url, pytest.raises(OpenQualityError) as caught:
        client(url).stamp(note(1), configured(url))
    return caught.value


def test_a_token_covers_the_text_of_the_checkpoint_and_verifies_offline() -> None:
    with serving(MADE.answer) as url:
        stamped = client(url).stamp(note(7), configured(url))
    assert (7, "noon", note(7), MOMENT) == (
        stamped.size,
        stamped.authority,
        stamped.note,
        stamped.moment,
    )
    # The text ends before the empty line (C2SP signed-note).
    text = note(7).split(b"\n\n")[0] + b"\n"
    proved = verify_token(
        stamped.token,
        message_digest=sha256(text).digest(),
        authorities=[Authority("pinned by a buyer", (MADE.root,))],
    )
    assert MOMENT == proved.moment


def test_what_a_buyer_would_not_count_is_not_taken() -> None:
    def about_another(_: bytes) -> bytes:
        return response(MADE.token(sha256(b"another").digest()))

    for answer, code in (
        (TimeAuthority("midnight").answer, "N004"),
        (about_another, "N003"),
        (lambda _: response(b"", 2), "N002"),
        (lambda _: b"no token", "N001"),
    ):
        error = problem(answer)
        assert isinstance(error, TimestampError)
        assert code == error.code


def test_an_answer_of_another_status_or_size_is_not_taken() -> None:
    assert isinstance(problem(MADE.answer, status=500), NoToken)
    assert isinstance(problem(lambda _: bytes(MAX_TOKEN_BYTES + 1)), FetchRefused)


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_clock_that_is_not_ours_is_not_believed(off: timedelta) -> None:
    with serving(MADE.answer) as url, pytest.raises(NoToken, match="clock"):
        client(url, MOMENT + off).stamp(note(1), configured(url))


def test_an_authority_must_be_https_unless_the_operator_allows_it() -> None:
    with serving(MADE.answer) as url, pytest.raises(FetchRefused):
        TimeClient(Fetcher(), Clock()).stamp(note(1), configured(url))


@dataclass
class Bench:
    """A stamper over a list of checkpoints, whose authority answers as `answers` say."""

    answers: Sequence[bool] = ()
    asked: int = 0
    kept: list[Stamped] = field(default_factory=list)
    size: int = 0

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        good = self.asked > len(self.answers) or self.answers[self.asked - 1]
        return MADE.answer(request) if good else b"busy"

    def stamper(self, url: str, *, interval: float = 3_600) -> Stamper:
        return Stamper(
            client(url),
            [configured(url)],
            newest=lambda: note(self.size) if self.size else None,
            keep=self.kept.append,
            interval=interval,
            pause=0.001,
        )

    def sizes(self) -> list[int]:
        return [each.size for each in self.kept]


def test_each_newest_checkpoint_is_stamped_once() -> None:
    bench = Bench()
    with serving(bench.answer) as url:
        stamper = bench.stamper(url)
        for bench.size in (0, 3, 3, 3, 9):
            stamper.once()
    assert [3, 9] == bench.sizes()
    assert bench.asked == 2


def test_a_failure_is_tried_again_a_few_times_and_then_later() -> None:
    bench = Bench(answers=[False] * (tsa.TRIES + 1), size=3)
    with serving(bench.answer) as url:
        stamper = bench.stamper(url)
        stamper.once()
        assert (tsa.TRIES, []) == (bench.asked, bench.sizes())
        stamper.once()
    assert (tsa.TRIES + 2, [3]) == (bench.asked, bench.sizes())


def test_the_thread_waits_for_its_interval_and_ends_at_once() -> None:
    bench = Bench(size=3)
    with serving(bench.answer) as url:
        stamper = bench.stamper(url, interval=60)
        stamper.start()
        while not bench.kept:
            threading.Event().wait(0.005)
        bench.size = 4
        stamper.close()
    assert [3] == bench.sizes()


def test_the_thread_outlives_what_goes_wrong() -> None:
    # Whatever the place to keep tokens does, the next interval tries again.
    kept = threading.Event()
    failed: list[int] = []

    def keep(_: Stamped) -> None:
        if not failed:
            failed.append(1)
            raise RuntimeError("the database is away")
        kept.set()

    with serving(MADE.answer) as url:
        stamper = Stamper(
            client(url), [configured(url)], newest=lambda: note(1), keep=keep, interval=0.01
        )
        stamper.start()
        assert kept.wait(5)
        stamper.close()


def test_without_authorities_there_is_no_thread() -> None:
    before = threading.active_count()
    stamper = Stamper(client("http://127.0.0.1:1"), [], newest=Bench, keep=print, interval=1)  # type: ignore[arg-type]  # neither is called
    stamper.start()
    assert before == threading.active_count()
    stamper.close()


def test_the_file_of_authorities_is_read(tmp_path: Path) -> None:
    file = tmp_path / "time.json"
    root = base64.b64encode(MADE.root).decode()
    file.write_text(json.dumps([{"name": "noon", "url": "https://tsa.example/", "roots": [root]}]))
    assert (Configured("https://tsa.example/", Authority("noon", (MADE.root,))),) == tsa.load(file)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}",
        "[1]",
        '[{"name": "noon", "url": "https://tsa.example/"}]',
        '[{"name": "", "url": "https://tsa.example/", "roots": ["ROOT"]}]',
        '[{"name": "noon", "url": "https://tsa.example/", "roots": [1]}]',
        '[{"name": "noon", "url": "https://tsa.example/", "roots": ["%"]}]',
        '[{"name": "noon", "url": "https://tsa.example/", "roots": ["AAAA"]}]',
        '[{"name": "noon", "url": "https://tsa.example/", "roots": []}]',
        '[{"name":"a","url":"u","roots":["ROOT"]},{"name":"a","url":"v","roots":["ROOT"]}]',
    ],
)
def test_a_file_that_is_not_right_is_a_wrong_setting(tmp_path: Path, content: str) -> None:
    file = tmp_path / "time.json"
    file.write_text(content.replace("ROOT", base64.b64encode(MADE.root).decode()))
    with pytest.raises(WrongSetting, match="time_authorities"):
        tsa.load(file)
    with pytest.raises(WrongSetting, match="cannot be read"):
        tsa.load(tmp_path / "absent.json")


def test_the_moment_of_the_token_is_kept_not_ours() -> None:
    def answer(request: bytes) -> bytes:
        return MADE.answer(request, later(seconds=-3))

    with serving(answer) as url:
        assert later(seconds=-3) == client(url).stamp(note(1), configured(url)).moment
