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
    # An id beyond ASCII, as the platform allows: it travels percent-encoded in headers. Class management doesn't decode
    # it, here as on the platform, so that what it tells of this teacher's classes goes to the encoded id: to no one.
    DemoUser(email="asa@skola.example", password="penna-och-papper", user_id="lärare-åsa", org_id=None),
    # Logs out in tests: tokens of one person that expire in the same second are one token, which is revoked with all.
    DemoUser(email="lars@skola.example", password="lov-i-host-igen", user_id="teacher-lars", org_id="bjorkskolan"),
)
CROWD_PASSWORD = "alla-barnen-i-parken"


def crowd(size: int) -> tuple[DemoUser, ...]:
    """Return ``size`` further users, for load: teachers of ten schools."""
    return tuple(
        DemoUser(
            email=f"teacher-{number}@crowd.example",
            password=CROWD_PASSWORD,
            user_id=f"crowd-{number}",
            org_id=f"school-{number % 10}",
        )
        for number in range(size)
    )
