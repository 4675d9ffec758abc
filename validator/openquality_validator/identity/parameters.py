"""The parameters of a did:webvh log: what each line may set, and what is then in force."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity.key import METHOD, KeyKind, from_multikey, multihash
from openquality_validator.message import message

VERSION = "did:webvh:1.0"
MAX_KEYS = 100
_MAX_TTL = 2**31
_KNOWN = {
    "method",
    "scid",
    "updateKeys",
    "nextKeyHashes",
    "witness",
    "watchers",
    "portable",
    "deactivated",
    "ttl",
}


@dataclass(frozen=True, slots=True)
class WitnessRule:
    """Hold who must approve lines: the did:key identifiers, and how many of them."""

    threshold: int
    witnesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Hold the parameters in force after a line.

    `witnessed_by` is the rule for this very line: that of the line before it, or its own if there
    was none.
    """

    scid: str
    update_keys: tuple[str, ...]
    next_key_hashes: tuple[str, ...] = ()
    witness: WitnessRule | None = None
    witnessed_by: WitnessRule | None = None
    portable: bool = False
    deactivated: bool = False

    @classmethod
    def first(cls, given: Mapping[str, Any]) -> "Parameters":
        """Read the parameters of the first line. Raises IdentityError (K102)."""
        _check_known(given)
        scid = given.get("scid")
        if given.get("method") != VERSION:
            raise _bad(
                message(
                    "have the method {given!r}, not {version!r}",
                    given=str(given.get("method"))[:40],
                    version=VERSION,
                )
            )
        if not isinstance(scid, str) or "updateKeys" not in given:
            raise _bad(message("lack scid or updateKeys"))
        empty = cls(scid=scid, update_keys=())
        return _changed(empty, given, rule=_rule(given.get("witness")))

    def then(self, given: Mapping[str, Any]) -> "Parameters":
        """Read the parameters of the next line. Raises IdentityError (K102)."""
        _check_known(given)
        if "scid" in given:
            raise _bad(message("name a scid, which only the first line does"))
        if given.get("method", VERSION) != VERSION:
            raise _bad(message("change the method to {method!r}", method=str(given["method"])[:40]))
        if given.get("portable") is True:
            raise _bad(message("make the identifier portable, which only the first line can"))
        if self.next_key_hashes:
            if "updateKeys" not in given or "nextKeyHashes" not in given:
                raise _bad(
                    message("lack updateKeys or nextKeyHashes, while keys are rotated beforehand")
                )
            for key in _texts(given, "updateKeys"):
                if multihash(key.encode()) not in self.next_key_hashes:
                    raise _bad(
                        message(
                            "name the update key {key}, which nobody committed to", key=key[:60]
                        )
                    )
        return _changed(self, given, rule=self.witness)

    def signers(self, before: "Parameters | None") -> tuple[str, ...]:
        """Return the keys that may sign the line which these parameters follow from."""
        if before is None or before.next_key_hashes:
            return self.update_keys
        return before.update_keys


def _changed(
    changed: Parameters, given: Mapping[str, Any], *, rule: WitnessRule | None
) -> Parameters:
    if "updateKeys" in given:
        keys = _texts(given, "updateKeys")
        for key in keys:
            _check_key(key)
        changed = replace(changed, update_keys=keys)
    if "nextKeyHashes" in given:
        changed = replace(changed, next_key_hashes=_texts(given, "nextKeyHashes"))
    if "witness" in given:
        changed = replace(changed, witness=_rule(given["witness"]))
    for name in ("portable", "deactivated"):
        if name in given and not isinstance(given[name], bool):
            raise _bad(message("have a {name} that is neither true nor false", name=name))
    if "watchers" in given:
        _texts(given, "watchers")
    ttl = given.get("ttl", 0)
    if type(ttl) is not int or not 0 <= ttl <= _MAX_TTL:
        raise _bad(message("have a ttl that is no number of seconds"))
    return replace(
        changed,
        portable=given.get("portable", changed.portable),
        deactivated=given.get("deactivated", changed.deactivated),
        # Witnesses that are new take effect at once, others only after this line.
        witnessed_by=rule or changed.witness,
    )


def _rule(value: object) -> WitnessRule | None:
    if value in ({}, None):
        return None
    if not isinstance(value, dict) or not {"threshold", "witnesses"} == value.keys():
        raise _bad(message("have a witness that is not threshold and witnesses"))
    threshold, listed = value["threshold"], value["witnesses"]
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_KEYS:
        raise _bad(message("have a witness without a list of witnesses"))
    names = [item.get("id") if isinstance(item, dict) else None for item in listed]
    witnesses = tuple(name for name in names if isinstance(name, str))
    if len(set(witnesses)) != len(listed):
        raise _bad(message("name a witness twice, or not at all"))
    for name in witnesses:
        if not name.startswith(METHOD):
            raise _bad(message("name the witness {name!r}, which is no did:key", name=name[:60]))
        _check_key(name.removeprefix(METHOD))
    if type(threshold) is not int or not 1 <= threshold <= len(witnesses):
        raise _bad(
            message("have a threshold of witnesses that cannot be met, or that nothing must meet")
        )
    return WitnessRule(threshold, witnesses)


def _check_known(given: Mapping[str, Any]) -> None:
    unknown = given.keys() - _KNOWN
    if unknown:
        raise _bad(
            message(
                "hold {min!r}, which {version} does not know",
                min=min(unknown)[:40],
                version=VERSION,
            )
        )


def _check_key(key: str) -> None:
    try:
        kind = from_multikey(key).kind
    except InvalidInput as error:
        raise _bad(
            message("hold the key {key!r}: {message}", key=key[:60], message=error.message)
        ) from None
    if kind is not KeyKind.ED25519:
        raise _bad(message("hold the key {key!r}, which is not an Ed25519 key", key=key[:60]))


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = given[name]
    if values is None:  # an early spelling of "none", which the standard asks to accept
        return ()
    if (
        not isinstance(values, list)
        or len(values) > MAX_KEYS
        or not all(isinstance(value, str) and value for value in values)
    ):
        raise _bad(message("have {name} that are not a list of texts", name=name))
    return tuple(values)


def _bad(what: str) -> IdentityError:
    return IdentityError(
        "K102",
        message("The parameters {what}.", what=what),
        message("Make the line with `openquality key`, or as did:webvh 1.0 says."),
    )
