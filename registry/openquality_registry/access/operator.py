"""What an operator does, on record: each action is an entry of the log, signed by the status key.

    action          subject                         details
    token-create    urn:openquality:token:<id>      name, scopes, issuer?, expiresAt?
    token-revoke    urn:openquality:token:<id>      name
    policy-set      urn:openquality:policy          admission, clientPerDay, issuerPerDay
    status-set      <target key>                    state, digest of the status statement
    evidence-delete evidence:sha256:<hex>           size
    listing-add     urn:openquality:listing:<id>    digest of what was entered
    listing-remove  urn:openquality:listing:<id>    digest of what was entered

The actor is the name of the token that was used. The same stands in the structured log.
"""

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from openquality import credentials, signing
from openquality.signing import SigningKey
from openquality_registry import admit, heads, status
from openquality_registry.access.gate import Gate
from openquality_registry.access.policy import Policy
from openquality_registry.access.tokens import (
    MADE,
    REVOKED,
    Scope,
    Token,
    hashed,
    new_id,
    new_secret,
)
from openquality_registry.adapters.sql.access import SqlAccess
from openquality_registry.facts import Facts
from openquality_registry.listings import Listing, to_bytes
from openquality_registry.log.errors import Conflict
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Clock, Pending, Receipt
from openquality_validator import entry, kinds

LOCAL = "local: command line"  # the actor, where whoever holds the data folder acted
NAME = "The registry's operator"
TOKEN = "urn:openquality:token:"  # noqa: S105 - a name, no secret
POLICY = "urn:openquality:policy"
EVIDENCE = "evidence:"
LISTING = "urn:openquality:listing:"

log = logging.getLogger("openquality.operator")


