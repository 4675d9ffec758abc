"""What follows from facts at once: references, conditions that hold, contradictions."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from openquality_validator.compatibility.facts import Facts
from openquality_validator.compatibility.schema import Place, asserted, is_annotation
from openquality_validator.findings import escape

if TYPE_CHECKING:
    from openquality_validator.compatibility.proof import Proof

MAX_ROUNDS: Final = 20
DEEPEST: Final = 3  # levels of members below which a contradiction is not looked for
# Keywords that ask for, or hang on, others beside them: schemas with these stay whole.
_TOGETHER: Final = frozenset(
    (
        *(
            "if",
            "then",
            "else",
            "additionalProperties",
            "patternProperties",
            "prefixItems",
            "items",
        ),
        *("contains", "minContains", "maxContains", "unevaluatedProperties", "unevaluatedItems"),
    )
)


class Gathering:
    """Collect what follows from facts at once."""

    def __init__(self, proof: "Proof", start: Facts, depth: int) -> None:
        self._proof = proof
        self._scope = start.scope
        self._depth = depth
        self._known: dict[str, Place] = {}
        self._denied: dict[str, Place] = {}
        self._decided: set[str] = set()
        self._refuted = False
        for place in start.known:
            self._add(place)
        for place in start.denied:
            self._deny(place)

    def facts(self) -> Facts:
        """Return all that is known in the end."""
        for _ in range(MAX_ROUNDS if self._depth else 1):
            now = self._now()
            if now.refuted or not self._depth:
                return now
            before = len(self._known), len(self._denied), len(self._decided)
            for place in tuple(self._known.values()):
                self._decide(now, place)
            self._narrow(now)
            if before == (len(self._known), len(self._denied), len(self._decided)):
                break
        return self._now()

    def _now(self) -> Facts:
        facts = Facts(tuple(self._known.values()), tuple(self._denied.values()), self._scope)
        if self._refuted or self._is_refuted(facts):
            return replace(facts, refuted=True)
        return facts

    def _add(self, place: Place) -> None:
        queue = [place]
        for each in queue:  # the list grows while it is read
            if each.schema is False:
                self._refuted = True
            if isinstance(each.schema, bool) or each.key in self._known:
                continue
            schema = each.schema
            self._known[each.key] = each
            if "$ref" in schema:
                queue.append(each.target())
            queue.extend(each.below("allOf", n) for n in range(len(schema.get("allOf", ()))))
            if "not" in schema:
                self._deny(each.below("not"))

    def _deny(self, place: Place) -> None:
        schema = place.schema
        if schema is False:
            return
        said = {} if schema is True else asserted(schema)
        if not said:
            self._refuted = True
        elif said.keys() == {"$ref"}:
            self._deny(place.target())
        elif said.keys() == {"not"}:
            self._add(place.below("not"))
        elif said.keys() == {"anyOf"}:
            for index in range(len(said["anyOf"])):
                self._deny(place.below("anyOf", index))
        elif place.key not in self._denied:
            bare = place if said == schema else _bare(place, said)
            self._denied[place.key] = bare

    def _decide(self, now: Facts, place: Place) -> None:
        schema = place.schema
        if "if" in schema and f"{place.key} if" not in self._decided:
            holds = self._judge(now, place.below("if"))
            if holds is not None:
                self._decided.add(f"{place.key} if")
                then = "then" if holds else "else"
                if then in schema:
                    self._add(place.below(then))
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema and f"{place.key} {keyword}" not in self._decided:
                choices = [place.below(keyword, n) for n in range(len(schema[keyword]))]
                left = [each for each in choices if not self._contradicts(now, each)]
                if len(left) <= 1:
                    self._decided.add(f"{place.key} {keyword}")
                    self._refuted |= not left
                    for each in left:
                        self._add(each)
        # What is required is there only if the value is an object.
        for name in schema.get("dependentSchemas", ()) if now.types == {"object"} else ():
            if name in now.required:
                self._add(place.below("dependentSchemas", name))

    def _narrow(self, now: Facts) -> None:
        """Take from what is denied whatever holds: only the rest can be what fails."""
        for key, place in tuple(self._denied.items()):
            parts = _parts(place)
            if len(parts) == 1:
                continue
            left = [part for part in parts if not self._proof.follows(now, part)]
            if not left:
                self._refuted = True
            elif len(left) < len(parts) and len(left) == 1:
                del self._denied[key]
                self._deny(left[0])

    def _judge(self, now: Facts, condition: Place) -> bool | None:
        if self._contradicts(now, condition):
            return False
        if any(self._proof.same.holds(denied, condition) for denied in now.denied):
            return False
        shallow = replace(now)
        return True if self._proof.follows(shallow, condition) else None

    def _contradicts(self, now: Facts, place: Place) -> bool:
        more = self._proof.gather((*now.known, place), denied=now.denied, scope=now.scope, depth=0)
        return more.refuted

    def _is_refuted(self, facts: Facts) -> bool:
        if not facts.types or facts.values == ():
            return True
        if any(
            self._proof.same.holds(known, denied)
            for denied in facts.denied
            for known in facts.known
        ):
            return True
        return facts.types == {"object"} and self._lacks_a_member(facts, DEEPEST)

    def _lacks_a_member(self, facts: Facts, depth: int) -> bool:
        """Tell whether a required member cannot be there."""
        for name in facts.required:
            found = facts.member(name)
            if found is None:
                return True
            if not depth or not found[0]:
                continue
            # Without conditions, which might ask about this very object again.
            below = Gathering(self._proof, Facts(*found), 0)
            if below.is_plainly_refuted(depth - 1):
                return True
        return False

    def is_plainly_refuted(self, depth: int) -> bool:
        """Tell whether the facts contradict each other, looking so many levels down."""
        facts = Facts(tuple(self._known.values()), tuple(self._denied.values()))
        if self._refuted or not facts.types or facts.values == ():
            return True
        return facts.types == {"object"} and self._lacks_a_member(facts, depth)


def _bare(place: Place, said: dict[str, Any]) -> Place:
    return Place(place.document, place.pointer, said, place.name)


def _parts(place: Place) -> list[Place]:
    """Split a schema into parts that hold together exactly when it holds."""
    schema = place.schema
    if _TOGETHER & schema.keys():
        return [place]
    parts: list[dict[str, Any]] = []
    for keyword, value in schema.items():
        match keyword:
            case "required":
                parts.extend({"required": [name]} for name in value)
            case "properties":
                parts.extend({"properties": {name: below}} for name, below in value.items())
            case _ if not is_annotation(keyword):
                parts.append({keyword: value})
    return [
        Place(place.document, place.pointer, part, f"{place.name}?{escape(str(part))}")
        for part in parts
    ]
