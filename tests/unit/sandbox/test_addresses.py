"""The line that ``up --json`` prints can be read back."""

import json

from sandbox.addresses import Addresses, demo_people

ADDRESSES = Addresses(
    gateway="http://127.0.0.1:1",
    websocket="ws://127.0.0.1:2/ws",
    redis="redis://127.0.0.1:3/0",
    kafka="127.0.0.1:4",
    upstreams={"identity": "http://127.0.0.1:5"},
    users=demo_people(),
    logs="/var/log/sandbox",
    page="http://127.0.0.1:6",
)


def test_the_line_is_one_line_of_json_with_the_agreed_names() -> None:
    """Other programs read it."""
    line = ADDRESSES.to_line()

    told = json.loads(line)
    assert "\n" not in line
    assert list(told) == ["gateway", "websocket", "redis", "kafka", "upstreams", "users", "logs", "page"]
    assert set(told["users"][0]) == {"email", "password", "user_id"}


def test_the_line_reads_back_as_it_was() -> None:
    """Nothing is lost on the way."""
    assert Addresses.from_line(ADDRESSES.to_line()) == ADDRESSES
