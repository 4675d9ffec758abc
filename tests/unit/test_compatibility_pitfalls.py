"""Changes that comparisons of schemas get wrong, each with a record where it breaks."""

from itertools import pairwise
from typing import Any, Final, NamedTuple

import jsonschema_rs
import pytest
from changed_schemas import DIALECT

from openquality_validator.compatibility import Change, Difference, Effect, Reading, Schema, compare

KEEPS: Final = "keeps"
ANY: Final[dict[str, Any]] = {}
UNKNOWN: Final = "unknown"  # in truth it keeps, which is more than can be told


class Case(NamedTuple):
    """A change; in each direction KEEPS, UNKNOWN or a record that breaks."""

    name: str
    old: Any
    new: Any
    backward: Any
    forward: Any


def obj(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - schemas
    return {"type": "object", "properties": members, "additionalProperties": False}


def when(then: Any, *, otherwise: Any = ANY) -> dict[str, Any]:  # noqa: ANN401 - schemas
    kind = {"enum": ["batch", "item"]}
    return obj(kind=kind, serial={"type": "string"}, note={"type": "string"}) | {
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "item"}}},
        "then": then,
        "else": otherwise,
    }


NEEDS_SERIAL: Final = {"required": ["serial"]}
TEXT: Final = {"type": "string"}
LOOP: Final = {
    "$ref": "#/$defs/Node",
    "$defs": {"Node": obj(next={"$ref": "#/$defs/Node"}, n=TEXT)},
}

