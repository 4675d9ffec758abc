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


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "D003", "nothing in it"),
        (b" \r\n", "D003", "nothing in it"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "D003", "a PDF"),
        (b"PK\x03\x04\x14\x00\x06\x00", "D003", "a workbook or another zip"),
        # [MS-CFB] 2.2, the signature of compound files: .xls, and what Office encrypts.
        (bytes.fromhex("d0cf11e0a1b11ae1"), "D003", "password-protected"),
        (bytes.fromhex("89504e470d0a1a0a"), "D003", "a picture"),
        (bytes.fromhex("1f8b0800"), "D003", "a gzip archive"),
        ("\ufeff{}".encode("utf-16-le"), "D002", "UTF-16"),
        ("{}".encode("utf-16-be"), "D002", "UTF-16"),
        ("{}".encode("utf-8-sig"), "D003", "byte-order mark"),
        (b"<!DOCTYPE html>", "D003", "a web page"),
    ],
)
def test_a_file_of_another_kind_is_told_by_its_name(data: bytes, code: str, said: str) -> None:
    with pytest.raises(MalformedDocument, match=said) as caught:
        documents.parse(data)
    assert caught.value.code == code
