"""A teacher's day through the real gateway, Kafka, Redis, WebSocket service: every hop but the teacher is real."""

import json
import re
from urllib.parse import quote, urlencode
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaConsumer
from websockets.asyncio.client import connect

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, EventEnvelope
from common.contracts.pipeline_command import PipelineCommand
from sandbox.scene import ESSAYS, PUPILS
from sandbox.stack import Stack
from tests.e2e.browser import Browser, assert_house_error
from tests.support.eventually import eventually
from tests.support.prompts import PROMPT
from tests.support.transports import break_off

ENGLISH = sorted((ESSAYS / "ENG5").iterdir())
LARS = 3
"""The demo user who logs out."""


async def test_the_whole_day(maria: Browser) -> None:
    """From an empty class to ranked essays; every notification comes live, once, in the order things happened."""
    async with maria.feed() as feed:
        class_id = await maria.new_class()
        await feed.until("class_created", class_id=class_id)
        names = {}
        for first_name, last_name in PUPILS["ENG5"]:
            name = {"first_name": first_name, "last_name": last_name}
            body = {"person_name": name, "class_ids": [class_id]}
            pupil = await maria.call("POST", "/v1/classes/students", json=body)
            names[pupil.body["id"]] = pupil.body["full_name"]
            await feed.until("student_added_to_class", class_id=class_id)
        batch_id = await maria.new_batch(essays=len(ENGLISH), class_id=class_id, prompt=True)
        uploaded = await maria.upload(batch_id, ENGLISH)
        await feed.until("batch_files_uploaded", batch_id=batch_id)
        asked = await feed.until("student_matching_confirmation_required", batch_id=batch_id)
        suggested = await maria.call("GET", f"/v1/batches/{batch_id}/student-associations")
        confirmed = await maria.confirm(batch_id, suggested)
        told = await feed.until("student_associations_confirmed", batch_id=batch_id)
        assessment = await maria.start(batch_id, "cj_assessment")
        await feed.until("pipeline_completed", batch_id=batch_id)
        await eventually(lambda: finished(maria, batch_id))
        details = (await maria.call("GET", f"/v1/batches/{batch_id}/status")).body["details"]

    assert (uploaded.status, confirmed.status, assessment.status) == (202, 200, 202)
    assert (asked["action_required"], asked["priority"], asked["matched_count"]) == (True, "critical", 3)
    authors = [names[one["suggested_student_id"]] for one in suggested.body["associations"]]
    assert authors == [" ".join(pupil) for pupil in PUPILS["ENG5"]]
    assert len(told["associations"]) == 3
    assert sorted(essay["cj_rank"] for essay in details["essays"]) == [1, 2, 3]
    assert "user_id" not in details
    kept = [frame["event"] for frame in feed.frames if "id" in frame]
    happened = [event for event in kept if event != "student_added_to_class"]
    # These two have different keys in Kafka, and so no order.
    assert sorted(happened[1:3]) == ["batch_files_uploaded", "student_matching_confirmation_required"]
    assert [happened[0], *happened[3:]] == [
        "class_created",
        "student_associations_confirmed",
        "batch_processing_started",
        "batch_spellcheck_completed",
        "batch_nlp_completed",
        "batch_cj_assessment_completed",
        "batch_results_ready",
        "batch_assessment_completed",
        "pipeline_completed",
    ]
    assert len(set(feed.ids)) == len(feed.ids) == len(kept)
    direct = [frame["data"]["phase"] for frame in feed.frames if frame["event"] == "batch_phase_initiated"]
    assert direct == ["spellcheck", "nlp", "cj_assessment"]


async def finished(browser: Browser, batch_id: str) -> bool:
    """Tell whether the batch is shown as completed."""
    return await browser.status(batch_id) == "completed_successfully"


async def test_what_happens_during_a_break_is_told_afterwards(maria: Browser) -> None:
    """The network drops; by REST and by a feed opened with a ticket and her cursor she gets what she missed, once."""
    batch_id = await maria.new_batch()
    async with maria.feed() as feed:
        await maria.upload(batch_id, ENGLISH[:1])
        await feed.until("batch_files_uploaded", batch_id=batch_id)
        break_off(feed.socket.transport)
    cursor = feed.ids[-1]
    await maria.start(batch_id, "nlp")
    await eventually(lambda: finished(maria, batch_id))
    ticket = (await maria.call("POST", "/v1/ws/tickets")).body["ticket"]

    async with maria.feed(ticket=ticket, cursor=cursor) as back:
        await back.until("pipeline_completed", batch_id=batch_id)
        by_rest = await maria.call("GET", f"/v1/notifications?{urlencode({'after': cursor})}")
        seen = await maria.call("POST", "/v1/notifications/seen", json={"id": back.ids[-1]})
        heard = await back.until("feed.seen")

    assert back.frames[0]["data"]["outcome"] == "resumed"
    assert back.ids == [item["id"] for item in by_rest.body["items"]][: len(back.ids)]
    assert len(set(back.ids)) == len(back.ids) > 1
    assert heard == seen.body == {"cursor": back.ids[-1], "unread": 0}


