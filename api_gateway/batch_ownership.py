"""Checks that a batch is the caller's (docs/gateway.md, row 30), because the services behind don't.

The aggregator's record names the owner, and so does a registration that passed here, of which the aggregator learns
later. An owner never changes, so one answer is enough.
"""

from http import HTTPStatus
from typing import Final, NoReturn

from api_gateway import fail
from api_gateway.paths import path_segment
from api_gateway.ports import BatchOwners, NoOwner
from api_gateway.upstream.json_replies import JsonObject, json_object, refuse_answer, text_of
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest, Upstreams, on_behalf_of
from common.contracts.pipeline_command import ID_MAX_CHARS, is_command_id
from common.errors.codes import ErrorCode
from common.identity.principal import Principal, UserId
from common.lru import LruMemory

OWNER = "user_id"
MOST_REMEMBERED: Final = 10_000
"""Owners a process keeps in memory: the least recently used goes first."""

RETRY_AFTER_S: Final = 2.0
"""Retry-After for a batch that the aggregator doesn't know yet; it learns of one from Kafka within seconds."""

_UNRECORDED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
"""The aggregator's statuses for an unknown batch: 400 "Invalid batch ID" until it has read of a new one in Kafka."""


class BatchOwnership:
    """Refuses callers that don't own a batch.

    Args:
        upstreams: where the aggregator's record is asked for.
        owners: what was registered here, on every replica.
    """

    def __init__(self, upstreams: Upstreams, owners: BatchOwners) -> None:
        self._upstreams = upstreams
        self._owners = owners
        self._remembered = LruMemory[str, UserId](MOST_REMEMBERED)

    async def register(self, batch_id: str, principal: Principal) -> None:
        """Note that ``principal`` registered the batch just now."""
        self._remembered.put(batch_id, principal.user_id)
        await self._owners.remember(batch_id, principal.user_id)

    async def require(self, batch_id: str, principal: Principal, *, within_s: float) -> None:
        """Return when the batch is the caller's; asks the aggregator, for ``within_s`` seconds at most, if it must.

        Raises:
            HuleEduError: AUTHORIZATION_ERROR when it is another user's, RESOURCE_NOT_FOUND for an unknown batch,
                SERVICE_UNAVAILABLE with Retry-After when that isn't known now, and what asking the aggregator raises.
        """
        owner = await self._look_up_owner(batch_id)
        if isinstance(owner, NoOwner):
            reply = await self._upstreams.fetch(_status_request(batch_id, principal, within_s=within_s))
            if reply.status in _UNRECORDED:
                _refuse_unrecorded(batch_id, owner)
            owner = self._learn(batch_id, json_object(reply, UpstreamName.RAS))
        if owner != principal.user_id:
            refuse_other_owner()

    async def read_record(self, batch_id: str, principal: Principal) -> JsonObject:
        """Return the aggregator's record of the caller's own batch.

        Raises:
            HuleEduError: as :meth:`require` does; SERVICE_UNAVAILABLE with Retry-After also for a batch of the caller's
                that the aggregator hasn't heard of yet.
        """
        reply = await self._upstreams.fetch(_status_request(batch_id, principal))
        unrecorded = reply.status in _UNRECORDED
        record = {} if unrecorded else json_object(reply, UpstreamName.RAS)
        owner = await self._look_up_owner(batch_id) if unrecorded else self._learn(batch_id, record)
        if isinstance(owner, NoOwner):
            _refuse_unrecorded(batch_id, owner)
        if owner != principal.user_id:
            refuse_other_owner()
        if unrecorded:
            _ask_again_later("The batch was just registered; its status isn't known yet.")
        return record

    async def _look_up_owner(self, batch_id: str) -> UserId | NoOwner:
        remembered = self._remembered.get(batch_id)
        if remembered is not None:
            return remembered
        registered = await self._owners.owner_of(batch_id)
        if not isinstance(registered, NoOwner):
            self._remembered.put(batch_id, registered)
        return registered

    def _learn(self, batch_id: str, record: JsonObject) -> UserId:
        if record.get("batch_id", batch_id) != batch_id:
            refuse_answer(UpstreamName.RAS, "it describes another batch")
        owner = owner_of(record)
        self._remembered.put(batch_id, owner)
        return owner


def _status_request(batch_id: str, principal: Principal, *, within_s: float | None = None) -> UpstreamRequest:
    """Return the question for the aggregator's record of a batch."""
    return UpstreamRequest(
        upstream=UpstreamName.RAS,
        method="GET",
        path=f"/internal/v1/batches/{path_segment(batch_id)}/status",
        headers=on_behalf_of(principal),
        answers=_UNRECORDED,
        within_s=within_s,
    )


def require_possible_owner(principal: Principal) -> None:
    """Raise VALIDATION_ERROR for a user id that the platform's consumers refuse: they would drop the command."""
    if not is_command_id(principal.user_id):
        raise fail.during("require_possible_owner").validation_error(
            "user_id",
            f"The token's user id must have 1 to {ID_MAX_CHARS} printable characters, no blank at either end.",
        )


def _refuse_unrecorded(batch_id: str, why: NoOwner) -> NoReturn:
    if why is NoOwner.UNREGISTERED:
        refuse_unknown_batch(batch_id)
    _ask_again_later("The owner of the batch can't be determined now; retry shortly.")


def _ask_again_later(message: str) -> NoReturn:
    raise fail.during("find_batch").error(
        ErrorCode.SERVICE_UNAVAILABLE,
        message,
        details={"external_service": UpstreamName.RAS.value},
        retry_after_s=RETRY_AFTER_S,
    )


def owner_of(record: JsonObject) -> UserId:
    """Return the owner that a record names; one that names none is the aggregator's fault."""
    return UserId(text_of(record, OWNER, UpstreamName.RAS))


def refuse_other_owner() -> NoReturn:
    """Raise AUTHORIZATION_ERROR for a batch that isn't the caller's; the owner is never named."""
    raise fail.during("require_ownership").error(ErrorCode.AUTHORIZATION_ERROR, "This batch belongs to another user.")


def refuse_unknown_batch(batch_id: str) -> NoReturn:
    """Raise RESOURCE_NOT_FOUND for the batch."""
    raise fail.during("find_batch").not_found("batch", batch_id, "The batch does not exist.")
