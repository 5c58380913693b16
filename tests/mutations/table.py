"""The mutations: what is changed where, and which tests notice.

Each stands for a mistake that somebody could make. A mutation moves with the code it names: a test fails when its text
is no longer found exactly once.
"""

from dataclasses import dataclass
from typing import Final

UNIT = "tests/unit"
SERVICE = "tests/service"
CONTRACT = "tests/contract"
E2E = "tests/e2e"
GATEWAY = f"{SERVICE}/api_gateway"
FEED = f"{SERVICE}/websocket_service"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of one file.

    Attributes:
        name: what is done wrong.
        file: the file's path from the project's root.
        old: a text that stands in the file once.
        new: what replaces it.
        tests: the files and folders of which at least one test must fail.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTATIONS: Final = (
    Mutation(
        "gw-auth-hook-skips-HEAD",
        "api_gateway/middleware/authentication.py",
        "if rule is None or rule.rule in PUBLIC_ROUTES:",
        'if request.method == "HEAD" or rule is None or rule.rule in PUBLIC_ROUTES:',
        (f"{GATEWAY}/test_authentication.py", f"{GATEWAY}/test_proxies.py"),
    ),
    Mutation(
        "gw-route-public-by-mistake",
        "api_gateway/middleware/authentication.py",
        '    "/v1/auth/logout",\n}',
        '    "/v1/auth/logout",\n    "/v1/batches/<batch_id>/status",\n}',
        (f"{GATEWAY}/test_authentication.py",),
    ),
    Mutation(
        "gcra-one-more",
        "api_gateway/adapters/request_limits.py",
        "if over_by > ROUNDING_S:",
        "if over_by > policy.interval_s:",
        (f"{UNIT}/api_gateway/adapters/test_request_limits.py", f"{CONTRACT}/api_gateway/test_request_limits.py"),
    ),
    Mutation(
        "gcra-lua-stale-base",
        "api_gateway/adapters/scripts/admit.lua",
        "local base = math.max(now, full_at)",
        "local base = full_at",
        (f"{CONTRACT}/api_gateway/test_request_limits.py", f"{GATEWAY}/test_rate_limit.py"),
    ),
    Mutation(
        "gcra-lua-clock-set-back",
        "api_gateway/adapters/scripts/admit.lua",
        "if full_at > now + window + 1000 then",
        "if false then",
        (f"{CONTRACT}/api_gateway/test_request_limits.py",),
    ),
    Mutation(
        "admit-lua-second-of-issue",
        "api_gateway/adapters/scripts/admit.lua",
        "tonumber(ARGV[3]) + 1 <=",
        "tonumber(ARGV[3]) <=",
        (f"{CONTRACT}/api_gateway/test_request_limits.py", f"{GATEWAY}/test_rate_limit.py"),
    ),
    Mutation(
        "limits-no-rest",
        "api_gateway/adapters/request_limits.py",
        "self._ask_again_at = self._clock.monotonic() + REST_S",
        "self._ask_again_at = self._clock.monotonic()",
        (f"{CONTRACT}/api_gateway/test_request_limits.py", f"{GATEWAY}/test_rate_limit.py", f"{UNIT}/api_gateway"),
    ),
    Mutation(
        "breaker-success-keeps-count",
        "api_gateway/upstream/circuit_breaker.py",
        "self._failures = 0 if success else self._failures + 1",
        "self._failures += 0 if success else 1",
        (f"{UNIT}/api_gateway/upstream/test_circuit_breaker.py",),
    ),
    Mutation(
        "breaker-reopen-keeps-successes",
        "api_gateway/upstream/circuit_breaker.py",
        "        self._opened_at = self._clock.monotonic()\n        self._successes = 0\n",
        "        self._opened_at = self._clock.monotonic()\n",
        (f"{UNIT}/api_gateway/upstream/test_circuit_breaker.py",),
    ),
    Mutation(
        "deadline-no-pause",
        "api_gateway/upstream/deadline.py",
        "            self._scope.reschedule(None)",
        "            pass",
        (f"{UNIT}/api_gateway/upstream/test_deadline.py", f"{UNIT}/api_gateway/upstream/test_client_uploads.py"),
    ),
    Mutation(
        "upload-cut-counts-as-failure",
        "api_gateway/upstream/attempt.py",
        "return FailedAttempt(outgoing.error, repeatable=False, success=None)",
        "return FailedAttempt(outgoing.error, repeatable=False, success=False)",
        (
            f"{UNIT}/api_gateway/upstream/test_client_uploads.py",
            f"{UNIT}/api_gateway/upstream/test_client_callers.py",
            f"{UNIT}/api_gateway/upstream/test_client_circuits.py",
        ),
    ),
    Mutation(
        "callers-deadline-header-passes",
        "api_gateway/upstream/attempt.py",
        "        headers.popall(DEADLINE_HEADER, None)\n",
        "",
        (
            f"{UNIT}/api_gateway/upstream/test_client_requests.py",
            f"{UNIT}/api_gateway/upstream/test_client_uploads.py",
            f"{UNIT}/api_gateway/upstream/test_headers.py",
            f"{GATEWAY}/test_uploads.py",
        ),
    ),
    Mutation(
        "aiohttp-quiet-repeat",
        "api_gateway/upstream/pool.py",
        "        middlewares=(_prevent_hidden_retries,),\n",
        "",
        (
            f"{UNIT}/api_gateway/upstream/test_client_recovery.py",
            f"{UNIT}/api_gateway/upstream/test_client_failures.py",
            f"{UNIT}/api_gateway/upstream/test_transport_errors.py",
        ),
    ),
    Mutation(
        "success-never-told-at-end",
        "api_gateway/upstream/response.py",
        "permit.settle(success=True if self._ended else None)",
        "permit.settle(success=None)",
        (
            f"{UNIT}/api_gateway/upstream/test_client_circuits.py",
            f"{UNIT}/api_gateway/upstream/test_client_recovery.py",
            f"{UNIT}/api_gateway/upstream/test_client_answers.py",
        ),
    ),
    Mutation(
        "answer-connection-named-passes",
        "api_gateway/upstream/headers.py",
        "    dropped = named_by_connection(outbound)",
        "    dropped: frozenset[str] = frozenset()",
        (f"{UNIT}/api_gateway/upstream/test_headers.py", f"{GATEWAY}/test_proxies.py"),
    ),
    Mutation(
        "xff-left-to-right",
        "common/web/middleware/client_address.py",
        'return reversed(",".join(lines).split(","))',
        'return iter(",".join(lines).split(","))',
        (f"{UNIT}/common/web/middleware/test_client_address.py",),
    ),
    Mutation(
        "etag-no-vary-authorization",
        "api_gateway/middleware/etag.py",
        '    response.headers.add("Vary", "Authorization")\n',
        "",
        (f"{GATEWAY}/test_etag.py",),
    ),
    Mutation(
        "language-not-shortened",
        "api_gateway/pages/negotiation.py",
        'return f"{language_range}-".startswith(f"{language.value}-")',
        "return language_range == language.value",
        (f"{UNIT}/api_gateway/pages/test_negotiation.py", f"{GATEWAY}/test_error_catalogue.py"),
    ),
    Mutation(
        "catalogue-no-vary-language",
        "api_gateway/routes/errors.py",
        '"Vary": "Accept, Accept-Language"',
        '"Vary": "Accept"',
        (f"{GATEWAY}/test_error_catalogue.py",),
    ),
    Mutation(
        "404-page-for-programs",
        "api_gateway/middleware/not_found.py",
        "    if code is None or not wants_page(request.headers):",
        "    if code is None:",
        (f"{GATEWAY}/test_documentation.py", f"{GATEWAY}/test_error_catalogue.py"),
    ),
    Mutation(
        "429-kept-for-replay",
        "api_gateway/middleware/idempotency.py",
        "frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS})",
        "frozenset({HTTPStatus.NOT_FOUND})",
        (f"{UNIT}/api_gateway/middleware/test_idempotency.py", f"{GATEWAY}/test_idempotency.py"),
    ),
    Mutation(
        "takeover-while-running",
        "api_gateway/adapters/redis_idempotency.py",
        "        if await self._redis.pttl(key) > _ttl_of_lapsed_claim_ms(request):\n            return False\n",
        "",
        (f"{CONTRACT}/api_gateway/test_idempotency_store.py",),
    ),
    Mutation(
        "settle-lua-no-compare",
        "api_gateway/adapters/scripts/settle.lua",
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then",
        "if false then",
        (f"{CONTRACT}/api_gateway/test_idempotency_store.py",),
    ),
    Mutation(
        "claim-left-on-crash",
        "api_gateway/middleware/idempotency.py",
        "        await asyncio.shield(claim.release())",
        "            return",
        (f"{GATEWAY}/test_idempotency.py",),
    ),
    Mutation(
        "upload-no-holdback",
        "api_gateway/uploads/inspection.py",
        '            ready, self._held = self._held, chunk or b""\n',
        '            ready = chunk or b""\n',
        (f"{UNIT}/api_gateway/uploads", f"{GATEWAY}/test_uploads.py"),
    ),
    Mutation(
        "delimiter-keep-short",
        "api_gateway/uploads/parser.py",
        "self._keep = len(self._close) - 1",
        "self._keep = len(self._close) - 2",
        (f"{UNIT}/api_gateway/uploads",),
    ),
    Mutation(
        "body-drip-unbounded",
        "common/web/quart_overrides/request_body.py",
        "return self.idle_s if self.whole_s is None else min(self.idle_s, max(0.0, self.whole_s - waited_s))",
        "return self.idle_s",
        (
            f"{UNIT}/common/web/quart_overrides/test_request_body.py",
            f"{UNIT}/common/web/quart_overrides/test_request.py",
        ),
    ),
    Mutation(
        "drain-keeps-idle-connections",
        "common/web/serving/server.py",
        "        config.idle_connections.leave()\n",
        "",
        (f"{UNIT}/common/web/hypercorn_overrides/test_connections.py",),
    ),
    Mutation(
        "drain-no-connection-close",
        "common/web/middleware/responses.py",
        '            if self._drain.draining:\n                headers.append((b"connection", b"close"))\n',
        "",
        (
            f"{UNIT}/common/web/middleware/test_edge.py",
            f"{UNIT}/common/web/serving/test_server.py",
            f"{UNIT}/common/web/serving/test_drain.py",
            f"{UNIT}/common/web/middleware/test_edge_errors.py",
        ),
    ),
    Mutation(
        "delivery-dup",
        "websocket_service/live/delivery.py",
        "        if (cursor.ms, cursor.seq) <= (here.ms, here.seq):\n            return Offer.DUPLICATE\n        if cursor.seq",
        "        if (cursor.ms, cursor.seq) < (here.ms, here.seq):\n            return Offer.DUPLICATE\n        if cursor.seq",
        (f"{UNIT}/websocket_service/live/test_delivery.py",),
    ),
    Mutation(
        "delivery-hole",
        "websocket_service/live/delivery.py",
        "        if self._missed:\n            return Offer.LAPSED\n        self.live = True",
        "        self.live = True",
        (f"{UNIT}/websocket_service/live/test_delivery.py",),
    ),
    Mutation(
        "read-before-confirmed",
        "websocket_service/live/connections.py",
        "await self._confirmed(self.subscriptions.subscribe(self.channels.of(session.principal.user_id)))",
        "self.subscriptions.subscribe(self.channels.of(session.principal.user_id))",
        (
            f"{UNIT}/websocket_service/live/test_connections.py",
            f"{FEED}/test_connecting.py",
            f"{FEED}/test_resuming.py",
        ),
    ),
    Mutation(
        "relay-ends-renewed",
        "websocket_service/live/dispatcher.py",
        "if is_revoked and session not in renewed)",
        "if is_revoked)",
        (f"{FEED}/test_redis_failing.py", f"{FEED}/test_ending.py", f"{UNIT}/websocket_service"),
    ),
    Mutation(
        "sweeper-clock-jump",
        "websocket_service/live/sweeper.py",
        "        if abs(offset_s - self._offset_s) > JUMP_S:",
        "        if False:",
        (f"{UNIT}/websocket_service", f"{FEED}/test_ending.py"),
    ),
    Mutation(
        "catch-up-at-one-go",
        "websocket_service/live/catch_up.py",
        "if place % ENTRIES_A_TURN == 0:",
        "if False:",
        (f"{UNIT}/websocket_service/live/test_writer.py",),
    ),
    Mutation(
        "ingest-dead-letters-twice",
        "websocket_service/ingest/batch.py",
        "elif record.offset < decided_below:",
        "elif False:",
        (
            f"{UNIT}/websocket_service/ingest/test_batch.py",
            f"{UNIT}/websocket_service/ingest/test_consumer.py",
            f"{UNIT}/websocket_service/ingest/test_consumer_held.py",
        ),
    ),
    Mutation(
        "commit-goes-back",
        "websocket_service/ingest/consumer.py",
        "self._decided[partition] = max(part.offset, self._decided.get(partition, 0))",
        "self._decided[partition] = part.offset",
        (
            f"{UNIT}/websocket_service/ingest/test_consumer.py",
            f"{UNIT}/websocket_service/ingest/test_consumer_held.py",
            f"{UNIT}/websocket_service/ingest/test_batch.py",
        ),
    ),
    Mutation(
        "append-lua-no-dedupe",
        "common/notification_log/scripts/append.lua",
        "for place = 3, #KEYS do",
        "for place = 4, #KEYS do",
        (f"{CONTRACT}/notification_log",),
    ),
    Mutation(
        "append-lua-floor",
        "common/notification_log/scripts/append.lua",
        "  floor = oldest[1]\n  bytes = bytes - #oldest[2][4]\n  redis.call('XDEL', KEYS[2], floor)",
        "  bytes = bytes - #oldest[2][4]\n  redis.call('XDEL', KEYS[2], oldest[1])",
        (f"{CONTRACT}/notification_log",),
    ),
    Mutation(
        "read-lua-gap-edge",
        "common/notification_log/scripts/read.lua",
        "elseif precedes(ARGV[4], told.floor) then",
        "elseif precedes(ARGV[4], told.floor) or ARGV[4] == told.floor then",
        (f"{CONTRACT}/notification_log",),
    ),
    Mutation(
        "seen-lua-moves-back",
        "common/notification_log/scripts/seen.lua",
        "if ARGV[4] == told.epoch and precedes(told.seen, mark) then",
        "if ARGV[4] == told.epoch then",
        (f"{CONTRACT}/notification_log/test_seen.py",),
    ),
    Mutation(
        "verifier-stale-key",
        "common/identity/verifier.py",
        "is not None and await self._keys.key_for(known.header) is known.key:",
        "is not None:",
        (f"{UNIT}/common/identity",),
    ),
    Mutation(
        "ticket-reusable",
        "websocket_service/adapters/redis_credentials.py",
        "await self._redis.getdel(key)",
        "await self._redis.get(key)",
        (f"{CONTRACT}/api_gateway/test_tickets.py",),
    ),
    Mutation(
        "identity-encode-one",
        "common/identity/identity_headers.py",
        'ids = {name: quote(value, safe="") for name, value in ids.items()}',
        'ids = {name: value if _PLAIN.fullmatch(value) else quote(value, safe="") for name, value in ids.items()}',
        (f"{UNIT}/common/identity/test_identity_headers.py",),
    ),
    Mutation(
        "jwks-no-cooldown",
        "common/identity/jwks.py",
        "self._cooled_down_at = now + self._times.cooldown_s if self._keys else now",
        "self._cooled_down_at = now",
        (f"{UNIT}/common/identity/test_jwks.py",),
    ),
    Mutation(
        "http1-two-hosts",
        "common/web/http1/request_reader.py",
        """    if names.count(b"host") > 1 or""",
        """    if""",
        (f"{UNIT}/common/web/http1", f"{UNIT}/common/web/hypercorn_overrides/test_requests.py"),
    ),
    Mutation(
        "http1-control-in-extension",
        "common/web/http1/request_reader.py",
        r"(?:;[\t\x20-\x7e\x80-\xff]*)?[ \t]*",
        r"(?:;[^\x00]*)?[ \t]*",
        (f"{UNIT}/common/web/http1",),
    ),
    Mutation(
        "http1-endless-head",
        "common/web/http1/request_reader.py",
        "        self._searched = searched\n        self._check_size(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)",
        "        self._searched = searched",
        (f"{UNIT}/common/web/http1",),
    ),
    Mutation(
        "http1-header-breaks-head",
        "common/web/http1/response_encoder.py",
        """ or head.count(b"\\n") != len(lines) - 1:""",
        ":",
        (f"{UNIT}/common/web/http1",),
    ),
    Mutation(
        "http1-body-longer-than-told",
        "common/web/http1/response_encoder.py",
        "                if self._remaining < 0:",
        "                if False:",
        (f"{UNIT}/common/web/http1",),
    ),
    Mutation(
        "request-left-to-the-collector",
        "common/web/quart_overrides/http_connection.py",
        "            self._body.detach()",
        "            pass",
        (f"{UNIT}/common/web/quart_overrides/test_freed_requests.py",),
    ),
    Mutation(
        "socket-left-to-the-collector",
        "common/web/hypercorn_overrides/sockets.py",
        "            self._client.send_ping = self._client.text_sender = None\n",
        "",
        (f"{UNIT}/common/web/quart_overrides/test_freed_sockets.py",),
    ),
    Mutation(
        "left-socket-held-by-its-error",
        "common/web/quart_overrides/websocket_connection.py",
        "            raise_others(ended, PeerLeftError)",
        "            del ended",
        (f"{UNIT}/common/web/quart_overrides/test_freed_sockets.py",),
    ),
    Mutation(
        "ws-frame-flood",
        "common/web/hypercorn_overrides/sockets.py",
        "            if self._frames > MOST_FRAMES:",
        "            if False:",
        (f"{UNIT}/common/web/hypercorn_overrides/test_sockets.py", f"{FEED}/test_bad_input.py"),
    ),
    Mutation(
        "ws-frames-at-one-go",
        "common/web/hypercorn_overrides/sockets.py",
        "            if self._frames % FRAMES_A_TURN == 0:",
        "            if False:",
        (f"{UNIT}/common/web/hypercorn_overrides/test_sockets.py",),
    ),
    Mutation(
        "leases-refused-kept",
        "websocket_service/adapters/redis_leases.py",
        "            self.release(user_id, lease)  # a renewal meanwhile has taken it for one that is held\n",
        "",
        (f"{CONTRACT}/feed/test_leases.py", f"{FEED}/test_connecting.py"),
    ),
    Mutation(
        "strict-json-dup",
        "common/web/quart_overrides/strict_json.py",
        "    if len(members) < len(pairs):",
        "    if False:",
        (f"{UNIT}/common/web/quart_overrides/test_strict_json.py",),
    ),
    Mutation(
        "playback-stall-unset",
        "websocket_service/live/writer.py",
        "                session.writing_since = self.clock.monotonic()\n                yield waiting\n",
        "                yield waiting\n",
        (f"{UNIT}/websocket_service/live/test_writer.py", f"{FEED}/test_deaf_clients.py", f"{FEED}/test_ending.py"),
    ),
    Mutation(
        "consumer-commit-before-decided",
        "websocket_service/ingest/consumer.py",
        "    def _forget_partitions(self) -> None:\n        self._decided.clear()\n",
        "    def _forget_partitions(self) -> None:\n",
        (
            f"{UNIT}/websocket_service/ingest/test_consumer.py",
            f"{UNIT}/websocket_service/ingest/test_consumer_held.py",
            f"{CONTRACT}/ingest/test_record_source.py",
        ),
    ),
    Mutation(
        "conditional-large-lost",
        "api_gateway/responses.py",
        "            response.response = _StreamBody(_chain(chunks, body))\n            return None\n",
        "            return None\n",
        (
            f"{GATEWAY}/test_etag.py",
            f"{GATEWAY}/test_streaming.py",
            f"{GATEWAY}/test_streaming_memory.py",
        ),
    ),
    Mutation(
        "append-lua-no-dedupe-by-data",
        "common/notification_log/scripts/append.lua",
        " or (KEYS[4] and redis.call('GET', KEYS[4]))",
        "",
        (f"{CONTRACT}/notification_log/test_append.py",),
    ),
    Mutation(
        "append-lua-bytes-unbounded",
        "common/notification_log/scripts/append.lua",
        " and bytes <= tonumber(ARGV[6])",
        "",
        (f"{CONTRACT}/notification_log",),
    ),
    Mutation(
        "logout-cut-by-caller",
        "api_gateway/routes/authentication.py",
        "await asyncio.shield(revocations.revoke(principal))",
        "await revocations.revoke(principal)",
        (f"{GATEWAY}/test_logout.py",),
    ),
    Mutation(
        "owner-not-compared",
        "api_gateway/batch_ownership.py",
        "            owner = self._learn(batch_id, json_object(reply, UpstreamName.RAS))\n        if owner != principal.user_id:",
        "            owner = self._learn(batch_id, json_object(reply, UpstreamName.RAS))\n        if False:",
        (f"{GATEWAY}/test_batch_ownership.py",),
    ),
    Mutation(
        "memory-unbounded",
        "common/lru.py",
        "if len(self._entries) > self._most:",
        "if False:",
        (f"{UNIT}/common/test_lru.py", f"{UNIT}/api_gateway/test_batch_ownership.py"),
    ),
    Mutation(
        "breaker-takes-5xx-read-by-route",
        "api_gateway/upstream/attempt.py",
        "            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:\n                attempt.permit.settle(success=None)",
        "            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:\n                attempt.permit.settle(success=False)",
        (f"{UNIT}/api_gateway/upstream/test_client_circuits.py",),
    ),
    Mutation(
        "slow-caller-opens-circuit",
        "api_gateway/upstream/response.py",
        "counts = isinstance(exc, TimeoutError) or self._caller_wait_s < SLOW_CALLER_S",
        "counts = True",
        (
            f"{UNIT}/api_gateway/upstream/test_client_callers.py",
            f"{UNIT}/api_gateway/upstream/test_client_circuits.py",
        ),
    ),
    Mutation(
        "transfer-coding-ignored",
        "api_gateway/upstream/attempt.py",
        'if codings != ["chunked"] or old:',
        "if old:",
        (f"{UNIT}/api_gateway/upstream/test_client_framing.py",),
    ),
    Mutation(
        "short-secret-outside-development",
        "common/settings/shared.py",
        "even_if_short=self.in_development",
        "even_if_short=True",
        (f"{UNIT}/common/settings/test_shared.py",),
    ),
    Mutation(
        "redis-options-unchecked",
        "common/settings/redis_url.py",
        "given.keys() - known)",
        "given.keys() - given.keys())",
        (f"{UNIT}/common/settings/test_redis_url.py",),
    ),
    Mutation(
        "command-starts-with-any-version",
        "common/web/serving/command.py",
        "        self.check()\n",
        "",
        (f"{UNIT}/common/test_tested_versions.py",),
    ),
    Mutation(
        "private-name-without-a-row",
        "websocket_service/adapters/kafka_member.py",
        "await self._client.close()",
        "await self._client.close()\n            self._closed = True",
        (f"{UNIT}/docs/test_foreign_names.py",),
    ),
    Mutation(
        "producer-replaced-once-per-failed-send",
        "common/kafka_producer.py",
        "return producer is self._producer and _never_recovers(failure)",
        "return _never_recovers(failure)",
        (f"{UNIT}/common/test_kafka_producer.py",),
    ),
    Mutation(
        "backoff-without-jitter",
        "common/backoff.py",
        "spread((1 - self.jitter) * longest_s, longest_s, self.draw)",
        "longest_s",
        (f"{UNIT}/common/test_backoff.py",),
    ),
    Mutation(
        "mail-addresses-in-logged-queries",
        "common/web/middleware/access_log.py",
        "is_secret(name) or _PERSONAL.search(name)",
        "is_secret(name)",
        (f"{UNIT}/common/web/middleware/test_access_log.py",),
    ),
    Mutation(
        "length-and-coding-both-believed",
        "common/web/middleware/request_head.py",
        "            return TWO_LENGTHS",
        "            return None",
        (f"{E2E}/test_smuggling.py",),
    ),
    Mutation(
        "cluster-cut-off-unnoticed",
        "websocket_service/adapters/redis_pulses.py",
        "return self.unheard >= UNHEARD_AFTER",
        "return False",
        (f"{UNIT}/websocket_service/adapters/test_redis_pulses.py", f"{CONTRACT}/feed/test_cluster_bus.py"),
    ),
    Mutation(
        "cluster-remade-link-unnoticed",
        "websocket_service/adapters/redis_pulses.py",
        "if links is not None and links != self.links:",
        "if links is not None and self.links is None:",
        (f"{UNIT}/websocket_service/adapters/test_redis_pulses.py", f"{CONTRACT}/feed/test_cluster_bus.py"),
    ),
    Mutation(
        "cluster-not-read-up-when-heard-again",
        "websocket_service/adapters/redis_pulses.py",
        "self.missed = self.missed or self.is_cut_off or number != self.heard + 1",
        "self.missed = False",
        (f"{UNIT}/websocket_service/adapters/test_redis_pulses.py",),
    ),
    Mutation(
        "cluster-hung-primary-asked-for-ever",
        "common/redis_client.py",
        "            self._is_doubtful = True\n            raise",
        "            raise",
        (f"{CONTRACT}/notification_log/test_cluster_failover.py",),
    ),
    Mutation(
        "shared-redis-busy-loop-counts-as-silence",
        "common/redis_shared_connection.py",
        "self._loop.call_soon(self._loop.call_soon, self._end_if_overdue)",
        "self._end_if_overdue()",
        (f"{UNIT}/common/test_redis_shared_connection.py",),
    ),
    Mutation(
        "expired-records-passed-over-in-silence",
        "websocket_service/adapters/kafka_notifications.py",
        "            self._expired += expired",
        "            self._expired += 0",
        (f"{CONTRACT}/ingest/test_apache_kafka.py",),
    ),
    Mutation(
        "lost-live-frame-passed-over",
        "websocket_service/live/delivery.py",
        "if cursor.seq != here.seq + 1:",
        "if cursor.seq < here.seq:",
        (f"{UNIT}/websocket_service/live/test_delivery.py",),
    ),
)