async def test_every_socket_hears_everything_once_and_nobody_else_does(maria: Browser, erik: Browser) -> None:
    """Two tabs hear a class being created once each; a colleague hears only of his own."""
    async with maria.feed() as first, maria.feed() as second, erik.feed() as other:
        made, own = await maria.new_class("8C"), await erik.new_class("9A")
        await first.until("class_created", class_id=made)
        await second.until("class_created", class_id=made)
        await other.until("class_created", class_id=own)

    assert (first.events, second.events, other.events) == (["class_created"], ["class_created"], ["class_created"])


async def test_what_the_outbox_publishes_twice_is_told_once(maria: Browser, sandbox: Stack) -> None:
    """The relay makes a new event id at each try of a row."""
    dropped = await repeats_dropped(sandbox)
    async with maria.feed() as feed:
        await turned(sandbox, "cms", "outbox", {"publish_again": 1})
        class_id = await maria.new_class("8X")
        await feed.until("class_created", class_id=class_id)
        await eventually(lambda: has_dropped_more(sandbox, dropped))
        last = await maria.new_class("8Y")
        await feed.until("class_created", class_id=last)

    told = [frame["data"]["class_id"] for frame in feed.frames if frame["event"] == "class_created"]
    assert told == [class_id, last]


async def repeats_dropped(sandbox: Stack) -> float:
    """Return how many records the feed has known already."""
    url = sandbox.addresses.websocket.replace("ws://", "http://").removesuffix("/ws") + "/metrics"
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        (count,) = re.findall(r"^feed_records_duplicate_total (\S+)$", await answer.text(), re.MULTILINE)
    return float(count)


async def has_dropped_more(sandbox: Stack, than: float) -> bool:
    """Tell whether the feed has known more records since."""
    return await repeats_dropped(sandbox) > than


async def turned(sandbox: Stack, upstream: str, dial: str, setting: dict[str, object]) -> None:
    """Turn a dial of a simulated service."""
    url = f"{sandbox.addresses.upstreams[upstream]}/_sandbox/{dial}"
    async with aiohttp.ClientSession() as client, client.put(url, json=setting) as answer:
        assert answer.status == 200


async def test_todays_dashboard_is_still_served(maria: Browser, sandbox: Stack) -> None:
    """Token in the query, a ping as text: a pong, and notifications as they were, no control frames."""
    async with connect(f"{sandbox.addresses.websocket}/?token={quote(maria.token or '')}") as socket:
        await socket.send('{"type":"ping"}')
        pong = json.loads(await socket.recv())
        await maria.new_class("8D")
        frame = json.loads(await socket.recv())

    assert (pong["event"], pong["type"]) == ("feed.pong", "pong")
    assert frame["event"] == "class_created"
    assert {"category", "priority", "action_required", "class_id", "correlation_id", "timestamp"} <= set(frame["data"])


async def test_one_correlation_id_from_the_click_to_the_notification(maria: Browser, sandbox: Stack) -> None:
    """The caller's id is in the answer, the upstream's request, the Kafka command and the frame."""
    correlation_id = str(uuid4())
    batch_id = await maria.new_batch()
    await maria.upload(batch_id, ENGLISH[:1])

    async with maria.feed() as feed:
        answer = await maria.start(batch_id, "nlp", headers={"X-Correlation-ID": correlation_id})
        completed = await feed.until("pipeline_completed", batch_id=batch_id)

    assert answer.headers["X-Correlation-ID"] == answer.body["correlation_id"] == correlation_id
    assert completed["correlation_id"] == correlation_id
    preflight = await last_request_of(sandbox, "bos", f"/internal/v1/batches/{batch_id}/pipelines/nlp/preflight")
    assert preflight["x-correlation-id"] == correlation_id
    assert await command_of(sandbox, batch_id) == correlation_id


async def last_request_of(sandbox: Stack, upstream: str, path: str) -> dict[str, str]:
    """Return the headers of the upstream's last request for ``path``."""
    url = sandbox.addresses.upstreams[upstream]
    async with aiohttp.ClientSession() as client, client.get(f"{url}/_sandbox/requests") as answer:
        told = (await answer.json())["requests"]
    return next(dict(one["headers"]) for one in reversed(told) if one["path"] == path)


