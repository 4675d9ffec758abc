"""Changes of bytes and of JSON values, for tests that nothing changed passes for another thing."""

import copy
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

ODD = st.sampled_from(
    [None, True, 0, -1, 2**53 - 1, 1.5, 1e300, "", "x", "\u202e", "did:key:z6Mk", "sha256:x",
     "9999-12-31", [], {}, [[]], [None], {"id": 1}, {"id": {}}, ["VerifiableCredential", {}],
     "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
     "statement:sha256:x", "a" * 2_000]
)  # fmt: skip


_KINDS = (b"0123456789", b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _other(byte: int, steps: int) -> bytes:
    """Take another character of the same kind, so that what holds it is still well-formed."""
    kind = next((kind for kind in _KINDS if byte in kind), bytes([byte]))
    at = (kind.index(byte) + steps) % len(kind)
    return kind[at : at + 1]


def of_bytes(data: bytes, *others: bytes) -> st.SearchStrategy[bytes]:
    """Change some bytes, also into those of other things of the same kind, or cut them off."""
    at = st.integers(0, len(data))
    stretch = st.tuples(at, at).map(sorted)
    strategies = [
        st.tuples(at, st.binary(max_size=3), st.integers(0, 3)).map(
            lambda m: data[: m[0]] + m[1] + data[m[0] + m[2] :]
        ),
        st.tuples(st.integers(0, len(data) - 1), st.integers(0, 7)).map(
            lambda m: data[: m[0]] + bytes([data[m[0]] ^ 1 << m[1]]) + data[m[0] + 1 :]
        ),
        st.tuples(at, st.sampled_from((b"\n", b" ", b"\r", b"=", b"0", b"\t", b"\x00"))).map(
            lambda m: data[: m[0]] + m[1] + data[m[0] :]
        ),
        st.tuples(st.integers(0, len(data) - 1), st.integers(1, 61)).map(
            lambda m: data[: m[0]] + _other(data[m[0]], m[1]) + data[m[0] + 1 :]
        ),
        at.map(lambda stop: data[:stop]),
        stretch.map(lambda m: data[: m[0]] + data[m[1] :]),
        stretch.map(lambda m: data[: m[1]] + data[m[0] :]),
        st.binary(max_size=300),
    ]
    for other in others:
        strategies.append(
            st.tuples(at, st.integers(0, len(other))).map(
                lambda m, other=other: data[: m[0]] + other[m[1] :]  # type: ignore[misc]
            )
        )
        strategies.append(
            stretch.map(lambda m, other=other: data[: m[0]] + other[m[0] : m[1]] + data[m[1] :])  # type: ignore[misc]
        )
    return st.one_of(strategies)


def of_lines(data: bytes, *others: bytes) -> st.SearchStrategy[bytes]:
    """Leave out, double, move and mix whole lines, or change some bytes."""
    lines = data.splitlines(keepends=True)
    everything = [*lines, *(line for other in others for line in other.splitlines(keepends=True))]
    place = st.integers(0, len(lines))
    edit = st.tuples(place, place, st.lists(st.sampled_from(everything), max_size=3))
    mixed = edit.map(lambda m: b"".join([*lines[: min(m[:2])], *m[2], *lines[max(m[:2]) :]]))
    crossed = st.tuples(
        *(st.sampled_from(line) for line in zip(*_alike(data, *others), strict=True))
    )
    return st.one_of(mixed, crossed.map(b"".join), of_bytes(data, *others))


def _alike(*files: bytes) -> list[list[bytes]]:
    """Split into lines, each file into as many as the first has."""
    split = [file.splitlines(keepends=True) for file in files]
    return [[*lines, *split[0][len(lines) :]][: len(split[0])] for lines in split]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the path of every member and item."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in items:
        yield (*at, name)
        if isinstance(inner, dict | list):
            yield from places(inner, (*at, name))


def changed(draw: st.DrawFn, value: Any) -> Any:  # noqa: ANN401
    """Replace, drop or add some member or item of a JSON value."""
    twin = copy.deepcopy(value)
    *parents, last = draw(st.sampled_from(list(places(twin))))
    target = twin
    for name in parents:
        target = target[name]
    match draw(st.integers(0, 5)), target[last]:
        case 0, _:
            del target[last]
        case 1 | 2, list() as items:
            items.append(draw(ODD | st.sampled_from(items)) if items else draw(ODD))
        case 1, dict() as members:
            members[draw(st.sampled_from(("more", "id", "proof", *members)))] = draw(ODD)
        case _:
            target[last] = draw(ODD)
    return twin


def respelled(draw: st.DrawFn, value: Any) -> str:  # noqa: ANN401
    """Write a JSON value in another spelling: white space, order of members, escapes, numbers."""
    space = draw(st.sampled_from(("", " ", "\n\t")))

    def write(inner: Any) -> str:  # noqa: ANN401
        match inner:
            case dict():
                names = draw(st.permutations(list(inner)))
                members = (f"{write(name)}{space}:{write(inner[name])}" for name in names)
                return f"{{{space}{f',{space}'.join(members)}}}"
            case list():
                return f"[{f'{space},'.join(map(write, inner))}{space}]"
            case str() if draw(st.integers(0, 9)) == 0:
                return '"' + "".join(map(_escaped, inner)) + '"'
            case int() if not isinstance(inner, bool) and draw(st.booleans()):
                return draw(st.sampled_from((f"{inner}.0", f"{inner}e0", f"{inner}.00E+00")))
            case _:
                return json.dumps(inner, ensure_ascii=draw(st.booleans()))

    return write(value)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def of_jws(data: bytes, *others: bytes) -> st.SearchStrategy[bytes]:
    """Change a compact JWS: its bytes, what one part says under its encoding, or its parts."""
    parts = data.split(b".")
    everything = [*parts, *(part for other in others for part in other.split(b"."))]

    def inside(place: int) -> st.SearchStrategy[bytes]:
        twin = of_bytes(decoded(parts[place]), *map(decoded, everything))
        return twin.map(
            lambda part: b".".join([*parts[:place], encoded(part), *parts[place + 1 :]])
        )

    swapped = st.lists(st.sampled_from(everything), min_size=2, max_size=4).map(b".".join)
    return st.one_of(of_bytes(data, *others), inside(0), inside(1), inside(2), swapped)


def decoded(part: bytes) -> bytes:
    """Read base64url without padding."""
    return urlsafe_b64decode(part + b"==")


def encoded(part: bytes) -> bytes:
    """Write base64url without padding."""
    return urlsafe_b64encode(part).rstrip(b"=")
