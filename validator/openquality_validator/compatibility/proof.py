"""Whether everything that one schema allows, another allows too.

A proof goes down both schemas at once. For the value at each place there are facts, the writer's
schemas that hold for it, and each keyword of the reader's schema must follow from them. What does
not follow is a failure. The proof is sound and not complete: without a failure no value breaks the
reader, and a failure may be one of the proof.

    if C then T else E    T must follow with C as a further fact, and E with the denial of C
    anyOf                 one must follow; else the facts are split, and one must in each part
    not X                 the facts and X together must be refuted
    $ref                  what it names must follow; in a loop that goes down into the value, what
                          is being proved already may be taken as proved: the value gets smaller
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from openquality_validator.compatibility import lists, members, scalars
from openquality_validator.compatibility.facts import Facts, Known
from openquality_validator.compatibility.failure import ITEM, OTHER, Effect, Failure
from openquality_validator.compatibility.gathering import Gathering
from openquality_validator.compatibility.same import Sameness
from openquality_validator.compatibility.schema import (
    IN_PLACE,
    KNOWN,
    Place,
    Schema,
    asserted,
    children,
    in_place,
)
from openquality_validator.compatibility.scope import scope_of_item, scope_of_member
from openquality_validator.compatibility.values import Undecided, fits
from openquality_validator.message import message

MAX_STEPS: Final = 100_000  # of one proof; two versions of the attestation schema take 3,000
MAX_SPLITS: Final = 1  # one within the other
MAX_PARTS: Final = 12
_BRANCHES: Final = frozenset({"anyOf", "oneOf", "if", "then", "else"})

Failures = tuple[Failure, ...]
# translators: of a schema, in "The old schema …"; in German "Das Schema des Vorgängers …".
_SIDES: Final = {"old": message("old"), "new": message("new")}


class Exhausted(Exception):
    """The proof takes more steps than are allowed."""


class Proof:
    """Prove that what the writer's schema allows, the reader's allows."""

    def __init__(self, writer: Schema, reader: Schema, *, closed: bool) -> None:
        self.writer = writer
        self.reader = reader
        self.same = Sameness()
        self._closed = closed
        self._left = MAX_STEPS
        self._proved: dict[tuple[str, str], Failures] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._gathered: dict[tuple[str, int], Facts] = {}
        self._gathering: set[tuple[str, int]] = set()
        self._assumed = 0

    def failures(self) -> Failures:
        """Return what could not be proved about the two documents; nothing if all was."""
        root = self.writer.root
        try:
            facts = self.gather((root,), scope=(root,) if self._closed else ())
            found = self.prove(facts, self.reader.root)
            return tuple(dict.fromkeys(replace(each, steps=()) for each in found))
        except (Exhausted, RecursionError):
            return (
                Failure(
                    "Z122",
                    Effect.UNKNOWN,
                    "",
                    "",
                    message(
                        "The schemas are too entangled to be compared in {steps} steps.",
                        steps=MAX_STEPS,
                    ),
                ),
            )

    # What every keyword goes by.

    def prove(self, facts: Facts, place: Place, *, splits: int = MAX_SPLITS) -> Failures:
        """Return why the schema at a place of the reader's does not follow from the facts."""
        self.step()
        if facts.refuted or place.schema is True:
            return ()
        if place.schema is False:
            return (self.failure("Z117", facts, place, _nothing(self)),)
        if any(self.same.holds(known, place) for known in facts.known):
            return ()
        goal = (f"{splits} {facts.key}", place.key)
        if goal in self._proved:
            return self._proved[goal]
        if goal in self._open:
            self._assumed = min(self._assumed, self._open[goal])
            return ()
        depth = self._open[goal] = len(self._open)
        outer, self._assumed = self._assumed, depth
        found = self._split(facts, place, splits, self._keywords(facts, place, splits))
        del self._open[goal]
        # What rests on a goal that is still open holds only together with that one.
        if found or self._assumed >= depth:
            self._proved[goal] = found
        self._assumed = min(outer, self._assumed)
        return found

    def follows(self, facts: Facts, place: Place) -> bool:
        """Tell whether a schema follows from the facts, whatever else is still open."""
        held, self._open = self._open, {}
        assumed, self._assumed = self._assumed, 0
        try:
            return not self.prove(facts, place, splits=0)
        finally:
            self._open, self._assumed = held, assumed

    def gather(
        self,
        places: Known,
        *,
        denied: Known = (),
        scope: Known = (),
        depth: int = 1,
    ) -> Facts:
        """Resolve references and `allOf`, and decide conditions, until nothing more is known."""
        start = Facts(places, denied, scope)
        goal = (start.key, depth)
        if goal in self._gathered:
            return self._gathered[goal]
        if goal in self._gathering:  # a condition asks about the very thing that it decides
            return self.gather(places, denied=denied, scope=scope, depth=0)
        self.step()
        self._gathering.add(goal)
        try:
            found = self._gathered[goal] = Gathering(self, start, depth).facts()
        finally:
            self._gathering.remove(goal)
        return found

    def member(self, facts: Facts, name: str) -> Facts | None:
        """Return what is known of a member; None if there is no such member."""
        found = facts.member(name)
        if found is None:
            return None
        scope = scope_of_member(facts.scope, name) if facts.scope else ()
        return self.gather(found[0], denied=found[1], scope=scope)

    def other(self, facts: Facts, known: Known) -> Facts:
        """Return what is known of a member without a name, of the kind that is given."""
        # No name fits the name of no member; what describes all names describes it.
        scope = scope_of_member(facts.scope, "\0") if facts.scope else ()
        return self.gather(known, scope=scope)

    def item(self, facts: Facts, index: int | None) -> Facts:
        """Return what is known of an item."""
        scope = scope_of_item(facts.scope) if facts.scope else ()
        return self.gather(facts.item(index), scope=scope)

    def with_fact(self, facts: Facts, place: Place) -> Facts:
        """Return the facts with one more."""
        return self.gather((*facts.known, place), denied=facts.denied, scope=facts.scope)

    def with_denial(self, facts: Facts, place: Place) -> Facts:
        """Return the facts with one more schema that does not hold."""
        return self.gather(facts.known, denied=(*facts.denied, place), scope=facts.scope)

    def failure(
        self,
        rule: str,
        facts: Facts,
        place: Place,
        sentence: str,
        *path: str | int,
        effect: Effect = Effect.BREAKS,
        written: str | None = None,
    ) -> Failure:
        """Make a failure of the keyword at `path` below a place."""
        if written is None:
            written = self.spot(facts, str(path[0]) if path else "")
        return Failure(rule, effect, written, place.at(*path), sentence)

    def limit(self, rule: str, facts: Facts, place: Place, keyword: str) -> Failure:
        """Make the failure of a limit that does not follow."""
        text = message(
            "The {reader} schema asks for {keyword} {limit}, which does not follow from the "
            "{writer} one.",
            keyword=keyword,
            limit=place.schema[keyword],
            **self.sides,
        )
        return self.failure(rule, facts, place, text, keyword)

    def spot(self, facts: Facts, keyword: str) -> str:
        """Return where the writer's schema speaks of a keyword, else of the value."""
        own = [p for p in facts.known if p.document is self.writer]
        for place in own:
            if keyword in place.schema:
                return place.at(keyword)
        return own[0].pointer if own else ""

    # How one schema object is proved.

    def _keywords(self, facts: Facts, place: Place, splits: int) -> Failures:
        schema = asserted(place.schema)
        listed = self._listed(facts, place)
        if listed is not None:
            return listed
        found: list[Failure] = []
        found.extend(scalars.prove(self, facts, place))
        if "array" in facts.types:
            found.extend(lists.prove(self, facts, place))
        if "object" in facts.types:
            found.extend(members.prove(self, facts, place))
        found.extend(self._applied(facts, place, splits))
        for keyword in schema.keys() - KNOWN:
            text = message("The keyword {name!r} is not understood here.", name=keyword)
            found.append(self.failure("Z121", facts, place, text, keyword, effect=Effect.UNKNOWN))
        return tuple(found)

    def _listed(self, facts: Facts, place: Place) -> Failures | None:
        """Try the values one by one where they are listed; None where that tells nothing."""
        if facts.values is None:
            return None
        self.step(len(facts.values))
        try:
            lost = [value for value in facts.values if not fits(value, place)]
        except Undecided:
            return None
        if not lost:
            return ()
        if {"enum", "const"} & place.schema.keys():
            return tuple(scalars.lost(self, facts, place, lost))
        return None

    def _applied(self, facts: Facts, place: Place, splits: int) -> Iterator[Failure]:
        schema = place.schema
        if "$ref" in schema:
            yield from self.prove(facts, place.target(), splits=splits)
        for index in range(len(schema.get("allOf", ()))):
            yield from self.prove(facts, place.below("allOf", index), splits=splits)
        if "if" in schema:
            yield from self._conditional(facts, place, splits)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                yield from self._alternatives(facts, place, keyword, splits)
        if "not" in schema:
            yield from self._denial(facts, place)

    def _conditional(self, facts: Facts, place: Place, splits: int) -> Iterator[Failure]:
        condition = place.below("if")
        if "then" in place.schema:
            held = self.with_fact(facts, condition)
            yield from self.prove(held, place.below("then"), splits=splits)
        if "else" in place.schema:
            held = self.with_denial(facts, condition)
            yield from self.prove(held, place.below("else"), splits=splits)

    def _alternatives(
        self, facts: Facts, place: Place, keyword: str, splits: int
    ) -> Iterator[Failure]:
        choices = [place.below(keyword, n) for n in range(len(place.schema[keyword]))]
        holding = [c for c in choices if not self.prove(facts, c, splits=splits)]
        if keyword == "anyOf" and holding:
            return
        if keyword == "oneOf" and holding:
            others = [c for c in choices if c is not holding[0]]
            if all(self.with_fact(facts, other).refuted for other in others):
                return
        if splits and len(facts.types) > 1 and self._by_type(facts, place, keyword, splits):
            return
        text = message(
            "Not every value that the {writer} schema allows surely fits the alternatives of the "
            "{reader} one.",
            **self.sides,
        )
        yield self.failure("Z115", facts, place, text, keyword, effect=Effect.UNKNOWN)

    def _by_type(self, facts: Facts, place: Place, keyword: str, splits: int) -> bool:
        part = place.derived({keyword: place.schema[keyword]})
        # An integer is a number: they are taken together.
        kinds = [{"integer", "fraction"}] if facts.types & {"integer", "fraction"} else []
        kinds += [{each} for each in facts.types - {"integer", "fraction"}]
        if len(kinds) == 1:
            return False
        for kind in kinds:
            name = "number" if "integer" in kind else min(kind)
            only = self.with_fact(facts, place.derived({"type": name}))
            if self.prove(only, part, splits=splits - 1):
                return False
        return True

    def _denial(self, facts: Facts, place: Place) -> Iterator[Failure]:
        refused = place.below("not")
        if self.with_fact(facts, refused).refuted:
            return
        only = self.gather((refused,))
        if any(self.follows(only, denied) for denied in self._denied_by(facts)):
            return  # what is refused here was refused before
        text = message(
            "What the {reader} schema forbids, the {writer} one may allow.", **self.sides
        )
        if refused.schema is True or not asserted(refused.schema):
            yield self.failure("Z117", facts, place, _nothing(self), "not")
        else:
            yield self.failure("Z116", facts, place, text, "not", effect=Effect.UNKNOWN)

    def _denied_by(self, facts: Facts) -> Iterator[Place]:
        yield from facts.denied
        for place in facts.known:
            if "not" in place.schema:
                yield place.below("not")

    def _split(self, facts: Facts, place: Place, splits: int, found: Failures) -> Failures:
        """Try again with the writer's own alternatives one by one, if the whole fails."""
        if not found or not splits:
            return found
        below = {failure.steps[0] for failure in found if failure.steps}
        for known in facts.known:
            touched = _touched(known)
            if not below <= touched and OTHER not in touched:
                continue  # whatever the parts say, these failures stay
            for parts in _partitions(self, facts, known):
                if len(parts) > MAX_PARTS:
                    continue
                failed = [
                    failure
                    for part in parts
                    if not part.refuted
                    for failure in self.prove(part, place, splits=splits - 1)
                ]
                if not failed:
                    return ()
        return found

    @property
    def sides(self) -> dict[str, object]:
        """The names of the two schemas, for sentences."""
        writer, reader = self.writer.side, self.reader.side
        return {"writer": _SIDES.get(writer, writer), "reader": _SIDES.get(reader, reader)}

    def step(self, count: int = 1) -> None:
        """Take steps; raises Exhausted where none are left."""
        self._left -= count
        if self._left < 0:
            raise Exhausted


def _nothing(proof: Proof) -> str:
    return message(
        "The {reader} schema allows nothing where the {writer} one allows something.",
        **proof.sides,
    )


def _touched(place: Place) -> set[str]:
    """Return the steps about which the alternatives of a schema say something."""
    found: set[str] = set()
    branches = tuple(c.place for c in children(place) if c.keyword in _BRANCHES)
    for each in in_place(branches):
        for child in children(each):
            if child.keyword == "properties":
                found.update(map(str, child.path))
            elif child.keyword in {"items", "prefixItems", "contains"}:
                found.add(ITEM)
            elif child.keyword not in IN_PLACE:
                found.add(OTHER)
        if isinstance(each.schema, dict):
            found.update(each.schema.get("required", ()))
    return found


def _partitions(proof: Proof, facts: Facts, known: Place) -> Iterator[list[Facts]]:
    for keyword in ("anyOf", "oneOf"):
        if keyword in known.schema:
            count = len(known.schema[keyword])
            yield [proof.with_fact(facts, known.below(keyword, n)) for n in range(count)]
    if "if" in known.schema:
        condition = known.below("if")
        yield [proof.with_fact(facts, condition), proof.with_denial(facts, condition)]
