"""Fixes in files: only what a fix touches changes, as a whole, and never what was signed."""

import os
import stat
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality.checking import validate
from openquality.mending import mend
from openquality_validator import fixes
from openquality_validator.documents import MAX_BYTES

EXAMPLES = openquality_schemas.examples("valid")
VALID = EXAMPLES["organisation-on-time.json"]
FLAT = orjson.dumps(orjson.loads(VALID))
COMMA = FLAT.replace(b'"97.7181"', b'"97,7181"')


def fixed(data: bytes) -> tuple[bytes, list[tuple[str, str]]]:
    mended = fixes.mend(data, validate(data))
    return mended.data, [(fix.before, fix.after) for fix in mended.fixes]


def test_all_other_bytes_of_a_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    before = (
        b"\n  \n" + FLAT + b"\r\n" + COMMA + b"  \r\n\n{oops\n" + b"[" * (2 * MAX_BYTES) + b"\n"
    )
    path.write_bytes(before + b"\t" + COMMA)
    lines = [mending.document.line for mending in mend(path, write=True)]
    assert lines == [3, 4, 6, 7, 8]
    assert path.read_bytes() == (before + b"\t" + COMMA).replace(b"97,7181", b"97.7181")


def test_a_file_without_a_fix_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(VALID)
    was = path.stat()
    assert len(list(mend(path, write=True))) == 1
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (was.st_mtime_ns, was.st_ino)
    assert os.listdir(tmp_path) == ["a.json"]  # noqa: PTH208 - the names are what counts


def test_who_stops_before_the_end_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_bytes(COMMA + b"\n" + COMMA)
    mending = mend(path, write=True)
    next(mending)
    mending.close()
    assert path.read_bytes() == COMMA + b"\n" + COMMA
    assert os.listdir(tmp_path) == ["all.jsonl"]  # noqa: PTH208 - same


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(COMMA)
    real.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    list(mend(link, write=True))
    assert link.is_symlink()
    assert real.read_bytes() == FLAT
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_what_is_signed_is_never_touched(tmp_path: Path) -> None:
    signed = orjson.loads(COMMA) | {"proof": {"type": "DataIntegrityProof"}}
    data = orjson.dumps(signed)
    assert fixed(data) == (data, [])
    for name in ("a.jwt", "a.bundle.json"):
        path = tmp_path / name
        path.write_bytes(COMMA)
        assert [mending.mended.fixes for mending in mend(path, write=True)] == [()]
        assert path.read_bytes() == COMMA


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # One fix uncovers the next: shape, then terms, then totals.
        ({"amount": "97,7182", "unit": "Prozent"}, {"amount": "97.7181", "unit": "%"}),
        ({"amount": " 97.7181", "unit": " %"}, {"amount": "97.7181", "unit": "%"}),
    ],
)
def test_fixes_follow_one_another(before: Any, after: Any) -> None:  # noqa: ANN401 - any JSON value
    value = orjson.loads(VALID)
    value["credentialSubject"]["claims"][0]["value"] = before
    mended = orjson.loads(fixed(orjson.dumps(value))[0])
    assert mended["credentialSubject"]["claims"][0]["value"] == after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"97.7181"', b'"97.7181e0"'),
        (b'"97.7181"', b'"97,7181,"'),
        (b'"97.7181"', b'"97.7181 EUR"'),
        (b'"97.7181"', b"true"),
        (b'"country":"DE"', b'"country":"Germany"'),
        (b'"numerator":2912', b'"numerator":2912.5'),
        (b'"medium"', b'"mediums"'),
        (b'"numerator"', b'"numerators"'),
        (b'"end":"2026-09-30"', b'"end":"31.9.2026"'),
        (b'"Velanto Logistik AG"', b'"Velanto \\u202e AG"'),
        (b'{"numerator":2912', b'{"Numerator":2912,"numerator":2912'),
    ],
)
def test_what_may_mean_something_else_is_left(old: bytes, new: bytes) -> None:
    assert old in FLAT
    data = FLAT.replace(old, new, 1)
    assert not validate(data).valid
    assert fixed(data) == (data, [])


def test_no_invalid_example_is_made_to_say_something_else(all_invalid_examples: Any) -> None:  # noqa: ANN401 - the fixture's own type
    """Of all that can be wrong, what was mended is valid in that place, and little else changed."""
    for example in all_invalid_examples:
        report = validate(example.data)
        mended = fixes.mend(example.data, report)
        left = {(finding.code, finding.pointer) for finding in mended.report.findings}
        for fix in mended.fixes:
            assert (fix.code, fix.pointer) not in left, example.name
        if not mended.fixes:
            assert mended.data == example.data
