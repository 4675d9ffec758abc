"""The admission policy: whose statements are admitted, and how many a day. Pure.

What keeps an issuer's earlier word right is never refused for want of an invitation or a level:
status statements, key events and replies to observations of issuers who are in the log already
(`Policy.always`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openquality_registry.problems import Refused
from openquality_validator import kinds
from openquality_validator.message import message

LEVELS = ("L0", "L1", "L2")
MAX_QUOTA = 2**31 - 1
_MEMBERS = {"admission", "clientPerDay", "issuerPerDay"}
_KEPT = frozenset({kinds.STATUS, kinds.KEY, kinds.MEASURE})


class Rule(StrEnum):
    """Name whose statements are admitted."""

    OPEN = "open"  # anybody's
    INVITED = "invited"  # those sent with a token that publishes
    L1 = "L1"  # those of issuers with a domain of their own
    L2 = "L2"  # those of issuers whom an accepted registrar bound to a legal identity


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold the rule, and how many new statements a day are taken; 0 is no limit.

    `issuer_per_day` holds for issuers at L1 and above: below, a new identity costs nothing, and a
    limit on it would limit nobody.
    """

    rule: Rule = Rule.OPEN
    client_per_day: int = 0
    issuer_per_day: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Policy":
        """Read a policy; all three members are given. Raises Refused (invalid-parameter)."""
        if value.keys() != _MEMBERS:
            raise _wrong(
                message(
                    "The policy has not exactly the members {members}.",
                    members=", ".join(sorted(_MEMBERS)),
                )
            )
        if value["admission"] not in list(Rule):
            raise _wrong(message("The admission rule is none of {rule}.", rule=", ".join(Rule)))
        for name in ("clientPerDay", "issuerPerDay"):
            if type(value[name]) is not int or not 0 <= value[name] <= MAX_QUOTA:
                raise _wrong(
                    message(
                        "{name} is not a number from 0, no limit, to {max_quota}.",
                        name=name,
                        max_quota=MAX_QUOTA,
                    )
                )
        return cls(Rule(value["admission"]), value["clientPerDay"], value["issuerPerDay"])

    def to_json(self) -> dict[str, Any]:
        """Write the policy; `from_json` reads the same value."""
        return {
            "admission": self.rule.value,
            "clientPerDay": self.client_per_day,
            "issuerPerDay": self.issuer_per_day,
        }

    def refusal(self, *, level: str, invited: bool) -> str | None:
        """Say why a statement is not admitted from an issuer of this level, or None."""
        match self.rule:
            case Rule.INVITED if not invited:
                return "invitation-required"
            case Rule.L1 | Rule.L2 if LEVELS.index(level) < LEVELS.index(self.rule.value):
                return "identity-too-low"
            case _:
                return None

    def always(self, kind: str, *, is_known: bool) -> bool:
        """Tell whether a statement of this kind is taken whatever the rule says.

        Under a level new identities may begin: nobody could reach a level otherwise.
        """
        begins = kind == kinds.KEY and self.rule is not Rule.INVITED
        return begins or (kind in _KEPT and is_known)


def _wrong(what: str) -> Refused:
    return Refused(
        "invalid-parameter",
        message(
            '{what} Send {{"admission": "open", "clientPerDay": 0, "issuerPerDay": 0}}.', what=what
        ),
    )
