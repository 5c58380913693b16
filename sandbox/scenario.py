"""A teacher's day: log in, prepare a class, hand in essays, have them assessed, and hear of it live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter

import aiohttp
from pydantic import JsonValue

from sandbox.audience import Audience, Heard, Outcome, Step
from sandbox.deployment import Connect, Deploy, come_back, live_through
from sandbox.errors import SceneError
from sandbox.feed_client import CONTROL, NOTIFIED_WITHIN_S, Entrance, Feed, Frame, of, open_feed
from sandbox.gateway_client import STATUS_PAUSE_S, GatewayClient, Reply, fetch_final_status, fetch_ids_after
from sandbox.scene import Scene, upload_form

ASSESSED_WITHIN_S = 60.0
MISSED = 2
PROMPT: JsonValue = {"references": {"student_prompt_text": {"storage_id": "prompt-something-that-changed-my-mind"}}}


class TeachersDay:
    """Plays the day before an audience.

    Args:
        scene: where and who.
        audience: learns of each step and each notification.
        deploy: restarts every replica of the feed, one after the other, and returns how many; None where the services
            aren't ours to restart.
    """

    def __init__(self, scene: Scene, audience: Audience, *, deploy: Deploy | None = None) -> None:
        self._scene = scene
        self._deploy = deploy
        self._heard: list[str] = []
        self._audience = audience
        self._began = perf_counter()

    async def play(self) -> None:
        """Play the day to its end.

        Raises:
            SceneError: when a step does not come out as it should; the audience has been told which.
        """
        self._began = perf_counter()
        async with AsyncExitStack() as open_things:
            session = await open_things.enter_async_context(aiohttp.ClientSession())
            teacher = GatewayClient(session, self._scene.gateway)
            refresh_token = await self._log_in(teacher)

            async def connect(entrance: Entrance) -> Feed:
                return await open_things.enter_async_context(
                    open_feed(session, self._scene.websocket, entrance, self._hear)
                )

            feed = await self._open_feed(connect, teacher.token or "")
            beginning = feed.cursor
            class_id, names = await self._create_class(teacher, feed)
            batch_id = await self._register_batch(teacher, class_id)
            await self._upload_essays(teacher, feed, batch_id)
            await self._match_pupils(teacher, feed, batch_id, names)
            await self._start_assessment(teacher, feed, batch_id)
            missed = await self._be_away(teacher, feed)
            feed = await self._come_back(connect, teacher, cursor=feed.cursor, missed=missed)
            await self._follow_to_the_end(teacher, feed, batch_id)
            if self._deploy is not None:
                feed = await self._live_through_deploy(self._deploy, connect, teacher, feed, class_id=class_id)
            await self._look_at_results(teacher, batch_id)
            await self._compare_with_log(teacher, beginning)
            await self._forget_the_token(session)
            await self._log_out(teacher, feed, refresh_token)

    async def _log_in(self, teacher: GatewayClient) -> str:
        scene = self._scene
        async with self._step(f"Log in as {scene.email}", "POST /v1/auth/login") as report:
            credentials: JsonValue = {"email": scene.email, "password": scene.password}
            reply = await teacher.call("POST", "/v1/auth/login", json=credentials, expect=200)
            teacher.token = reply.text("access_token")
            report.append("200, an access token")
        return reply.text("refresh_token")

    async def _open_feed(self, connect: Connect, token: str) -> Feed:
        async with self._step("Open the live feed", "GET /ws, subprotocol huleedu.v1") as report:
            feed = await connect(Entrance.by_token(token))
            await feed.wait_for_event("feed.ready", within_s=NOTIFIED_WITHIN_S)
            report.append("101, then feed.ready")
        return feed

    async def _create_class(self, teacher: GatewayClient, feed: Feed) -> tuple[str, dict[str, str]]:
        """Return the class's id, and the pupils' names by their ids."""
        course = self._scene.course
        async with self._step("Create a class", "POST /v1/classes") as report:
            body: JsonValue = {"name": f"8B {course}", "course_codes": [course]}
            class_id = (await teacher.call("POST", "/v1/classes", json=body, expect=201)).text("id")
            report.append(f"201, class {class_id[:8]}")
        pupils, names = self._scene.pupils, dict[str, str]()
        for first_name, last_name in pupils:
            async with self._step(f"Add {first_name} {last_name}", "POST /v1/classes/students") as report:
                reply = await self._add_pupil(teacher, class_id, first_name, last_name)
                names[reply.text("id")] = reply.text("full_name")
                report.append("201")
        async with self._step("Hear of class and pupils", "the feed") as report:
            await feed.wait_for_event("class_created", within_s=NOTIFIED_WITHIN_S, about=of("class_id", class_id))
            await feed.wait_for_event(
                "student_added_to_class",
                times=len(pupils),
                within_s=NOTIFIED_WITHIN_S,
                about=of("class_id", class_id),
            )
            report.append(f"{1 + len(pupils)} notifications")
        return class_id, names

    async def _register_batch(self, teacher: GatewayClient, class_id: str) -> str:
        async with self._step("Register a batch", "POST /v1/batches/register") as report:
            body: JsonValue = {
                "course_code": self._scene.course,
                "expected_essay_count": len(self._scene.essays),
                "class_id": class_id,
                "student_prompt_ref": {
                    "references": {"student_prompt_text": {"storage_id": "prompt-that-changed-my-mind"}}
                },
            }
            batch_id = (await teacher.call("POST", "/v1/batches/register", json=body, expect=202)).text("batch_id")
            report.append(f"202, batch {batch_id[:8]}")
        return batch_id

    async def _upload_essays(self, teacher: GatewayClient, feed: Feed, batch_id: str) -> None:
        essays = self._scene.essays
        size = sum(essay.stat().st_size for essay in essays)
        async with self._step(f"Upload {len(essays)} essays, {size / 1000:.1f} kB", "POST /v1/files/batch") as report:
            await teacher.call("POST", "/v1/files/batch", form=upload_form(batch_id, essays), expect=202)
            await feed.wait_for_event(
                "batch_files_uploaded", within_s=NOTIFIED_WITHIN_S, about=of("batch_id", batch_id)
            )
            report.append("202, and heard of it on the feed")

    async def _match_pupils(self, teacher: GatewayClient, feed: Feed, batch_id: str, names: dict[str, str]) -> None:
        """Be asked who wrote what, which the platform does by itself for a batch of a class, and confirm it."""
        about = of("batch_id", batch_id)
        path = f"/v1/batches/{batch_id}/student-associations"
        async with self._step("Be asked who wrote what", "the feed") as report:
            await feed.wait_for_event("student_matching_confirmation_required", within_s=NOTIFIED_WITHIN_S, about=about)
            report.append("the essays are in, so the platform matched them to pupils by itself")
        async with self._step("Read the suggestions", "GET /v1/batches/{id}/student-associations") as report:
            reply = await teacher.call("GET", path, expect=200)
            said = [
                (
                    reply.text("associations", place, "essay_id"),
                    reply.text("associations", place, "suggested_student_id"),
                )
                for place in range(reply.length("associations"))
            ]
            report.append(f"200, {', '.join(names.get(student, '?') for _, student in said)}")
        async with self._step("Confirm them", "POST /v1/batches/{id}/student-associations/confirm") as report:
            associations: list[JsonValue] = [
                {"essay_id": essay, "student_id": student, "confirmed": True} for essay, student in said
            ]
            await teacher.call("POST", f"{path}/confirm", json={"associations": associations}, expect=200)
            await feed.wait_for_event("student_associations_confirmed", within_s=NOTIFIED_WITHIN_S, about=about)
            report.append("200, and heard of it on the feed")

    async def _start_assessment(self, teacher: GatewayClient, feed: Feed, batch_id: str) -> None:
        async with self._step("Start the assessment", "POST /v1/batches/{id}/pipelines") as report:
            body: JsonValue = {"requested_pipeline": "cj_assessment"}
            await teacher.call("POST", f"/v1/batches/{batch_id}/pipelines", json=body, expect=202)
            report.append("202, accepted")
        async with self._step("Follow it live", "the feed") as report:
            about = of("batch_id", batch_id)
            await feed.wait_for_event("batch_processing_started", within_s=ASSESSED_WITHIN_S, about=about)
            report.append("it has begun")

    async def _be_away(self, teacher: GatewayClient, feed: Feed) -> list[str]:
        """Lose the network until a few notifications were missed; return their ids."""
        async with self._step("Lose the network", "the feed") as report:
            feed.lose_network()
            report.append(await feed.wait_closed(within_s=NOTIFIED_WITHIN_S))
        async with self._step("Ask what happens meanwhile", "GET /v1/notifications?after={cursor}") as report:
            missed = list[str]()
            begun = perf_counter()
            while len(missed) < MISSED:
                if perf_counter() - begun > ASSESSED_WITHIN_S:
                    message = f"next to nothing happened in {ASSESSED_WITHIN_S:g} s: {missed}"
                    raise SceneError(message)
                await asyncio.sleep(STATUS_PAUSE_S)
                missed = await fetch_ids_after(teacher, after=feed.cursor)
            report.append(f"200, {len(missed)} notifications")
        return missed

    async def _come_back(self, connect: Connect, teacher: GatewayClient, *, cursor: str, missed: list[str]) -> Feed:
        async with self._step("Ask for a ticket", "POST /v1/ws/tickets") as report:
            ticket = (await teacher.call("POST", "/v1/ws/tickets", expect=201)).text("ticket")
            report.append("201, good once and for 30 s")
        async with self._step("Come back where she was", "GET /ws?ticket={ticket}&cursor={cursor}") as report:
            feed = await connect(Entrance.by_ticket(ticket, cursor=cursor))
            await feed.wait_for_event("feed.ready", within_s=NOTIFIED_WITHIN_S, about=of("outcome", "resumed"))
            await feed.brought(len(missed), within_s=NOTIFIED_WITHIN_S)
            if feed.ids[: len(missed)] != missed:
                message = f"the feed brought {feed.ids} and not what was missed: {missed}"
                raise SceneError(message)
            report.append(f"she was away: {len(missed)} notifications missed, resumed, none lost")
        return feed

    async def _live_through_deploy(
        self, deploy: Deploy, connect: Connect, teacher: GatewayClient, feed: Feed, *, class_id: str
    ) -> Feed:
        """Stay connected while every replica is restarted and pupils join; return the connection in the end."""

        async def join(number: int) -> None:
            await self._add_pupil(teacher, class_id, "Ny", f"Elev {number}")

        async with self._step("A deploy restarts the feed", "SIGTERM, replica by replica") as report:
            before = len(self._heard)
            deployed = await live_through(
                deploy, feed, come_back=lambda cursor: come_back(connect, teacher, cursor=cursor), cause_event=join
            )
            feed, heard_after = deployed.feed, before + deployed.events
            await feed.brought(heard_after - len(self._heard) + len(feed.ids), within_s=ASSESSED_WITHIN_S)
            report.append(f"{deployed.replicas} replicas restarted, {deployed.reconnects} reconnects")
            report.append(f"{deployed.events} notifications meanwhile, none lost")
        return feed

    async def _add_pupil(self, teacher: GatewayClient, class_id: str, first_name: str, last_name: str) -> Reply:
        name: JsonValue = {"first_name": first_name, "last_name": last_name}
        body: JsonValue = {"person_name": name, "class_ids": [class_id]}
        return await teacher.call("POST", "/v1/classes/students", json=body, expect=201)

    async def _compare_with_log(self, teacher: GatewayClient, beginning: str) -> None:
        """Compare what the feed brought over all connections with what the platform keeps."""
        async with self._step("Compare the feed with the log", "GET /v1/notifications?after={first}") as report:
            kept, after = list[str](), beginning
            while page := await fetch_ids_after(teacher, after=after):
                kept += page
                after = page[-1]
            lost, twice = set(kept) - set(self._heard), len(self._heard) - len(set(self._heard))
            if lost or twice:
                message = f"of {len(kept)} notifications {len(lost)} were lost and {twice} came twice"
                raise SceneError(message)
            report.append(f"{len(kept)} notifications sent, {len(self._heard)} received, 0 lost, 0 twice")

    async def _follow_to_the_end(self, teacher: GatewayClient, feed: Feed, batch_id: str) -> None:
        async with self._step("Follow it to the end", "the feed") as report:
            await feed.wait_for_event("pipeline_completed", within_s=ASSESSED_WITHIN_S, about=of("batch_id", batch_id))
            report.append("spellcheck, language analysis, comparative judgement")
        async with self._step("Have seen it all", "POST /v1/notifications/seen") as report:
            await teacher.call("POST", "/v1/notifications/seen", json={"id": feed.cursor}, expect=200)
            await feed.wait_for_event("feed.seen", within_s=NOTIFIED_WITHIN_S, about=of("unread", 0))
            report.append("200, and every open window hears of it on the feed")

    async def _look_at_results(self, teacher: GatewayClient, batch_id: str) -> None:
        async with self._step("Poll until it is done", "GET /v1/batches/{id}/status") as report:
            report.append(f"200, {await fetch_final_status(teacher, batch_id, within_s=ASSESSED_WITHIN_S)}")
        async with self._step("Read the dashboard", "GET /bff/v1/teacher/dashboard") as report:
            reply = await teacher.call("GET", "/bff/v1/teacher/dashboard?limit=5", expect=200)
            report.append(f"200, {reply.text('batches', 0, 'title')}: {reply.text('batches', 0, 'status')}")

    async def _forget_the_token(self, session: aiohttp.ClientSession) -> None:
        async with self._step("Forget the token, on purpose", "GET /v1/batches") as report:
            stranger = GatewayClient(session, self._scene.gateway)
            reply = await stranger.call("GET", "/v1/batches", expect=401)
            report.append(f"401 {reply.text('error', 'code')}: {reply.text('error', 'message')}")
            reply.text("error", "correlation_id")

    async def _log_out(self, teacher: GatewayClient, feed: Feed, refresh_token: str) -> None:
        async with self._step("Log out", "POST /v1/auth/logout") as report:
            await teacher.call("POST", "/v1/auth/logout", json={"refresh_token": refresh_token}, expect=200)
            report.append("200, and neither token is good any more")
        async with self._step("See the feed closed", "the feed") as report:
            report.append(f"closed by the service: {await feed.wait_closed(within_s=NOTIFIED_WITHIN_S)}")
        async with self._step("Try the old token again", "GET /v1/batches") as report:
            reply = await teacher.call("GET", "/v1/batches", expect=401)
            report.append(f"401 {reply.text('error', 'code')}, {reply.text('error', 'details', 'reason')}")

    def _hear(self, frame: Frame) -> None:
        if frame.cursor is not None and not frame.event.startswith(CONTROL):
            self._heard.append(frame.cursor)
        self._audience.hears(Heard(frame.event, frame.data, perf_counter() - self._began, frame.cursor))

    @asynccontextmanager
    async def _step(self, title: str, request: str) -> AsyncIterator[list[str]]:
        step, said, begun = Step(title, request), list[str](), perf_counter()
        self._audience.step_begins(step)
        try:
            yield said
        except SceneError as failure:
            self._audience.step_fails(Outcome(step, str(failure), perf_counter() - begun))
            raise
        self._audience.step_succeeds(Outcome(step, ", ".join(said), perf_counter() - begun))
