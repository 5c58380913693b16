"""README.md is true: what it shows runs, against a running sandbox, as it stands."""

import asyncio
import re
import shutil

import pytest

from sandbox.stack import Stack
from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(sh|js)\n(.*?)^```$", PAGE.partition("\n## Call it\n")[2], re.MULTILINE | re.DOTALL))
GATEWAY, FEED, SOCKET = "http://127.0.0.1:4001", "http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws"
"""Where `make run` puts them."""

NODE = ("node", "--experimental-websocket", "--input-type=module", "-e")
CLOSE_SOON = '\nfeed.addEventListener("message", () => feed.close());\n'


def _here(block: str, sandbox: Stack) -> str:
    """Return ``block`` with the addresses of ``make run`` replaced by those of ``sandbox``."""
    gateway, socket = sandbox.addresses.gateway, sandbox.addresses.websocket
    feed = socket.replace("ws://", "http://").removesuffix("/ws")
    return block.replace(SOCKET, socket).replace(GATEWAY, gateway).replace(FEED, feed).replace("--max-time 60", "-m 6")


async def _printed(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return told.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_its_lines_call_the_edge(sandbox: Stack) -> None:
    """A batch and a class are made, the batches listed, a stranger refused with a challenge, and the feed begins."""
    told = await _printed("sh", "-c", _here(BLOCKS["sh"], sandbox))

    assert '"status":"registered"' in told
    assert '"pagination":{"limit":5,' in told
    assert '"name":"8B"' in told
    assert 'www-authenticate: Bearer realm="huleedu"' in told
    assert '"event":"feed.ready"' in told


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_its_page_opens_the_feed(sandbox: Stack) -> None:
    """Log in, ticket, socket: the first frame is the welcome that only clients of `huleedu.v1` get."""
    told = await _printed(*NODE, _here(BLOCKS["js"], sandbox) + CLOSE_SOON)

    assert '{"event":"feed.ready"' in told
