"""Files and folders to documents."""

from pathlib import Path

import pytest

from openquality.sources import Document, Form, Unreadable, expand, load
from openquality_validator.documents import MAX_BYTES


def test_each_line_is_a_document_with_its_number_and_blank_lines_count(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_bytes(b'{"a":1}\n\n  \r\neyJh.b.c\r\n{"b":2}')
    assert list(load(path)) == [
        Document(path, 1, Form.RECORD, b'{"a":1}'),
        Document(path, 4, Form.STATEMENT, b"eyJh.b.c"),
        Document(path, 5, Form.RECORD, b'{"b":2}'),
    ]


def test_a_line_of_any_length_is_read_only_as_far_as_it_takes_to_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"[" * (3 * MAX_BYTES) + b'\n{"b":2}\n')
    long, short = load(path)
    assert MAX_BYTES < len(long.data) <= MAX_BYTES + 2
    assert (short.line, short.data) == (2, b'{"b":2}')


def test_a_file_of_any_length_is_read_only_as_far_as_it_takes_to_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(b"[" * (3 * MAX_BYTES))
    (document,) = load(path)
    assert len(document.data) == MAX_BYTES + 1


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("one.json", b'{"id": "x"}', Form.RECORD),
        ("one.jwt", b"eyJ.a.b", Form.STATEMENT),
        ("one.json", b'{"anchors":[],"catalogue":{}}', Form.BUNDLE),
        ("one.bundle.json", b"{}", Form.BUNDLE),
    ],
)
def test_the_form_is_told_from_name_and_first_bytes(
    tmp_path: Path, name: str, data: bytes, form: Form
) -> None:
    (tmp_path / name).write_bytes(data)
    (document,) = load(tmp_path / name)
    assert document.form is form


def test_a_folder_stands_for_the_readable_files_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "a/c.jsonl", "a/notes.txt", "a.jwt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"{}")
    found = [path.relative_to(tmp_path).as_posix() for path in expand([tmp_path])]
    assert found == ["a/c.jsonl", "a.jwt", "b.json"]


def test_a_folder_without_records_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="below this folder"):
        list(expand([tmp_path]))


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"\.csv"):
        list(expand([tmp_path / "data.csv"]))
