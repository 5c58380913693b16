"""Single-use tickets that stand for a verified caller where no header can be sent.

The gateway writes the record under :func:`ticket_key` for :func:`ticket_lifetime_s` and hands out the ticket; the feed
takes the record out with GETDEL. The ticket proves exactly what the token did, its expiry included. Redis holds only
the ticket's digest, so a reader of Redis can't use one.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

import orjson

from common.identity.principal import OrgId, Principal, TokenId, UserId

TICKET_LIFETIME_S = 30
TICKET_MAX_CHARACTERS = 64
_RANDOM_BYTES = 32


def new_ticket() -> str:
    """Return a ticket that can't be guessed: 43 characters, safe in a URL."""
    return token_urlsafe(_RANDOM_BYTES)


def ticket_key(ticket: str) -> str:
    """Return the key of the ticket's record; a ticket longer than any of ours raises ValueError."""
    if not ticket or len(ticket) > TICKET_MAX_CHARACTERS:
        message = "not a ticket"
        raise ValueError(message)
    return f"feed:ticket:{sha256(ticket.encode()).hexdigest()}"


def ticket_lifetime_s(principal: Principal, *, now: datetime) -> int:
    """Return for how many whole seconds a ticket may stand for ``principal``: no longer than the token does.

    Zero or less when the token has less than a second left.
    """
    return min(TICKET_LIFETIME_S, (principal.expires_at - now) // timedelta(seconds=1))


def encode_principal(principal: Principal) -> bytes:
    """Return the record that stands for ``principal``."""
    return orjson.dumps(
        {
            "user_id": principal.user_id,
            "org_id": principal.org_id,
            "roles": sorted(principal.roles),
            "issued_at": None if principal.issued_at is None else principal.issued_at.timestamp(),
            "expires_at": principal.expires_at.timestamp(),
            "token_id": principal.token_id,
        }
    )


def decode_principal(record: bytes) -> Principal:
    """Return the caller that a record made by :func:`encode_principal` stands for."""
    facts = orjson.loads(record)
    return Principal(
        user_id=UserId(facts["user_id"]),
        org_id=None if facts["org_id"] is None else OrgId(facts["org_id"]),
        roles=frozenset(facts["roles"]),
        issued_at=None if facts["issued_at"] is None else datetime.fromtimestamp(facts["issued_at"], UTC),
        expires_at=datetime.fromtimestamp(facts["expires_at"], UTC),
        token_id=TokenId(facts["token_id"]),
    )
