"""Random schemas over the keywords that we author, changes of them, and values that may fit.

`hypothesis-jsonschema` would be the library for the values: its last release (0.23.1, 2024) fails
with the hypothesis of today, so values are made here, from a seed.
"""

# ruff: noqa: ANN401 - any JSON value

import copy
import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NAMES: Final = ("a", "b", "c", "x1")
NAME_PATTERNS: Final = ("^x", "^[a-c]$", "^[a-z]+$")
TEXT_PATTERNS: Final = ("^[a-z]{1,3}$", "^[a-c]*$", "^x", "^[a-z0-9]+$", "^(?:ab|[0-9]{1,4})$")
VALUES: Final = (1, 2, "a", "b", "", None, True, 1.5, 0, 1.0)
TEXTS: Final = ("", "a", "b", "ab", "abc", "abcd", "x", "xa", "x1", "z9", "A", "É", "a\n", "12")
DATES: Final = ("2026-01-01", "2026-02-30", "2026-1-1")
NUMBERS: Final = (-2, -1, 0, 1, 2, 3, 4, 8, 1.0, 0.5, 1.5, 2.25, 2.5)
OTHERS: Final = ({}, [], "xa", 3, {"a": 1}, ["a"], {"a": {}, "zz": None})
_MAPS: Final = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE: Final = ("not", "if", "then", "else", "items", "contains", "additionalProperties")
_FIXED: Final = ("$schema", "$defs")
_DEEPEST: Final = 2
_MOST_NESTED: Final = 5


