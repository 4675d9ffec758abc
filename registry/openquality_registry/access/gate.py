"""The gate: who sends, whether that may be, and how much of it.

caller    before anything is read: the token, if one is given, is the right kind of secret
enter     before the body is read: is a token needed at all
permit    after a statement was verified: rule and quotas
"""

import hmac
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from openquality_registry.access import policy as policies
from openquality_registry.access.policy import Policy, Rule
from openquality_registry.access.tokens import Scope, Token, hashed
from openquality_registry.adapters.sql.access import SqlAccess
from openquality_registry.http.limits import Buckets
from openquality_registry.ports import Clock, Pending
from openquality_registry.problems import Refused
from openquality_validator import kinds
from openquality_validator.message import message

WRONG_AT_ONCE = 10  # wrong tokens that one address may show before it has to wait
WRONG_RATE = 0.1  # a second, after that
KEPT_DAYS = 31  # how long usage is kept


@dataclass(frozen=True, slots=True)
class Caller:
    """Hold who sends: the name under which usage is counted, and the token if one was shown."""

    client: str
    token: Token | None = None

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller's token allows something."""
        return self.token is not None and scope in self.token.scopes


@dataclass(frozen=True, slots=True)
class Known:
    """Answer what the gate asks about an issuer: its identity level, and whether the log has it."""

    level: Callable[[str], str]
    is_known: Callable[[str], bool]


