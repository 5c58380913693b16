"""Two gateways beside each other: what one of them was told, the other acts upon at once."""

from pathlib import Path

import aiohttp

from sandbox.stack import Stack
from tests.e2e.browser import Browser, assert_house_error
from tests.support.further_gateway import further_gateway


async def test_whose_a_new_batch_is_every_gateway_knows_at_once(
    sandbox: Stack, session: aiohttp.ClientSession, maria: Browser, tmp_path: Path
) -> None:
    """Registered at one and started at the other, while the aggregator may not have heard of it; nobody else may."""
    async with further_gateway(sandbox, tmp_path) as other:
        maria_there = await Browser(session, other.addresses).logged_in(0)
        erik_there = await Browser(session, other.addresses).logged_in(1)
        batch_id = await maria.new_batch(prompt=True, shown=False)

        started = await maria_there.start(batch_id, "nlp")
        refused = [
            await erik_there.start(batch_id, "nlp"),
            await erik_there.call("GET", f"/v1/batches/{batch_id}/student-associations"),
            await erik_there.call("POST", f"/v1/batches/{batch_id}/student-associations/confirm", json={}),
            await erik_there.call("GET", f"/v1/batches/{batch_id}/status"),
        ]

    assert started.status == 202, started.body
    for answer in refused:
        assert_house_error(answer, status=403, code="AUTHORIZATION_ERROR")