class Corpus:
    """Make a schema, a changed one, and values, all from one seed."""

    def __init__(self, seed: object) -> None:
        self._draw = random.Random(str(seed))  # noqa: S311 - a corpus that is the same every time

    def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a schema and another that mostly came of it by a few changes."""
        one = self.document()
        other = self.changed(one) if self._chance(0.93) else self.document()
        return (one, other) if self._chance(0.5) else (other, one)

    def document(self) -> dict[str, Any]:
        """Return a whole schema; it may refer to one definition that refers to itself."""
        schema = self._schema(0)
        loop = {
            "type": ["object", "null"],
            "properties": {"a": {"$ref": "#/$defs/B"}, "b": self._plain()},
            "additionalProperties": self._chance(0.5),
        }
        body = schema if isinstance(schema, dict) else {}
        return {"$schema": DIALECT, **body, "$defs": {"A": self._object(1), "B": loop}}

    def changed(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy with one to four changes at random places."""
        copied = copy.deepcopy(dict(schema))
        for _ in range(self._pick((1, 1, 2, 3, 4))):
            places = [p for p in _places(copied) if self._chance(0.3) or "$defs" not in p]
            self._change(_at(copied, self._pick(places or [()])))
        return copied

    def value(self, schema: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
        """Return a value that fits the schema more often than not."""
        if isinstance(schema, bool) or not schema or depth > _MOST_NESTED or self._chance(0.06):
            return self._pick((*VALUES, *OTHERS))
        if "$ref" in schema:
            return self.value(_at(root, schema["$ref"][2:].split("/")), root, depth + 1)
        whole = self._joined(schema)
        if "const" in whole or "enum" in whole:
            return self._pick(whole.get("enum", [whole.get("const")]))
        kind = whole.get("type", self._pick(("object", "object", "string", "integer", "array")))
        kind = kind if isinstance(kind, str) else self._pick(kind)
        if kind == "array":
            return self._list(whole, root, depth)
        if kind == "object":
            return self._members(whole, root, depth)
        texts = DATES if "format" in whole else TEXTS
        return self._pick({"null": (None,), "string": texts}.get(kind, NUMBERS))

    def _joined(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Join a schema with what it applies to the same value, choosing among alternatives."""
        parts = [*schema.get("allOf", ())]
        parts += [self._pick(schema[each]) for each in ("anyOf", "oneOf") if each in schema]
        if "if" in schema:
            then = self._chance(0.6)
            parts += [schema["if"], schema.get("then")] if then else [schema.get("else")]
        whole = dict(schema)
        for part in parts:
            if isinstance(part, dict):
                members = {**part.get("properties", {}), **whole.get("properties", {})}
                needed = [*whole.get("required", ()), *part.get("required", ())]
                whole = {**part, **whole, "properties": members, "required": needed}
        return whole

    def _members(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        needed = schema.get("required", ())
        made = {}
        for name in sorted({*known, *needed}):
            below = known.get(name, rest)
            if (name in needed or self._chance(0.5)) and (below is not False or self._chance(0.1)):
                made[name] = self.value(below, root, depth + 1)
        if self._chance(0.4) and (rest is not False or self._chance(0.2)):
            for below in schema.get("patternProperties", {}).values():
                rest = below
            name = self._pick((*NAMES, "zz", "xq", "Q", ""))
            made.setdefault(name, self.value(rest, root, depth + 1))
        return made

    def _list(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
        first = schema.get("prefixItems", ())
        least = schema.get("minItems", 0)
        count = self._draw.randint(least, max(least, schema.get("maxItems", 3)))
        below = [*first[:count], *[schema.get("items", True)] * (count - len(first))]
        return [self.value(each, root, depth + 1) for each in below]

    def _schema(self, depth: int) -> Any:
        chance = self._draw.random()
        if depth > _DEEPEST or chance < 0.3:
            return self._plain()
        if chance < 0.75:
            return self._object(depth)
        if chance < 0.85:
            return self._array(depth)
        return self._combined(depth)

    def _combined(self, depth: int) -> Any:
        base = self._object(depth) if self._chance(0.6) else self._plain()
        schema = dict(base) if isinstance(base, dict) else {}
        match self._pick(("allOf", "choice", "choice", "not", "if", "if", "if", "$ref")):
            case "allOf":
                schema["allOf"] = [self._schema(depth + 1)]
            case "choice":
                count = self._draw.randint(1, 3)
                schema[self._pick(("anyOf", "oneOf"))] = [
                    self._schema(depth + 1) for _ in range(count)
                ]
            case "not":
                schema["not"] = self._pick(
                    (self._needs(), {"const": 1}, {"enum": ["a", 2]}, self._schema(depth + 1))
                )
            case "if":
                schema["if"] = self._pick(
                    (self._condition(), self._condition(), self._schema(depth + 1))
                )
                for keyword in ("then", "else"):
                    if self._chance(0.65):
                        schema[keyword] = self._pick(
                            (self._needs(), self._lacks(), self._schema(depth + 1))
                        )
            case _:
                return {"$ref": self._pick(("#/$defs/A", "#/$defs/B"))}
        return schema

    def _needs(self) -> dict[str, Any]:
        return {"required": [self._pick(NAMES)]}

    def _lacks(self) -> dict[str, Any]:
        return {"properties": {self._pick(NAMES): False}}

    def _condition(self) -> dict[str, Any]:
        name = self._pick(NAMES)
        condition: dict[str, Any] = {"properties": {name: {"const": self._pick(VALUES)}}}
        if self._chance(0.6):
            condition["required"] = [name]
        return condition

    def _plain(self) -> Any:
        match self._pick(("any", "enum", "enum", "enum", "const", "number", "text", "text")):
            case "any":
                return self._pick((True, {}, {"type": "null"}))
            case "enum":
                return {"enum": self._some(VALUES, 1, 4)}
            case "const":
                return {"const": self._pick(VALUES)}
            case "number":
                return self._number()
            case _:
                return self._text()

    def _number(self) -> dict[str, Any]:
        kinds = ("integer", "number", ["integer", "null"], ["number", "string"])
        schema: dict[str, Any] = {"type": self._pick(kinds)}
        if self._chance(0.5):
            schema[self._pick(("minimum", "exclusiveMinimum"))] = self._pick((0, 1, 2, -1, 0.5))
        if self._chance(0.5):
            schema[self._pick(("maximum", "exclusiveMaximum"))] = self._pick((1, 2, 3, 2.5))
        if self._chance(0.2):
            schema["multipleOf"] = self._pick((1, 2, 4))
        return schema

    def _text(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": self._pick(("string", "string", ["string", "null"]))}
        if self._chance(0.4):
            schema["minLength"] = self._draw.randint(0, 2)
        if self._chance(0.4):
            schema["maxLength"] = self._draw.randint(1, 4)
        if self._chance(0.4):
            schema["pattern"] = self._pick(TEXT_PATTERNS)
        if self._chance(0.1):
            schema["format"] = "date"
        return schema

    def _object(self, depth: int) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object"} if self._chance(0.8) else {}
        below = partial(self._schema, depth + 1)
        match self._pick(("closed",) * 8 + ("map", "map", "unevaluated") + ("open",) * 9):
            case "closed":
                schema["additionalProperties"] = False
            case "map":
                schema["additionalProperties"] = below()
            case "unevaluated":
                schema["unevaluatedProperties"] = False
        makers: dict[str, tuple[float, Callable[[], Any]]] = {
            "properties": (0.9, lambda: {name: below() for name in self._some(NAMES, 0, 3)}),
            "required": (0.5, lambda: self._some(NAMES, 1, 2)),
            "patternProperties": (0.15, lambda: {self._pick(NAME_PATTERNS): below()}),
            "minProperties": (0.1, lambda: self._draw.randint(0, 2)),
            "maxProperties": (0.1, lambda: self._draw.randint(0, 3)),
            "propertyNames": (0.1, lambda: {"pattern": self._pick(NAME_PATTERNS)}),
            "dependentRequired": (0.1, lambda: {self._pick(NAMES): [self._pick(NAMES)]}),
            "dependentSchemas": (
                0.1,
                lambda: {self._pick(NAMES): self._pick((self._needs(), below()))},
            ),
        }
        return schema | {
            name: make() for name, (chance, make) in makers.items() if self._chance(chance)
        }

    def _array(self, depth: int) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array"}
        if self._chance(0.7):
            schema["items"] = self._schema(depth + 1)
        if self._chance(0.3):
            count = self._draw.randint(1, 2)
            schema["prefixItems"] = [self._schema(depth + 1) for _ in range(count)]
        if self._chance(0.3):
            schema["minItems"] = self._draw.randint(0, 2)
        if self._chance(0.3):
            schema["maxItems"] = self._draw.randint(0, 3)
        if self._chance(0.2):
            schema["uniqueItems"] = True
        if self._chance(0.15):
            schema["contains"] = self._plain()
            for keyword in ("minContains", "maxContains"):
                if self._chance(0.35):
                    schema[keyword] = self._draw.randint(0, 2)
        return schema

    def _change(self, schema: dict[str, Any]) -> None:
        """Change one schema object in place."""
        own = [keyword for keyword in schema if keyword not in _FIXED]
        kinds = (self._remove,) * 5 + (self._set,) * 5
        kinds += (self._values, self._member, self._require, self._limit, self._branch, self._wrap)
        self._pick(kinds)(schema, own)

    def _remove(self, schema: dict[str, Any], own: list[str]) -> None:
        if own:
            del schema[self._pick(own)]

    def _set(self, schema: dict[str, Any], _: list[str]) -> None:
        makers = (self._plain, lambda: self._object(_DEEPEST), lambda: self._array(_DEEPEST))
        other = self._pick(makers)()
        if isinstance(other, dict) and other:
            keyword = self._pick(list(other))
            schema[keyword] = other[keyword]

    def _values(self, schema: dict[str, Any], _: list[str]) -> None:
        if "enum" in schema:
            schema["enum"] = self._some(VALUES, 1, 4)

    def _member(self, schema: dict[str, Any], _: list[str]) -> None:
        schema.setdefault("properties", {})[self._pick(NAMES)] = self._schema(_DEEPEST)

    def _require(self, schema: dict[str, Any], _: list[str]) -> None:
        schema["required"] = self._some(NAMES, 0, 3)

    def _limit(self, schema: dict[str, Any], _: list[str]) -> None:
        for keyword in ("minimum", "maximum", "minLength", "maxLength", "minItems"):
            if keyword in schema:
                schema[keyword] = max(0, schema[keyword] + self._pick((-1, 1)))

    def _branch(self, schema: dict[str, Any], _: list[str]) -> None:
        for keyword in ("anyOf", "oneOf", "allOf"):
            if keyword in schema:
                schema[keyword].append(self._schema(_DEEPEST))

    def _wrap(self, schema: dict[str, Any], own: list[str]) -> None:
        body = {keyword: schema.pop(keyword) for keyword in own}
        if self._chance(0.5):
            schema["allOf"] = [body]
        else:
            schema["anyOf"] = [body, self._schema(_DEEPEST)]

    def _chance(self, chance: float) -> bool:
        return self._draw.random() < chance

    def _pick(self, choices: Any) -> Any:
        return self._draw.choice(choices)

    def _some(self, choices: tuple[Any, ...], least: int, most: int) -> list[Any]:
        count = self._draw.randint(least, most)
        picked = self._draw.sample(choices, min(count, len(choices)))
        # 1 and 1.0 are one value, which a list holds once.
        return [each for n, each in enumerate(picked) if not _among(each, picked[:n])]


def described(value: Any, schema: Any) -> bool:
    """Tell whether a value holds only members that the schema describes at their place.

    The definition of the lenient reading, written without the code that is tested: a member is
    described where any schema that is applied to its object, under whatever condition, names it. An
    object of which no member is named, or whose others have a schema of their own, is a map.
    """
    return _described(value, [schema], schema)


def _described(value: Any, schemas: list[Any], root: Any) -> bool:
    applied = _applied(schemas, root)
    if isinstance(value, list):
        below = [s[k] for s in applied for k in ("items", "contains") if k in s]
        below += [each for s in applied for each in s.get("prefixItems", ())]
        return all(_described(item, below, root) for item in value)
    if not isinstance(value, dict):
        return True
    names = {name for s in applied for name in s.get("properties", ())}
    patterns = {pattern for s in applied for pattern in s.get("patternProperties", ())}
    is_map = not names or any(
        isinstance(s.get(keyword), dict) and s[keyword]
        for s in applied
        for keyword in ("additionalProperties", "unevaluatedProperties")
    )
    for name, member in value.items():
        if not is_map and name not in names and not any(_found(p, name) for p in patterns):
            return False
        below = [s["properties"][name] for s in applied if name in s.get("properties", ())]
        for s in applied:
            below += [b for p, b in s.get("patternProperties", {}).items() if _found(p, name)]
            below += [s[k] for k in ("additionalProperties", "unevaluatedProperties") if k in s]
        if not _described(member, below, root):
            return False
    return True


def _applied(schemas: list[Any], root: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    queue = list(schemas)
    for schema in queue:  # the list grows while it is read
        if not isinstance(schema, dict) or any(schema is each for each in found):
            continue
        found.append(schema)
        queue += [s for k in ("allOf", "anyOf", "oneOf") for s in schema.get(k, ())]
        queue += [schema[k] for k in ("not", "if", "then", "else") if k in schema]
        queue += schema.get("dependentSchemas", {}).values()
        if "$ref" in schema:
            queue.append(_at(root, schema["$ref"][2:].split("/")))
    return found


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern.replace("$", r"\Z"), text) is not None


def _places(schema: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if not isinstance(schema, dict):
        return
    yield path
    for keyword in _MAPS:
        for name, below in schema.get(keyword, {}).items():
            yield from _places(below, (*path, keyword, name))
    for keyword in _LISTS:
        for index, below in enumerate(schema.get(keyword, ())):
            yield from _places(below, (*path, keyword, index))
    for keyword in _SINGLE:
        if keyword in schema:
            yield from _places(schema[keyword], (*path, keyword))


def _at(schema: Any, path: Any) -> Any:
    for step in path:
        schema = schema[step]
    return schema


def _among(value: Any, listed: list[Any]) -> bool:
    return any(
        value == each and isinstance(value, bool) == isinstance(each, bool) for each in listed
    )
