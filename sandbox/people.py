"""The sandbox's demo users. Their passwords are public on purpose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """A person who can log in to the sandbox."""

    email: str
    password: str
    user_id: str
    org_id: str | None
    roles: tuple[str, ...] = ("teacher",)


DEMO_USERS = (
    DemoUser(email="maria@skola.example", password="krita-och-tavla", user_id="teacher-maria", org_id="bjorkskolan"),
    DemoUser(email="erik@skola.example", password="rast-klockan-tio", user_id="teacher-erik", org_id="bjorkskolan"),
    # An id beyond ASCII, as the platform allows: it travels percent-encoded in headers.
    DemoUser(email="asa@skola.example", password="penna-och-papper", user_id="lärare-åsa", org_id=None),
    # Logs out in tests: tokens of one person that expire in the same second are one token, which is revoked with all.
    DemoUser(email="lars@skola.example", password="lov-i-host-igen", user_id="teacher-lars", org_id="bjorkskolan"),
)
