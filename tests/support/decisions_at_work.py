"""A registry's answer with its bundles, a policy, and drafts of decisions, for tests."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from openquality.client import Client
from openquality.decisions import DecisionLog, Inputs, Recorded, ask, filled
from openquality.signing import SigningKey, generate
from openquality_validator.trust import Trust

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUERY: dict[str, Any] = {
    "subject": {"type": "Product", "granularity": "model"},
    "where": [{"metric": "on-time-delivery"}, {"metric": "cpk"}],
    "rank": [{"metric": "on-time-delivery", "weight": "2"}, {"metric": "cpk", "weight": "1"}],
    "asOf": "2026-11-21",
}
PERSON = {"kind": "person", "role": "head-of-purchasing", "id": "reviewer-7"}
REASONS = [{"code": "best-score"}]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of those who act."""

    owner: SigningKey
    agent: SigningKey
    reviewer: SigningKey


@cache
def keys() -> Keys:
    return Keys(generate(), generate(), generate())


def policy(**changes: object) -> bytes:
    """Write a policy: purchases from 10,000 EUR need the head of purchasing."""
    value = {
        "v": 1,
        "name": "purchasing-2026-1",
        "owners": [keys().owner.did],
        "reviewers": [{"role": "head-of-purchasing", "dids": [keys().reviewer.did]}],
        "review": [
            {
                "id": "large",
                "roles": ["head-of-purchasing"],
                "when": {"valueAtLeast": {"amount": "10000", "currency": "EUR"}},
            }
        ],
        "waivers": [
            {
                "id": "line-down",
                "rules": ["large"],
                "reason": "The line stands still.",
                "validFrom": "2026-11-01",
                "validUntil": "2026-12-31",
            }
        ],
        "localCountries": ["DE"],
    }
    return orjson.dumps({**value, **changes})


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def draft(
    inputs: Mapping[str, Any] | None = None, *, value: str = "25000", **changes: object
) -> dict[str, Any]:
    """Write the content of a proposal, without inputs of a registry unless given."""
    content: dict[str, Any] = {
        "agent": {
            "id": "purchasing-agent",
            "model": {"name": "ranker", "version": "4.2", "configuration": "sha256:" + "c0" * 32},
        },
        "objectives": [
            {"objective": "on-time-delivery", "weight": "2"},
            {"objective": "cpk", "weight": "1"},
        ],
        "alternatives": [
            {
                "rank": 1,
                "supplier": {"id": "did:example:one", "sizeClass": "small", "country": "DE"},
                "selected": True,
                "reasons": REASONS,
            },
            {
                "rank": 2,
                "supplier": {"id": "did:example:two", "sizeClass": "large", "country": "CN"},
                "selected": False,
                "reasons": [{"code": "ranked-lower"}],
            },
        ],
        "confidence": "0.9",
        "impact": {"value": money(value), "riskTier": "medium"},
        "terms": {"value": money(value)},
    }
    if inputs is not None:
        content["inputs"] = inputs
    content.update(changes)
    return copy.deepcopy(content)


class Clock:
    """A clock that moves on a second with each look, and by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def new_log(folder: Path, clock: Clock, **changes: object) -> DecisionLog:
    """Make a log under the policy."""
    return DecisionLog.create(
        folder,
        policy=policy(**changes),
        key=keys().owner,
        origin="decisions.example/purchasing",
        clock=clock,
    )


FILES = (b'{"a query":1}', b'{"an answer":1}', b"a checkpoint", b"a trust file")


def empty_inputs() -> Inputs:
    """Inputs that are only bytes: for what looks no further than digests."""
    return Inputs(*FILES, bundles=())


def propose(
    log: DecisionLog, name: str = "PO-1", *, inputs: Inputs | None = None, **changes: object
) -> Recorded:
    """Propose with the agent's key."""
    held = inputs or empty_inputs()
    content = draft(held.to_json(), **changes)
    if inputs is not None:
        content["alternatives"] = filled(
            [{"rank": 1, "selected": True, "reasons": REASONS}], inputs.rows()
        )
    return log.propose(name, content, key=keys().agent, files=held.files())


def asked(client: Client, trust: Trust) -> Inputs:
    """Ask the registry for the inputs of a decision."""
    return ask(client, QUERY, trust=trust)
