"""Signed bytes and receipts on disk: nothing is signed or sent twice, whatever happens between."""

from pathlib import Path

import orjson
import pytest

from openquality import outbox
from openquality.signing import SigningKey, generate
from openquality_validator.envelope import parse_envelope

KEY = generate()


def record(number: int) -> bytes:
    return orjson.dumps({"issuer": {"id": KEY.did}, "id": f"urn:{number}"})


def key() -> SigningKey:
    return KEY


def no_key() -> SigningKey:
    pytest.fail("nothing needs signing here")


def test_a_kept_statement_is_used_again_and_not_signed_again(tmp_path: Path) -> None:
    path = tmp_path / "bolt.json"
    first, is_new = outbox.keep_statement(path, record(1), key)
    assert is_new
    assert (tmp_path / "bolt.jwt").read_bytes() == first
    assert outbox.keep_statement(path, record(1), no_key) == (first, False)


def test_white_space_in_the_record_does_not_make_it_another(tmp_path: Path) -> None:
    path = tmp_path / "bolt.json"
    first, _ = outbox.keep_statement(path, record(1), key)
    spaced = orjson.dumps(orjson.loads(record(1)), option=orjson.OPT_INDENT_2)
    assert outbox.keep_statement(path, spaced, no_key) == (first, False)


def test_a_record_changed_after_signing_is_refused_and_the_kept_bytes_stay(tmp_path: Path) -> None:
    path = tmp_path / "bolt.json"
    first, _ = outbox.keep_statement(path, record(1), key)
    with pytest.raises(outbox.ChangedAfterSigning, match=r"bolt\.jwt"):
        outbox.keep_statement(path, record(2), key)
    assert (tmp_path / "bolt.jwt").read_bytes() == first


def test_lines_remember_statements_and_receipts(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    with outbox.Lines(path) as lines:
        first = lines.statement(1, record(1), key)
        second = lines.statement(5, record(5), key)
        lines.keep_receipt(5, second, b'{"v":1}')
        lines.flush()
    with outbox.Lines(path) as lines:
        assert lines.statement(1, record(1), no_key) == first
        assert lines.statement(5, record(5), no_key) == second
        assert [lines.is_done(n) for n in (1, 4, 5, 6)] == [False, False, True, False]
        third = lines.statement(3, record(3), key)
    assert parse_envelope(third).payload == record(3)
    with outbox.Lines(path) as lines:
        assert lines.statement(3, record(3), no_key) == third


def test_a_receipt_line_holds_the_digest_and_the_bundle(tmp_path: Path) -> None:
    with outbox.Lines(tmp_path / "all.jsonl") as lines:
        statement = lines.statement(2, record(2), key)
        lines.keep_receipt(2, statement, b'{"v":1}')
    (kept,) = (tmp_path / "all.receipts.jsonl").read_bytes().splitlines()
    digest = parse_envelope(statement).digest
    assert orjson.loads(kept) == {"line": 2, "digest": digest, "bundle": {"v": 1}}


@pytest.mark.parametrize("name", ["all.signed.jsonl", "all.receipts.jsonl"])
def test_half_a_line_left_by_a_crash_is_cut_off(tmp_path: Path, name: str) -> None:
    path = tmp_path / "all.jsonl"
    with outbox.Lines(path) as lines:
        for number in (1, 2):
            statement = lines.statement(number, record(number), key)
            lines.keep_receipt(number, statement, b"{}")
    kept = tmp_path / name
    whole = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(whole[0] + whole[1][:-5])
    with outbox.Lines(path) as lines:
        assert lines.is_done(1)
        statement = lines.statement(2, record(2), key)
        lines.keep_receipt(2, statement, b"{}")
        assert lines.is_done(2)
    kept_lines = [orjson.loads(line)["line"] for line in kept.read_bytes().splitlines()]
    assert kept_lines == [1, 2]


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_a_file_that_is_one_half_line_of_any_length_is_emptied(tmp_path: Path, size: int) -> None:
    path = tmp_path / "all.jsonl"
    (tmp_path / "all.signed.jsonl").write_bytes(b"x" * size)
    with outbox.Lines(path) as lines:
        lines.statement(1, record(1), key)
    with outbox.Lines(path) as lines:
        lines.statement(1, record(1), no_key)


def test_a_line_changed_after_signing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    with outbox.Lines(path) as lines:
        lines.statement(7, record(7), key)
        with pytest.raises(outbox.ChangedAfterSigning, match=r"all\.jsonl:7"):
            lines.statement(7, record(8), key)


def test_a_line_that_is_a_statement_is_kept_as_it_is(tmp_path: Path) -> None:
    with outbox.Lines(tmp_path / "all.jsonl") as lines:
        assert lines.statement(1, b"eyJ.a.b", no_key) == b"eyJ.a.b"
