import pytest

from openquality_validator import documents
from openquality_validator.errors import MalformedDocument


@pytest.mark.parametrize(
    ("defect", "data", "code"),
    [
        ("more than a mebibyte", b'"' + b"a" * documents.MAX_BYTES + b'"', "D001"),
        ("not UTF-8", b'{"a":"\xff"}', "D002"),
        ("not JSON", b"quality", "D003"),
        ("NaN", b'{"a":NaN}', "D003"),
        ("a lone surrogate", b'{"a":"\\ud800"}', "D003"),
        ("10^400", b'{"a":1e400}', "D003"),
        ("a byte-order mark", b"\xef\xbb\xbf{}", "D003"),
        ("a duplicate member", b'{"a":{"b":1,"b":1}}', "D004"),
        ("a duplicate member spelled by escape", b'{"a":1,"\\u0061":1}', "D004"),
        ("33 levels", b"[" * 34 + b"]" * 34, "D005"),
        ("half a mebibyte of nesting", b"[" * 500_000 + b"]" * 500_000, "D003"),
        ("a list at the top", b"[]", "D006"),
        ("an integer of 2^53", b'{"a":9007199254740992}', "D007"),
        ("an integer of a thousand digits", b'{"a":' + b"9" * 300 + b"}", "D007"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_a_document_that_readers_could_read_differently_is_refused(
    defect: str, data: bytes, code: str
) -> None:
    with pytest.raises(MalformedDocument) as refused:
        documents.parse_object(data)
    assert code == refused.value.code, defect


@pytest.mark.parametrize("data", [b'{"a":[1,"x",null,true]}', b' { "a" : -9007199254740991 }\n'])
def test_strict_json_is_read(data: bytes) -> None:
    assert data == documents.parse_object(data).data
