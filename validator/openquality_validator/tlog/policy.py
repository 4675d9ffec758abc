"""Whose signatures make a checkpoint good enough (C2SP tlog-policy).

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…       members are defined on lines above
    quorum <name>|none                       exactly one

Blank lines and lines that begin with # are left out; items are parted by spaces and tabs.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message
from openquality_validator.tlog.cosignature import Cosignature
from openquality_validator.tlog.note import COSIGNATURE, ED25519, VerifierKey

MAX_BYTES = 65_536
MAX_LINES = 256  # the standard asks for at least 32 logs, 32 witnesses and 32 groups
NONE = "none"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Party:
    """Hold a log or a witness: its name in the policy, its key, and its address if it has one."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Hold a group: it witnessed a checkpoint if at least `threshold` of its members did."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold a policy: the logs, the witnesses, the groups, and the name that makes the quorum."""

    logs: tuple[Party, ...]
    witnesses: tuple[Party, ...]
    groups: tuple[Group, ...]
    quorum: str
    text: str = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> "Policy":
        """Read a policy, strictly. Raises LogFormatError (L061 to L064), with the line."""
        if len(text.encode()) > MAX_BYTES or _CONTROL.search(text):
            raise _malformed(
                0,
                message(
                    "has more than {max_bytes} bytes, or a control character", max_bytes=MAX_BYTES
                ),
            )
        lines = text.split("\n")
        if len(lines) > MAX_LINES:
            raise _malformed(
                MAX_LINES + 1, message("has more than {max_lines} lines", max_lines=MAX_LINES)
            )
        reading = _Reading()
        for number, line in enumerate(lines, start=1):
            words = [word for word in _BLANKS.split(line) if word]
            if words and not words[0].startswith("#"):
                reading.take(number, words)
        if reading.quorum is None:
            raise LogFormatError("L064", message("The policy has no quorum line."), _QUORUM)
        return cls(
            tuple(reading.logs),
            tuple(reading.witnesses),
            tuple(reading.groups),
            reading.quorum,
            text,
        )

    def met(self, signers: Iterable[VerifierKey]) -> bool:
        """Tell whether cosignatures of these keys make the quorum."""
        signed = set(signers)
        return self._weigh(lambda key: key in signed)

    def since(self, cosignatures: Iterable[Cosignature]) -> datetime | None:
        """Return the earliest time at which the quorum had signed, or None if it has not.

        With the quorum `none` no witness says anything about time, so it is None.
        """
        given = sorted(cosignatures, key=lambda each: each.moment)
        if self.quorum == NONE:
            return None
        for count, last in enumerate(given, start=1):
            if self.met(each.key for each in given[:count]):
                return last.moment
        return None

    def _weigh(self, signed: Callable[[VerifierKey], bool]) -> bool:
        if self.quorum == NONE:
            return True
        done: dict[str, bool] = {each.name: signed(each.key) for each in self.witnesses}
        for group in self.groups:  # a group stands below its members
            done[group.name] = sum(done[name] for name in group.members) >= group.threshold
        return done[self.quorum]


class _Reading:
    """Take the lines one by one; a name is defined above the lines that use it."""

    def __init__(self) -> None:
        self.logs: list[Party] = []
        self.witnesses: list[Party] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self._names: set[str] = set()
        self._grouped: set[str] = set()

    def take(self, number: int, words: list[str]) -> None:
        """Take one line that is not blank."""
        readers: Mapping[str, Callable[[int, list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in readers:
            raise _malformed(number, message("begins with {word!r}", word=words[0][:20]))
        readers[words[0]](number, words[1:])

    def _log(self, number: int, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise _malformed(number, message("is not `log <vkey> [<url>]`"))
        key = _key(number, words[0], ED25519)
        _check_new(number, key, self.logs)
        self.logs.append(Party(key.name, key, *words[1:]))

    def _witness(self, number: int, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise _malformed(number, message("is not `witness <name> <vkey> [<url>]`"))
        self._define(number, words[0])
        key = _key(number, words[1], COSIGNATURE)
        _check_new(number, key, self.witnesses)
        self.witnesses.append(Party(words[0], key, *words[2:]))

    def _group(self, number: int, words: list[str]) -> None:
        name, kind, *members = (*words, "", "")[: max(len(words), 2)]
        self._define(number, name)
        if not members:
            raise _malformed(number, message("is not `group <name> all|any|<k> <member>…`"))
        for member in members:
            if member not in self._names or member == name:
                raise _undefined(number, member)
            if member in self._grouped:
                raise LogFormatError(
                    "L063",
                    message(
                        "Line {number} of the policy takes {member!r} into a second group.",
                        number=number,
                        member=member[:80],
                    ),
                    message("Each witness and group can be a member once."),
                )
            self._grouped.add(member)
        count = len(members)
        threshold = {"all": count, "any": 1}.get(kind)
        if threshold is None:
            threshold = int(kind) if _NUMBER.fullmatch(kind) else 0
        if not 1 <= threshold <= count:
            raise _malformed(
                number, message("asks for {kind!r} of {count} members", kind=kind[:20], count=count)
            )
        self.groups.append(Group(name, threshold, tuple(members)))

    def _quorum(self, number: int, words: list[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise LogFormatError(
                "L064",
                message("Line {number} of the policy is not its one quorum line.", number=number),
                _QUORUM,
            )
        if words[0] != NONE and words[0] not in self._names:
            raise _undefined(number, words[0])
        self.quorum = words[0]

    def _define(self, number: int, name: str) -> None:
        if not name or name == NONE or name in self._names:
            raise LogFormatError(
                "L063",
                message(
                    "Line {number} of the policy defines {name!r}, which is taken.",
                    number=number,
                    name=name[:80],
                ),
                message("Give each witness and group a name of its own."),
            )
        self._names.add(name)


_QUORUM = message("Write one line `quorum <name>` or `quorum none`, below what it names.")


def _key(number: int, text: str, kind: int) -> VerifierKey:
    try:
        return VerifierKey.from_text(text, kind=kind)
    except LogFormatError as error:
        raise LogFormatError(
            "L062",
            message("Line {number} of the policy: {message}", number=number, message=error.message),
            error.hint,
        ) from None


def _check_new(number: int, key: VerifierKey, parties: list[Party]) -> None:
    # Two names over one key would let one witness count twice.
    if any(party.key.public == key.public for party in parties):
        raise LogFormatError(
            "L062",
            message("Line {number} of the policy repeats a public key.", number=number),
            message("One log or witness has one line."),
        )


def _undefined(number: int, name: str) -> LogFormatError:
    return LogFormatError(
        "L063",
        message(
            "Line {number} of the policy names {name!r}, which no line above defines.",
            number=number,
            name=name[:80],
        ),
        message("Define witnesses and groups above the lines that use them."),
    )


def _malformed(number: int, what: str) -> LogFormatError:
    return LogFormatError(
        "L061",
        message("Line {number} of the policy {what}.", number=number, what=what)
        if number
        else message("The policy {what}.", what=what),
        message("Its form is C2SP tlog-policy: log, witness, group and quorum lines."),
    )
