import pytest

from openquality_validator.compare import categories


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (
            {"scheme": "unspsc", "code": "31161504"},
            ("31161504", "31161500", "31160000", "31000000"),
        ),
        ({"scheme": "unspsc", "code": "31160000"}, ("31160000", "31000000")),
        ({"scheme": "eclass", "code": "23-11-00-00"}, ("23-11-00-00", "23110000", "23000000")),
        (
            {"scheme": "cpv", "code": "44531000-1"},
            ("44531000-1", "44531000", "44530000", "44500000", "44000000", "40000000"),
        ),
        ({"scheme": "nace", "code": "25.94"}, ("25.94", "25")),
        (
            {"scheme": "gpc", "code": "10000045", "path": ["50000000", "50200000"]},
            ("10000045", "50200000", "50000000"),
        ),
    ],
    ids=["unspsc", "a wider unspsc code", "eclass", "cpv", "nace", "gpc takes its path"],
)
def test_a_code_lies_under_every_node_above_it(
    category: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert expected == categories.nodes(category)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ({"scheme": "unspsc", "code": "31161504"}, "unspsc:31160000"),
        ({"scheme": "nace", "code": "25.94"}, "nace:25"),
        ({"scheme": "gpc", "code": "10000045", "path": ["50000000"]}, "gpc:50000000"),
        ({"scheme": "gpc", "code": "10000045"}, "gpc:10000045"),
    ],
)
def test_products_compare_within_one_family(category: dict[str, object], expected: str) -> None:
    assert expected == categories.family(category)