class Gate:
    """Decide by tokens and policy. May be called from any thread.

    `configured` is the token of the settings: it publishes, for any issuer, and never ends.
    """

    def __init__(
        self,
        access: SqlAccess,
        *,
        configured: str | None,
        policy: Policy,
        known: Known,
        clock: Clock,
    ) -> None:
        self._access = access
        self._configured = hashed(configured) if configured else None
        self.policy = policy
        self._known = known
        self._clock = clock
        self._wrong = Buckets(rate=WRONG_RATE, burst=WRONG_AT_ONCE, now=time.monotonic)
        self._lock = threading.Lock()

    def caller(self, address: str, authorization: str | None) -> Caller:
        """Find out who sends. Raises Refused: token-wrong, or too-many-requests after many."""
        if authorization is None:
            return Caller(f"address:{address}")
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise _required(message("Send the header Authorization: Bearer <token>."))
        with self._lock:
            wait = self._wrong.wait(address)
        if wait:
            raise Refused(
                "too-many-requests",
                message("Too many wrong tokens came from this address. Wait {wait} s.", wait=wait),
                headers=(("retry-after", str(wait)),),
            )
        token = self._find(hashed(secret.strip()))
        now = self._clock.now()
        ended = "is not known here" if token is None else token.ended(now)
        if token is None or ended is not None:
            with self._lock:
                self._wrong.take(address)
            raise Refused(
                "token-wrong",
                message("The token {ended}. Ask the registry's operator for one.", ended=ended),
            )
        return Caller(f"token:{token.id}", token)

    def require(self, caller: Caller, *scopes: Scope) -> Token:
        """Return the caller's token if it has one of the scopes, or raise Refused."""
        if caller.token is None:
            raise _required(
                message("Send Authorization: Bearer <token>; the operator gives the token.")
            )
        if not caller.token.scopes.intersection(scopes):
            raise Refused(
                "scope-missing",
                message(
                    "The token {id} is not for this. Take one with the scope {scopes}.",
                    id=caller.token.id,
                    scopes=" or ".join(scopes),
                ),
            )
        return caller.token

    def enter(self, caller: Caller) -> None:
        """Refuse, before a batch is read, whoever would be refused for each of its lines."""
        if self.policy.rule is Rule.INVITED:
            self.require(caller, Scope.PUBLISH)

    def permit(self, pending: Sequence[Pending], caller: Caller) -> list[Refused | None]:
        """Decide on verified statements, in order; count those that may go on."""
        refusals = [self._refusal(each.issuer, each.kind, caller) for each in pending]
        free = [at for at, refusal in enumerate(refusals) if refusal is None]
        policy = self.policy
        if policy.client_per_day and free:
            granted = self._take(caller.client, len(free), policy.client_per_day)
            for at in free[granted:]:
                refusals[at] = self._spent(policy.client_per_day, "this client")
            free = free[:granted]
        if policy.issuer_per_day:
            for at in free:
                issuer = pending[at].issuer
                # At L0 a new identity costs nothing, and a limit on it would limit nobody.
                if self._known.level(issuer) != policies.LEVELS[0] and not self._take(
                    f"issuer:{issuer}", 1, policy.issuer_per_day
                ):
                    refusals[at] = self._spent(policy.issuer_per_day, "this issuer")
        return refusals

    def permit_places(self, issuer: str, wanted: int, caller: Caller) -> int:
        """Return how many places in status lists an issuer may reserve, of those wanted.

        Each counts like a statement of the day: so many records are about to come. Raises Refused
        for none at all.
        """
        refusal = self._refusal(issuer, kinds.ATTESTATION, caller)
        if refusal is not None:
            raise refusal
        policy, granted = self.policy, wanted
        if policy.client_per_day:
            granted = self._take(caller.client, granted, policy.client_per_day)
        if not granted:
            raise self._spent(policy.client_per_day, "this client")
        if policy.issuer_per_day and self._known.level(issuer) != policies.LEVELS[0]:
            granted = self._take(f"issuer:{issuer}", granted, policy.issuer_per_day)
        if not granted:
            raise self._spent(policy.issuer_per_day, "this issuer")
        return granted

    def permit_evidence(self, issuer: str, caller: Caller) -> None:
        """Let in one data file for a record of an issuer: it counts like a statement of the day."""
        self.permit_places(issuer, 1, caller)

    def _refusal(self, issuer: str, kind: str, caller: Caller) -> Refused | None:
        rule = self.policy.rule
        if rule is Rule.OPEN:
            return None
        if self.policy.always(kind, is_known=self._known.is_known(issuer)):
            return None
        bound = caller.token.issuer if caller.token else None
        level = policies.LEVELS[0] if rule is Rule.INVITED else self._known.level(issuer)
        code = self.policy.refusal(level=level, invited=caller.may(Scope.PUBLISH))
        match code:
            case "invitation-required":
                try:
                    self.require(caller, Scope.PUBLISH)
                except Refused as refusal:
                    return refusal
            case "identity-too-low":
                return Refused(
                    code,
                    message(
                        "{issuer} is at level {level}, and this registry admits from {rule} "
                        "upwards. docs/guide/identity.md says how to get there.",
                        issuer=issuer,
                        level=level,
                        rule=rule,
                    ),
                )
        if rule is Rule.INVITED and bound is not None and bound != issuer:
            return Refused(
                "scope-missing",
                message(
                    "The token publishes for {bound} alone, and the statement is by {issuer}.",
                    bound=bound,
                    issuer=issuer,
                ),
            )
        return None

    def _find(self, secret_hash: bytes) -> Token | None:
        if self._configured and hmac.compare_digest(self._configured, secret_hash):
            return CONFIGURED
        return self._access.find(secret_hash)

    def _take(self, client: str, wanted: int, limit: int) -> int:
        day = self._clock.now().astimezone(UTC).date().isoformat()
        return self._access.take(day, client, wanted=wanted, limit=limit)

    def _spent(self, limit: int, whose: str) -> Refused:
        now = self._clock.now().astimezone(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        wait = max(1, round((midnight - now).total_seconds()))
        return Refused(
            "quota-used-up",
            message(
                "{limit} new statements a day are taken of {whose}. Send the rest after 00:00 UTC.",
                limit=limit,
                whose=whose,
            ),
            headers=(("retry-after", str(wait)),),
        )


CONFIGURED = Token("setting", "OPENQUALITY_TOKEN", frozenset({Scope.PUBLISH}), None, "")
"""The token of the settings."""


def _required(what: str) -> Refused:
    return Refused("token-required", what, headers=(("www-authenticate", "Bearer"),))
