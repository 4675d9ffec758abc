"""A mapping is a value: it reads, writes, and refuses what does not fit together."""

import pytest

from openquality_validator.errors import UnusableData
from openquality_validator.measure import Condition, Dialect, Mapping, Unusable, parse_csv

FULL = Mapping(
    kind="share",
    columns={"outcome": "Result", "date": "Day", "step": "Station"},
    table=Dialect(encoding="cp1252", delimiter=";", decimal=","),
    date_formats={"date": ("%d.%m.%Y", "%Y-%m-%d")},
    where=(Condition("Plant", "Ulm"),),
    unusable=(Unusable("Result", "gauge off", equals=""), Unusable("Day", "old", shape="9999")),
    counted=("bad",),
    not_counted=("good", "fair"),
    qualifiers=({"qualifier": "retest", "code": "excluded"},),
)


@pytest.mark.parametrize(
    "mapping",
    [
        FULL,
        Mapping(kind="duration", columns={"value": "ms"}, unit="ms"),
        Mapping(
            kind="share",
            columns={"numerator": "a", "denominator": "b"},
            table=Dialect(sheet="Sheet 1"),
        ),
        Mapping(kind="sample", columns={"value": "mm"}, capability={"estimator": "overall"}),
        FULL.only("Vendor", "Nord AB"),
    ],
)
def test_a_mapping_reads_back_what_it_wrote(mapping: Mapping) -> None:
    assert Mapping.from_json(mapping.to_json()) == mapping


def test_one_subject_adds_a_condition() -> None:
    assert FULL.only("Vendor", "N").where == (Condition("Plant", "Ulm"), Condition("Vendor", "N"))


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"v": 2}, "v"),
        ({"v": None}, "v"),
        ({"kind": "guess"}, "kind"),
        ({"kind": None}, "kind"),
        ({"extra": 1}, "extra"),
        ({"columns": {}}, "columns"),
        ({"columns": ["due"]}, "columns"),
        ({"columns": {"outcome": 3}}, "columns"),
        ({"columns": {"outcome": "R", "numerator": "a", "denominator": "b"}}, "columns"),
        ({"columns": {"outcome": "R", "due": "D"}}, "columns"),
        ({"dateFormats": {}}, "dateFormats"),
        ({"dateFormats": {"date": "%Y"}}, "dateFormats"),
        ({"table": {"encoding": "rot13"}}, "table"),
        ({"table": {"sheet": "A", "delimiter": ","}}, "table"),
        ({"table": {"delimiter": ",,"}}, "table"),
        ({"table": {"delimiter": []}}, "table"),
        ({"where": [{"column": "A"}]}, "where"),
        ({"where": {"column": "A", "equals": "B"}}, "where"),
        ({"unusable": [{"column": "A", "equals": "B"}]}, "unusable"),
        ({"unusable": [{"column": "A", "equals": "B", "shape": "9", "reason": "r"}]}, "unusable"),
        ({"outcomes": {}}, "outcomes"),
        ({"outcomes": {"counted": ["x"], "notCounted": ["x"]}}, "outcomes"),
        ({"outcomes": {"counted": "x"}}, "outcomes"),
        ({"qualifiers": [{"code": "x"}]}, "qualifiers"),
        ({"qualifiers": [{"qualifier": "a", "amount": 1, "unit": "d"}]}, "qualifiers"),
        ({"unit": "ms"}, "unit"),
        ({"unit": 3}, "unit"),
        ({"capability": {"estimator": "overall"}}, "capability"),
    ],
)
def test_what_does_not_fit_together_is_named(change: dict[str, object], member: str) -> None:
    with pytest.raises(UnusableData) as caught:
        Mapping.from_json({**FULL.to_json(), **change})
    assert caught.value.code == "M002"
    assert f"`{member}`" in caught.value.message


@pytest.mark.parametrize("value", [None, [], "mapping", 3])
def test_what_is_no_object_is_no_mapping(value: object) -> None:
    with pytest.raises(UnusableData, match="M002"):
        Mapping.from_json(value)


@pytest.mark.parametrize("kind", ["onTime", "duration"])
def test_ordered_and_received_come_together(kind: str) -> None:
    with pytest.raises(UnusableData, match="M002"):
        Mapping(
            kind=kind,
            columns={"due": "a", "event": "b", "ordered": "c"},
            date_formats={"due": ("%Y-%m-%d",), "event": ("%Y-%m-%d",)},
        )


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        ("\ufeffName,Größe\nx,1\n".encode(), Dialect()),
        ("Name,Größe\nx,1\n".encode(), Dialect()),
        ("Name;Größe\r\nx;1\r\n".encode("cp1252"), Dialect("cp1252", ";")),
        ("Name\tGröße\nx\t1".encode("utf-16"), Dialect("utf-16", "\t")),
        ('"Name","Größe"\n"x","1"\n'.encode(), Dialect()),
    ],
)
def test_csv_gives_the_same_cells_however_it_is_written(data: bytes, dialect: Dialect) -> None:
    table = parse_csv(data, dialect)
    assert table.columns == ("Name", "Größe")
    assert [row for _, row in table] == [["x", "1"]]
    assert table.read == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("Größe,a\n1,2\n".encode("cp1252"), "not in the stated encoding"),
        (b'a,b\n1,"2\n', "not CSV"),
        (b"a,b\n1," + b"9" * 200_000 + b"\n", "not CSV"),
    ],
)
def test_bytes_that_are_not_the_stated_csv_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(UnusableData) as caught:
        list(parse_csv(data, Dialect()))
    assert caught.value.code == "M007"
    assert words in caught.value.message
