"""Where everything of a running sandbox is, as ``python -m sandbox up --json`` prints it."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from sandbox.people import DEMO_USERS


@dataclass(frozen=True, slots=True)
class Person:
    """A demo user who can log in."""

    email: str
    password: str
    user_id: str


def demo_people() -> tuple[Person, ...]:
    """Return the demo users."""
    return tuple(Person(user.email, user.password, user.user_id) for user in DEMO_USERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a running sandbox's parts are; ``logs`` is the folder of their log files, ``page`` the dashboard."""

    gateway: str
    websocket: str
    redis: str
    kafka: str
    upstreams: dict[str, str]
    users: tuple[Person, ...]
    logs: str
    page: str | None = None

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read the line that ``up --json`` prints."""
        told = json.loads(line)
        return cls(**{**told, "users": tuple(Person(**person) for person in told["users"])})

    def to_line(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)
