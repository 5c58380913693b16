"""The floor of the command route: Quart + aiokafka, a JSON body in, an acknowledged record out, and nothing else.

Configured by ``KAFKA_BOOTSTRAP_SERVERS``. With ``UPSTREAM_URL`` it asks the upstream first, as the command route must.
"""

import os
from uuid import uuid4

import aiohttp
import orjson
from aiokafka import AIOKafkaProducer
from quart import Quart, Response, request

TOPIC = "huleedu.commands.batch.pipeline.v1"


def create_app() -> Quart:
    """Return the application with the one route."""
    app = Quart(__name__, static_folder=None)
    producers: list[AIOKafkaProducer] = []
    sessions: list[aiohttp.ClientSession] = []
    upstream = os.environ.get("UPSTREAM_URL")

    @app.before_serving
    async def start() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], acks="all")
        await producer.start()
        producers.append(producer)
        sessions.append(aiohttp.ClientSession())

    @app.after_serving
    async def stop() -> None:
        await producers.pop().stop()
        await sessions.pop().close()

    @app.post("/v1/batches/<batch_id>/pipelines")
    async def command(batch_id: str) -> Response:
        body = orjson.loads(await request.get_data())
        if upstream:
            async with sessions[0].post(f"{upstream}/internal/v1/batches/{batch_id}/preflight") as answer:
                orjson.loads(await answer.read())
        value = orjson.dumps({"event_id": str(uuid4()), "data": {"batch_id": batch_id, **body}})
        await producers[0].send_and_wait(TOPIC, value, key=batch_id.encode())
        return Response(b'{"status":"accepted"}', status=202, content_type="application/json")

    return app
