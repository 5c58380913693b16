"""The dials make a service slow or failing, for as many requests as asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import aiohttp
import pytest
from hypercorn.asyncio import serve

from sandbox.faults import set_dials
from sandbox.ports import free_port
from sandbox.upstreams.application import service_app
from sandbox.upstreams.dials import TRICKLE_PAUSE_S, Dials, DialSetting, Failure
from sandbox.upstreams.listener import Listener, ListenerConfig

PATH = "/v1/lessons"


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Have a simulated service with one route on a real port; yields its URL."""
    with Listener(free_port()) as listener:
        app = service_app("lesson_service", listener)

        @app.post(PATH)
        async def teach() -> dict[str, str]:
            return {"lesson": "taught"}

        host, port = listener.getsockname()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(app, ListenerConfig(listener), shutdown_trigger=stop.wait))
            try:
                yield f"http://{host}:{port}"
            finally:
                stop.set()


def test_a_setting_for_the_next_n_requests_counts_down() -> None:
    """After n requests the service is healthy by itself."""
    dials = Dials()
    dials.setting = DialSetting(failure=Failure.HANG, for_next=2)

    taken = [dials.take().failure for _ in range(3)]

    assert taken == [Failure.HANG, Failure.HANG, Failure.NONE]


def test_a_setting_without_a_number_stays() -> None:
    """Until it is changed."""
    dials = Dials()
    dials.setting = DialSetting(latency_ms=5)

    assert [dials.take().latency_ms for _ in range(3)] == [5, 5, 5]


async def test_failures_that_answer() -> None:
    """500 as the platform's services answer it, 502 as a proxy's page, JSON that is none; then all is well again."""
    async with serving() as url, aiohttp.ClientSession() as client:
        answers = []
        for failure in ("500", "502", "garbage"):
            async with set_dials(url, failure=failure, for_next=1), client.post(url + PATH) as answer:
                answers.append((answer.status, answer.content_type, await answer.read()))
        async with client.post(url + PATH) as healthy:
            assert await healthy.json() == {"lesson": "taught"}

    internal, gateway, garbage = answers
    assert internal == (500, "application/json", b'{"error":"Internal server error"}')
    assert gateway[:2] == (502, "text/html")
    assert garbage == (200, "application/json", b'{"batches": [<<<')


async def test_a_reset_breaks_the_connection_without_an_answer() -> None:
    """The client sees it end; others are served."""
    async with serving() as url, aiohttp.ClientSession() as client:
        async with set_dials(url, failure="reset"):
            with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
                await client.post(url + PATH)

        async with client.post(url + PATH) as answer:
            assert answer.status == 200


async def test_a_hanging_service_answers_nothing() -> None:
    """Until the client gives up."""
    impatient = aiohttp.ClientTimeout(total=0.2)
    async with serving() as url, aiohttp.ClientSession() as client, set_dials(url, failure="hang"):
        with pytest.raises(TimeoutError):
            await client.post(url + PATH, timeout=impatient)


async def test_latency_comes_before_the_answer() -> None:
    """The service is slow but well."""
    async with serving() as url, aiohttp.ClientSession() as client, set_dials(url, latency_ms=150):
        begun = perf_counter()
        async with client.post(url + PATH) as answer:
            assert answer.status == 200

    assert perf_counter() - begun >= 0.15


async def test_a_trickle_is_the_true_answer_byte_by_byte() -> None:
    """Each byte comes by itself, after a while."""
    async with (
        serving() as url,
        aiohttp.ClientSession() as client,
        set_dials(url, failure="trickle"),
        client.post(url + PATH) as answer,
    ):
        begun = perf_counter()
        first = await answer.content.readexactly(2)
        took_s = perf_counter() - begun

    assert first == b'{"'
    assert took_s > TRICKLE_PAUSE_S / 2


async def test_the_service_tells_what_it_was_asked() -> None:
    """A test can look at the headers that reached it."""
    async with serving() as url, aiohttp.ClientSession() as client:
        await client.post(url + PATH + "?a=%20b", headers={"X-User-ID": "u1"})

        async with client.get(url + "/_sandbox/requests") as answer:
            told = (await answer.json())["requests"]

    assert [(one["method"], one["path"], one["query"]) for one in told] == [("POST", PATH, "a=%20b")]
    assert ["x-user-id", "u1"] in told[0]["headers"]