CASES = (
    Case(
        "a rule is added under a condition", when(ANY), when(NEEDS_SERIAL), {"kind": "item"}, KEEPS
    ),
    Case(
        "a rule under a condition is taken away",
        when(NEEDS_SERIAL),
        when(ANY),
        KEEPS,
        {"kind": "item"},
    ),
    Case(
        "a rule under a condition is narrower",
        when({"properties": {"serial": {"maxLength": 9}}}),
        when({"properties": {"serial": {"maxLength": 8}}}),
        {"kind": "item", "serial": "123456789"},
        KEEPS,
    ),
    Case(
        "a member is forbidden in the other case",
        when(NEEDS_SERIAL),
        when(NEEDS_SERIAL, otherwise={"properties": {"serial": False}}),
        {"kind": "batch", "serial": "7"},
        KEEPS,
    ),
    Case(
        "a rule for all replaces one under a condition",
        when(NEEDS_SERIAL),
        when(ANY) | NEEDS_SERIAL | {"required": ["kind", "serial"]},
        {"kind": "batch"},
        KEEPS,
    ),
    Case(
        # A wider condition tightens what hangs on it.
        "a condition holds more often",
        when(NEEDS_SERIAL),
        when(NEEDS_SERIAL) | {"if": {"properties": {"kind": {"enum": ["item", "batch"]}}}},
        {"kind": "batch"},
        KEEPS,
    ),
    Case(
        "a value is added to a list, with a rule for it alone",
        obj(kind={"enum": ["a"]}, n=TEXT) | {"required": ["kind"]},
        obj(kind={"enum": ["a", "b"]}, n=TEXT)
        | {
            "required": ["kind"],
            "allOf": [
                {"if": {"properties": {"kind": {"const": "b"}}}, "then": {"required": ["n"]}}
            ],
        },
        KEEPS,
        {"kind": "b", "n": ""},
    ),
    Case(
        "what a reference names is narrower",
        {"$ref": "#/$defs/T", "$defs": {"T": {"type": "string", "maxLength": 9}}},
        {"$ref": "#/$defs/T", "$defs": {"T": {"type": "string", "maxLength": 8}}},
        "123456789",
        KEEPS,
    ),
    Case(
        "a reference takes the place of what it names",
        obj(a={"type": "string", "maxLength": 9}),
        obj(a={"$ref": "#/$defs/T"}) | {"$defs": {"T": {"type": "string", "maxLength": 9}}},
        KEEPS,
        KEEPS,
    ),
    Case(
        "a reference and what stands beside it both hold",
        {"$ref": "#/$defs/T", "$defs": {"T": {"type": "string"}}},
        {"$ref": "#/$defs/T", "maxLength": 2, "$defs": {"T": {"type": "string"}}},
        "abc",
        KEEPS,
    ),
    Case(
        "a definition that is not used changes",
        {"$defs": {"T": TEXT}},
        {"$defs": {"T": {"type": "null"}}},
        KEEPS,
        KEEPS,
    ),
    Case(
        "a loop is narrower deep inside",
        LOOP,
        {
            "$ref": "#/$defs/Node",
            "$defs": {"Node": obj(next={"$ref": "#/$defs/Node"}, n={"type": "integer"})},
        },
        {"next": {"next": {"n": "x"}}},
        {"next": {"next": {"n": 1}}},
    ),
    Case(
        "two loops that say the same in different steps",
        LOOP,
        {
            "$ref": "#/$defs/Even",
            "$defs": {
                "Even": obj(next={"$ref": "#/$defs/Odd"}, n=TEXT),
                "Odd": obj(next={"$ref": "#/$defs/Even"}, n=TEXT),
            },
        },
        KEEPS,
        KEEPS,
    ),
    Case(
        # In the alternative of `a` that fails, A holds only as long as B is taken to hold.
        "what holds only together with something that fails",
        obj(a={"$ref": "#/$defs/N"}, b={"$ref": "#/$defs/N"})
        | {"$defs": {"N": obj(next={"$ref": "#/$defs/N"}, v=TEXT)}},
        obj(
            a={"anyOf": [obj(next={"$ref": "#/$defs/B"}, v=TEXT), {"type": "object"}]},
            b=obj(next={"$ref": "#/$defs/A"}, v=TEXT),
        )
        | {
            "$defs": {
                "A": obj(next={"$ref": "#/$defs/B"}, v=TEXT),
                "B": obj(next={"$ref": "#/$defs/A"}, v={"type": "integer"}),
            }
        },
        {"b": {"next": {"next": {"v": "x"}}}},
        {"b": {"next": {"next": {"v": 1}}}},
    ),
    Case(
        "an alternative describes a member that is known nowhere else",
        {
            "type": "object",
            "properties": {"a": {}},
            "anyOf": [{"properties": {"b": {}}}, {"required": ["a"]}],
            "unevaluatedProperties": False,
        },
        {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
        {"b": 1},
        KEEPS,
    ),
    Case(
        "a value moves between alternatives",
        {"anyOf": [{"enum": ["a", "b"]}, {"enum": ["c"]}]},
        {"anyOf": [{"enum": ["a"]}, {"enum": ["c", "b"]}]},
        KEEPS,
        KEEPS,
    ),
    Case(
        "a value leaves one of several alternatives",
        {"anyOf": [{"enum": ["a", "b"]}, {"type": "integer"}]},
        {"anyOf": [{"enum": ["a"]}, {"type": "integer"}]},
        "b",
        KEEPS,
    ),
    Case(
        "an alternative is split by type",
        {"type": ["string", "null"], "maxLength": 3},
        {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
        KEEPS,
        KEEPS,
    ),
    Case(
        # An instance may fit both of the alternatives now, which oneOf refuses.
        "an alternative of oneOf grows into another",
        {"oneOf": [{"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 6}]},
        {"oneOf": [{"type": "integer", "maximum": 7}, {"type": "integer", "minimum": 6}]},
        7,
        UNKNOWN,
    ),
    Case(
        "a member that a pattern describes gets a name",
        {"type": "object", "patternProperties": {"^x-": TEXT}, "additionalProperties": False},
        {
            "type": "object",
            "properties": {"x-a": {"type": "integer"}},
            "patternProperties": {"^x-": TEXT},
            "additionalProperties": False,
        },
        {"x-a": "text"},
        KEEPS,
    ),
    Case(
        "a pattern of names is taken away, and the rest stays closed",
        {"type": "object", "patternProperties": {"^x-": TEXT}, "additionalProperties": False},
        {"type": "object", "additionalProperties": False},
        {"x-a": ""},
        KEEPS,
    ),
    Case(
        # Without its name the member falls under additionalProperties.
        "a member loses its name under a rule for all others",
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": {"type": "integer"}},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"a": ""},
        {"a": 1},
    ),
    Case("a whole number becomes any number", {"type": "integer"}, {"type": "number"}, KEEPS, 1.5),
    Case(
        "a limit that cuts nothing off whole numbers",
        {"type": "integer", "minimum": 1},
        {"type": "integer", "exclusiveMinimum": 0},
        KEEPS,
        KEEPS,
    ),
    Case("1.0 is listed in place of 1", {"enum": [1]}, {"enum": [1.0]}, KEEPS, KEEPS),
    Case("true is no 1", {"enum": [1]}, {"enum": [True]}, 1, forward=True),
    Case(
        "a format is asked for, which is asserted here",
        TEXT,
        {"type": "string", "format": "date"},
        "2026-02-30",
        KEEPS,
    ),
    Case(
        "a format is asked for of listed values",
        {"enum": ["b", 2, None]},
        {"enum": ["b", 2, None], "format": "date"},
        "b",
        KEEPS,
    ),
    Case(
        "a member asks for a type, which only objects can have",
        {"required": ["c"], "dependentSchemas": {"c": {"type": "object"}}},
        {"type": "object"},
        [],
        {},
    ),
    Case(
        "a time is not a date",
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        "2026-01-01",
        "2026-01-01T00:00:00Z",
    ),
    Case(
        "a pattern takes more texts",
        {"type": "string", "pattern": "^[a-z]{1,8}$"},
        {"type": "string", "pattern": "^[a-z0-9]{1,16}$"},
        KEEPS,
        "1",
    ),
    Case(
        "a pattern loses its end",
        {"type": "string", "pattern": "^[a-z]+$"},
        {"type": "string", "pattern": "^[a-z]+"},
        KEEPS,
        "a1",
    ),
    Case("a default is added", obj(a=TEXT), obj(a=TEXT | {"default": "x"}), KEEPS, KEEPS),
    Case(
        "a requirement moves into allOf",
        obj(a=TEXT) | {"required": ["a"]},
        obj(a=TEXT) | {"allOf": [{"required": ["a"]}]},
        KEEPS,
        KEEPS,
    ),
    Case(
        # What `not` names is judged the other way round.
        "what is forbidden grows",
        {"type": "string", "not": {"enum": ["a"]}},
        {"type": "string", "not": {"enum": ["a", "b"]}},
        "b",
        KEEPS,
    ),
    Case(
        "unevaluatedProperties does not see into an alternative that fails",
        {"type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": False},
        {
            "type": "object",
            "properties": {"a": {}},
            "anyOf": [{"properties": {"b": {"type": "integer"}}}, {"required": ["a"]}],
            "unevaluatedProperties": False,
        },
        {"a": 1, "b": "x"},
        KEEPS,
    ),
    Case(
        "what is required of objects is not required of others",
        {"type": ["object", "string"], "required": ["a"]},
        {
            "type": ["object", "string"],
            "dependentSchemas": {"a": {"type": "object"}},
            "required": ["a"],
        },
        KEEPS,
        KEEPS,
    ),
    Case(
        "additionalProperties sees only the members beside it",
        {"allOf": [{"properties": {"a": {}}}], "additionalProperties": True},
        {"allOf": [{"properties": {"a": {}}}], "additionalProperties": False},
        {"a": 1},
        KEEPS,
    ),
    Case(
        "fewer first items have schemas of their own",
        {"type": "array", "prefixItems": [TEXT, TEXT], "items": {"type": "integer"}},
        {"type": "array", "prefixItems": [TEXT], "items": {"type": "integer"}},
        ["a", "b"],
        ["a", 1],
    ),
    Case(
        "a list may be empty no more",
        {"type": "array"},
        {"type": "array", "minItems": 1},
        [],
        KEEPS,
    ),
    Case(
        "no repetition", {"type": "array"}, {"type": "array", "uniqueItems": True}, [1, 1.0], KEEPS
    ),
)


def difference(case: Case) -> Difference:
    return compare(
        Schema({"$schema": DIALECT, **case.old}, side="old"),
        Schema({"$schema": DIALECT, **case.new}, side="new"),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_pitfall_has_the_verdict_that_follows_from_the_keywords(case: Case) -> None:
    found = difference(case)

    for effect, expected in ((found.backward, case.backward), (found.forward, case.forward)):
        assert (effect is Effect.KEEPS) == (expected == KEEPS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_pitfall_is_shown_by_a_record(case: Case) -> None:
    old, new = ({"$schema": DIALECT, **each} for each in (case.old, case.new))
    for writer, reader, record in ((old, new, case.backward), (new, old, case.forward)):
        if record not in (KEEPS, UNKNOWN):
            assert jsonschema_rs.is_valid(writer, record, validate_formats=True)
            assert not jsonschema_rs.is_valid(reader, record, validate_formats=True)


def only(old: Any, new: Any, **options: Any) -> Change:  # noqa: ANN401 - schemas
    one, other = (
        Schema({"$schema": DIALECT, **each}, side=side)
        for each, side in ((old, "old"), (new, "new"))
    )
    (change,) = compare(one, other, **options).changes
    return change


def test_a_change_names_its_rule_its_places_and_both_effects() -> None:
    found = compare(
        Schema({"$schema": DIALECT, **obj(a=TEXT)}, side="old"),
        Schema({"$schema": DIALECT, **obj(a=TEXT, f=TEXT), "required": ["f"]}, side="new"),
    )

    assert [(c.rule, c.nature, c.old, c.new, c.backward, c.forward) for c in found.changes] == [
        ("Z103", "breaking", None, "/required/0", "breaks", "keeps"),
        ("Z104", "additive", None, "/properties/f", "keeps", "breaks"),
    ]
    assert found.changes[0].sentence == ("The new schema requires 'f', which the old one does not.")
    assert found.changes[1].sentence == (
        "The old schema allows no member 'f', which the new one allows."
    )


@pytest.mark.parametrize(
    ("reading", "rule", "effect"),
    [(Reading.STRICT, "Z105", Effect.BREAKS), (Reading.LENIENT, "Z131", Effect.KEEPS)],
)
def test_the_loudest_complaint_is_answered_with_rule_and_path(
    reading: Reading, rule: str, effect: Effect
) -> None:
    change = only(
        {"type": "object", "properties": {"a": TEXT}},
        {"type": "object", "properties": {"a": TEXT, "f": TEXT}},
        reading=reading,
    )

    assert (change.rule, change.new, change.backward) == (rule, "/properties/f", effect)


def test_a_lenient_writer_may_write_what_any_alternative_describes() -> None:
    old = {"anyOf": [{"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}]}
    new = {"properties": {"a": {}}, "additionalProperties": False}

    for reading in Reading:
        found = compare(
            Schema({"$schema": DIALECT, **old}, side="old"),
            Schema({"$schema": DIALECT, **new}, side="new"),
            reading=reading,
        )
        # {"b": "x"} is valid, described, and refused.
        assert found.backward is Effect.BREAKS


def test_a_title_is_neutral_and_a_keyword_that_nobody_knows_is_unknown() -> None:
    title = only({"title": "A"}, {"title": "B"})
    strange = only({}, {"$dynamicRef": "#"})

    assert (title.rule, title.nature) == ("Z130", "neutral")
    assert (strange.rule, strange.nature, strange.new) == ("Z121", "unknown", "/$dynamicRef")


def test_schemas_that_take_too_many_steps_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openquality_validator.compatibility.proof.MAX_STEPS", 5)

    found = compare(
        Schema({"$schema": DIALECT, **when(ANY)}, side="old"),
        Schema({"$schema": DIALECT, **when(NEEDS_SERIAL)}, side="new"),
    )

    assert (found.backward, found.forward) == (Effect.UNKNOWN, Effect.UNKNOWN)
    assert "Z122" in {change.rule for change in found.changes}


def test_a_schema_deeper_than_the_machine_can_go_is_unknown() -> None:
    def nested(last: Any) -> Any:  # noqa: ANN401 - schemas
        names = [f"D{n}" for n in range(500)]
        defs = {name: obj(down={"$ref": f"#/$defs/{after}"}) for name, after in pairwise(names)}
        return {"$schema": DIALECT, "$ref": "#/$defs/D0", "$defs": defs | {names[-1]: last}}

    found = compare(Schema(nested(TEXT), side="old"), Schema(nested({"type": "null"}), side="new"))

    assert found.backward is Effect.UNKNOWN