class Operator:
    """Do what operators may, and put it on record. Every method may be called from any thread."""

    def __init__(
        self,
        access: SqlAccess,
        *,
        gate: Gate,
        key: SigningKey,
        sequencer: Sequencer,
        facts: Facts,
        clock: Clock,
    ) -> None:
        self._access = access
        self._gate = gate
        self._key = key
        self._sequencer = sequencer
        self._facts = facts
        self._origin = facts.origin
        self._clock = clock
        self._one = threading.Lock()  # an action is recorded once, and policies in their order

    def create_token(
        self,
        *,
        name: str,
        scopes: frozenset[Scope],
        issuer: str | None,
        expires_at: datetime | None,
        actor: str,
    ) -> tuple[Token, str]:
        """Make a token and record it; return it with its secret, which is not kept.

        Raises LogError if the log cannot take the record: the token is then of no use to anybody,
        since nobody has its secret.
        """
        token, secret = make_token(
            self._access,
            name=name,
            scopes=scopes,
            issuer=issuer,
            expires_at=expires_at,
            now=self._clock.now(),
        )
        self.catch_up(actor=actor)
        return token, secret

    def revoke_token(self, identifier: str, *, actor: str) -> Token | None:
        """End a token at once, then record it; return None if there is none of this id."""
        token = self._access.revoke(identifier, entry.timestamp(self._clock.now()))
        if token is not None:
            self.catch_up(actor=actor)
        return token

    def set_policy(self, policy: Policy, *, actor: str) -> Receipt:
        """Set the admission policy: with its record, in one transaction."""
        with self._one:
            receipt = self._record(
                "policy-set",
                POLICY,
                actor=actor,
                details={name: str(value) for name, value in policy.to_json().items()},
                moves={heads.POLICY: orjson.dumps(policy.to_json()).decode()},
            )
            self._gate.policy = policy
        return receipt

    def say(self, target: str, *, state: str, reason: str, actor: str) -> Receipt:
        """Say the operator's word on a target, such as `statement:sha256:…`, and record it.

        It is a status statement by the registry's own key: it changes nothing of what the issuer
        says, and every reader decides whether it counts. Raises what `admit.examine` raises.
        """
        with self._one:
            previous = status.newest(target, self._facts)
            subject = {"id": target, "log": self._origin, "state": state, "reason": reason}
            credential = credentials.make(
                "StatusStatement",
                subject | ({"previous": previous} if previous else {}),
                issuer=self._key.did,
                name=NAME,
                now=self._clock.now(),
            )
            statement = signing.sign(credential, self._key)
            receipt = self._sequencer.submit(admit.examine(statement, self._facts)).result()
            details = {"state": state, "digest": receipt.digest}
            self._record("status-set", target, actor=actor, details=details)
        return receipt

    def record_deletion(self, digest: str, size: int, *, actor: str) -> None:
        """Record, once, that a data file is deleted, before it is."""
        name = f"{EVIDENCE}{digest}"
        identifier = uuid5(NAMESPACE_URL, f"{self._origin}/{name}/delete")
        with self._one:
            try:
                self._record(
                    "evidence-delete",
                    name,
                    actor=actor,
                    details={"size": str(size)},
                    identifier=identifier,
                )
            except Conflict:
                log.info("an action was in the log already", extra={"action": "evidence-delete"})

    def record_listing(self, action: str, listing: Listing, *, actor: str) -> None:
        """Record that a listing is entered (`listing-add`) or removed (`listing-remove`)."""
        details = {"digest": entry.digest(to_bytes(listing))}
        with self._one:
            self._record(action, LISTING + listing.id, actor=actor, details=details)

    def catch_up(self, *, actor: str = LOCAL) -> None:
        """Record what the log does not hold yet of tokens, such as those made on this machine."""
        with self._one:
            for token in self._access.unrecorded():
                if token.recorded < MADE:
                    self._record_token("token-create", token, actor)
                    self._access.mark_recorded(token.id, MADE)
                if token.revoked_at is not None and token.recorded < REVOKED:
                    self._record_token("token-revoke", token, actor)
                    self._access.mark_recorded(token.id, REVOKED)

    def _record_token(self, action: str, token: Token, actor: str) -> None:
        details = {"name": token.name}
        if action == "token-create":
            details["scopes"] = " ".join(sorted(token.scopes))
            if token.issuer:
                details["issuer"] = token.issuer[:500]
            if token.expires_at:
                details["expiresAt"] = token.expires_at
        # The same id each time: after a crash between the log and the mark, the log refuses a twin.
        identifier = uuid5(NAMESPACE_URL, f"{self._origin}/{token.id}/{action}")
        try:
            self._record(
                action, TOKEN + token.id, actor=actor, details=details, identifier=identifier
            )
        except Conflict:
            log.info("an action was in the log already", extra={"action": action})

    def _record(
        self,
        action: str,
        subject: str,
        *,
        actor: str,
        details: Mapping[str, str],
        moves: Mapping[str, str] | None = None,
        identifier: UUID | None = None,
    ) -> Receipt:
        credential = credentials.make(
            "OperatorAction",
            {"id": subject, "performed": action, "actor": actor, "details": dict(details)},
            issuer=self._key.did,
            name=NAME,
            now=self._clock.now(),
            identifier=identifier,
        )
        statement = signing.sign(credential, self._key)
        pending = Pending(
            statement=statement,
            digest=entry.digest(statement),
            issuer=self._key.did,
            credential_id=credential["id"],
            kind=kinds.OPERATOR,
            subjects=(),
            moves=moves or {},
        )
        receipt = self._sequencer.submit(pending).result()
        log.info(
            "operator",
            extra={"action": action, "subject": subject, "actor": actor, "index": receipt.index},
        )
        return receipt


def make_token(
    access: SqlAccess,
    *,
    name: str,
    scopes: frozenset[Scope],
    issuer: str | None,
    expires_at: datetime | None,
    now: datetime,
) -> tuple[Token, str]:
    """Make and keep a token, unrecorded; return it with its secret."""
    secret = new_secret()
    token = Token(
        id=new_id(),
        name=name,
        scopes=scopes,
        issuer=issuer,
        created_at=entry.timestamp(now),
        expires_at=None if expires_at is None else entry.timestamp(expires_at.astimezone(UTC)),
    )
    access.add(token, hashed(secret))
    return token, secret