async def command_of(sandbox: Stack, batch_id: str) -> str:
    """Return the correlation id of the first command for the batch."""
    async with AIOKafkaConsumer(
        PIPELINE_COMMAND_TOPIC, bootstrap_servers=sandbox.addresses.kafka, auto_offset_reset="earliest"
    ) as consumer:
        async for record in consumer:
            envelope = EventEnvelope[PipelineCommand].model_validate_json(record.value)
            if record.key == batch_id.encode():
                return str(envelope.correlation_id)
    return ""


async def test_records_are_keyed_by_the_envelopes_correlation_id(maria: Browser, sandbox: Stack) -> None:
    """Not by the teacher; the metadata is there and empty, the time has a zone that isn't spelled Z."""
    class_id = await maria.new_class("8K")

    async with AIOKafkaConsumer(
        TEACHER_NOTIFICATION_TOPIC, bootstrap_servers=sandbox.addresses.kafka, auto_offset_reset="earliest"
    ) as consumer:
        async for record in consumer:
            envelope = json.loads(record.value)
            if envelope["data"]["class_id"] == class_id:
                break

    assert record.key.decode() == envelope["correlation_id"] != envelope["data"]["correlation_id"]
    assert envelope["metadata"] == {}
    assert envelope["event_timestamp"].endswith("+00:00")


async def test_a_caller_cannot_pass_for_somebody_else(maria: Browser, sandbox: Stack) -> None:
    """Forged identity headers never reach a service; the token's own do, and the internal key only inside."""
    forged = {"X-User-ID": "teacher-erik", "X_User_Id": "teacher-erik", "X-Internal-API-Key": "guess"}

    await maria.call("GET", "/bff/v1/teacher/dashboard", headers=forged)

    arrived = await last_request_of(sandbox, "bff", "/bff/v1/teacher/dashboard")
    assert arrived["x-user-id"] == "teacher-maria"
    assert "x_user_id" not in arrived
    assert "x-internal-api-key" not in arrived


async def test_a_batch_is_its_owners_alone(maria: Browser, erik: Browser) -> None:
    """403 on every road to it, and the owner's id is never told."""
    batch_id = await maria.new_batch()

    answers = [
        await erik.call("GET", f"/v1/batches/{batch_id}/status"),
        await erik.start(batch_id, "nlp"),
        await erik.upload(batch_id, ENGLISH[:1]),
        await erik.call("GET", f"/v1/files/batch/{batch_id}/state"),
        await erik.call("PATCH", f"/v1/batches/{batch_id}/prompt", json={"student_prompt_ref": PROMPT}),
    ]

    for answer in answers:
        assert_house_error(answer, status=403, code="AUTHORIZATION_ERROR")
        assert "maria" not in json.dumps(answer.body)


async def test_a_user_id_beyond_ascii_travels_as_far_as_the_platform_decodes_it(asa: Browser) -> None:
    """Åsa registers, lists and hands in, and hears of her batch, though her id doesn't fit into a header.

    Class management doesn't decode it: to that service her classes are another's, and she hears of none.
    """
    async with asa.feed() as feed:
        batch_id = await asa.new_batch()
        listed = await asa.call("GET", "/v1/batches?status=pending_content")
        uploaded = await asa.upload(batch_id, ENGLISH[:1])
        await feed.until("batch_files_uploaded", batch_id=batch_id)
        started = await asa.start(batch_id, "nlp")
        await feed.until("pipeline_completed", batch_id=batch_id)

    assert batch_id in [batch["batch_id"] for batch in listed.body["batches"]]
    assert (uploaded.status, started.status) == (202, 202)


async def test_logging_out_ends_the_token_and_the_feed(sandbox: Stack, session: aiohttp.ClientSession) -> None:
    """The access token is refused as revoked, the refresh token is used up, and the open socket is closed with 1008."""
    browser = Browser(session, sandbox.addresses)
    user = sandbox.addresses.users[LARS]
    login = await browser.call("POST", "/v1/auth/login", json={"email": user.email, "password": user.password})
    browser.token, refresh = login.body["access_token"], {"refresh_token": login.body["refresh_token"]}
    async with browser.feed() as feed:
        left = await browser.call("POST", "/v1/auth/logout", json=refresh)
        await feed.socket.wait_closed()
        refused = await browser.call("GET", "/v1/batches")
        refreshed = await browser.call("POST", "/v1/auth/refresh", json=refresh)

    assert left.status == 200
    assert feed.socket.close_code == 1008
    assert json.loads(feed.socket.close_reason or "{}")["message"] == "revoked"
    assert assert_house_error(refused, status=401, code="AUTHENTICATION_ERROR")["reason"] == "revoked"
    assert refreshed.status == 401
