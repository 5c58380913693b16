"""A teacher's day through the real gateway, Kafka, Redis, WebSocket service: every hop but the teacher is real."""

import json
from urllib.parse import quote, urlencode
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaConsumer
from websockets.asyncio.client import connect

from common.contracts.envelope import EventEnvelope
from common.contracts.pipeline_command import PipelineCommand
from common.contracts.topics import PIPELINE_COMMAND_TOPIC
from sandbox.scenario import ESSAYS, PUPILS
from sandbox.stack import Stack
from tests.e2e.browser import Browser, assert_house_error
from tests.support.eventually import eventually
from tests.support.prompts import PROMPT
from tests.support.transports import break_off

ENGLISH = sorted((ESSAYS / "ENG5").iterdir())


async def test_the_whole_day(maria: Browser) -> None:
    """From an empty class to ranked essays; every notification comes live, once, in the order things happened."""
    async with maria.feed() as feed:
        school_class = await maria.call("POST", "/v1/classes", json={"name": "8B", "course_code": "ENG5"})
        class_id = school_class.body["class_id"]
        for first_name, last_name in PUPILS["ENG5"]:
            body = {"first_name": first_name, "last_name": last_name}
            await maria.call("POST", f"/v1/classes/{class_id}/students", json=body)
            await feed.until("student_added_to_class", class_id=class_id)
        batch_id = await maria.new_batch(essays=len(ENGLISH), class_id=class_id)
        uploaded = await maria.upload(batch_id, ENGLISH)
        await feed.until("batch_files_uploaded", batch_id=batch_id)

        matching = await maria.start(batch_id, "student_matching")
        asked = await feed.until("student_matching_confirmation_required", batch_id=batch_id)
        suggested = await maria.call("GET", f"/v1/batches/{batch_id}/student-associations")
        confirmed = await maria.call("POST", f"/v1/batches/{batch_id}/student-associations/confirm", json={})
        await feed.until("student_associations_confirmed", batch_id=batch_id)
        assessment = await maria.start(batch_id, "cj_assessment")
        await feed.until("pipeline_completed", batch_id=batch_id)
        await eventually(lambda: finished(maria, batch_id))
        details = (await maria.call("GET", f"/v1/batches/{batch_id}/status")).body["details"]

    assert (school_class.status, uploaded.status, confirmed.status) == (201, 201, 200)
    assert (matching.status, assessment.status) == (202, 202)
    assert (asked["action_required"], asked["priority"], asked["matched_count"]) == (True, "critical", 3)
    assert [one["student_name"] for one in suggested.body["associations"]] == [" ".join(p) for p in PUPILS["ENG5"]]
    assert sorted(essay["cj_rank"] for essay in details["essays"]) == [1, 2, 3]
    assert "user_id" not in details
    assert [event for event in feed.events if event != "student_added_to_class"] == [
        "class_created",
        "batch_files_uploaded",
        "batch_processing_started",
        "student_matching_confirmation_required",
        "student_associations_confirmed",
        "batch_processing_started",
        "batch_spellcheck_completed",
        "batch_nlp_completed",
        "batch_cj_assessment_completed",
        "batch_results_ready",
        "batch_assessment_completed",
        "pipeline_completed",
    ]
    assert len(set(feed.ids)) == len(feed.ids) == len(feed.events)


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
        made = await maria.call("POST", "/v1/classes", json={"name": "8C", "course_code": "SV1"})
        own = await erik.call("POST", "/v1/classes", json={"name": "9A", "course_code": "SV1"})
        await first.until("class_created", class_id=made.body["class_id"])
        await second.until("class_created", class_id=made.body["class_id"])
        await other.until("class_created", class_id=own.body["class_id"])

    assert (first.events, second.events, other.events) == (["class_created"], ["class_created"], ["class_created"])


async def test_todays_dashboard_is_still_served(maria: Browser, sandbox: Stack) -> None:
    """Token in the query, a ping as text: a pong, and notifications as they were, no control frames."""
    async with connect(f"{sandbox.addresses.websocket}/?token={quote(maria.token or '')}") as socket:
        await socket.send('{"type":"ping"}')
        pong = json.loads(await socket.recv())
        await maria.call("POST", "/v1/classes", json={"name": "8D", "course_code": "SV1"})
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
        answer = await maria.start(batch_id, "spellcheck", headers={"X-Correlation-ID": correlation_id})
        completed = await feed.until("pipeline_completed", batch_id=batch_id)

    assert answer.headers["X-Correlation-ID"] == answer.body["correlation_id"] == correlation_id
    assert completed["correlation_id"] == correlation_id
    preflight = await last_request_of(sandbox, "bos", f"/internal/v1/batches/{batch_id}/pipelines/spellcheck/preflight")
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


async def test_a_user_id_beyond_ascii_travels_everywhere(asa: Browser) -> None:
    """Åsa can register, list, and hears of her class, though her id does not fit into a header."""
    async with asa.feed() as feed:
        batch_id = await asa.new_batch()
        made = await asa.call("POST", "/v1/classes", json={"name": "7A", "course_code": "SV1"})
        await feed.until("class_created", class_id=made.body["class_id"])
        listed = await asa.call("GET", "/v1/batches?status=pending_content")

    assert batch_id in [batch["batch_id"] for batch in listed.body["batches"]]


async def test_logging_out_ends_the_token_and_the_feed(sandbox: Stack, session: aiohttp.ClientSession) -> None:
    """The old token is refused as revoked, and the open socket is closed with 1008 and a reason."""
    browser = await Browser(session, sandbox.addresses).logged_in(1)
    async with browser.feed() as feed:
        await browser.call("POST", "/v1/auth/logout", json={})
        await feed.socket.wait_closed()
        refused = await browser.call("GET", "/v1/batches")

    assert feed.socket.close_code == 1008
    assert json.loads(feed.socket.close_reason or "{}")["message"] == "revoked"
    assert assert_house_error(refused, status=401, code="AUTHENTICATION_ERROR")["reason"] == "revoked"
