"""What one connection of the corpus sends, and what has to become of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

LOGIN = b"Authorization: Bearer @TOKEN@"
"""Stands for the header that lets the caller in."""

PREFIX = "/v1/classes/@CASE@"
"""Where all targets of a case are; its number tells the cases apart that are sent at the same time."""

TARGET = f"{PREFIX}/attack"
SMUGGLED = f"GET {PREFIX}/smuggled HTTP/1.1\r\nHost: edge\r\n".encode() + LOGIN + b"\r\n\r\n"
"""A request to hide in another's body: it must never be answered, nor reach a service."""

BODY = b"hello"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One request as a service gets it, or as its answer tells it."""

    method: str
    target: str
    body: bytes = b""


NEXT = Forwarded("GET", f"{PREFIX}/follower")
"""The request that is sent behind the attack."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The final status of each answer in order, and the requests that services get in order; nothing else.

    After the last answer the connection has ended.
    """

    statuses: tuple[int, ...] = ()
    forwarded: tuple[Forwarded, ...] = ()


@dataclass(frozen=True, slots=True)
class Filling:
    """What takes the place of the words between ``@``: the caller's token, and the number of the case."""

    token: str
    number: int

    def fill(self, sent: bytes) -> bytes:
        """Return ``sent`` as it goes over the wire."""
        length = len(self._own(SMUGGLED))
        return self._own(sent.replace(b"@LENGTH@", b"%d" % length).replace(b"@SIZE@", b"%x" % length))

    def filled(self, forwarded: Forwarded) -> Forwarded:
        """Return ``forwarded`` as a service gets it."""
        target = forwarded.target.replace("@CASE@", str(self.number))
        return Forwarded(forwarded.method, target, self.fill(forwarded.body))

    def _own(self, sent: bytes) -> bytes:
        return sent.replace(b"@TOKEN@", self.token.encode()).replace(b"@CASE@", str(self.number).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One connection.

    Attributes:
        name: of the case.
        sent: what the client sends; NEXT is sent behind it.
        verdicts: what may become of it: one of these. There are several where HTTP leaves it to the reader.
        cut: whether a service may see the beginning of a request that then breaks off.
        alone: whether nothing is sent behind; the client shuts its side.
        heads: how many of the answers, from the first, are to HEAD and have no body.
    """

    name: str
    sent: bytes
    verdicts: tuple[Verdict, ...]
    cut: bool = False
    alone: bool = False
    heads: int = 0

    def bytes_for(self, filling: Filling) -> bytes:
        """Return everything that the client sends."""
        behind = b"" if self.alone else request(b"Connection: close", method=b"GET", target=NEXT.target.encode())
        return filling.fill(self.sent + behind)


def request(
    *lines: bytes,
    method: bytes = b"POST",
    target: bytes = TARGET.encode(),
    version: bytes = b"HTTP/1.1",
    body: bytes = b"",
) -> bytes:
    """Return a request of a logged-in caller, sound but for ``lines``."""
    return b"\r\n".join([method + b" " + target + b" " + version, b"Host: edge", LOGIN, *lines, b"", body])


def refused(name: str, sent: bytes, *statuses: int, cut: bool = False) -> Case:
    """Return a case that is answered by one of ``statuses`` (400 unless told), and whose connection ends there."""
    return Case(name=name, sent=sent, verdicts=tuple(Verdict((each,)) for each in statuses or (400,)), cut=cut)


def passed(name: str, sent: bytes, *forwarded: Forwarded) -> Case:
    """Return a case all of whose requests are served, the one behind them too."""
    every = (*forwarded, NEXT)
    return Case(name=name, sent=sent, verdicts=(Verdict((200,) * len(every), every),))


def passed_last(name: str, sent: bytes, *forwarded: Forwarded) -> Case:
    """Return a case after whose requests the connection ends, so that what comes behind isn't read."""
    return Case(name=name, sent=sent, verdicts=(Verdict((200,) * len(forwarded), forwarded),))


def answered(name: str, sent: bytes, status: int) -> Case:
    """Return a case that the gateway answers by itself; the request behind is served."""
    return Case(name=name, sent=sent, verdicts=(Verdict((status, 200), (NEXT,)),))


def unanswered(name: str, sent: bytes, *, alone: bool = True) -> Case:
    """Return a case that breaks off before a whole request was there."""
    return Case(name=name, sent=sent, verdicts=(Verdict(),), cut=True, alone=alone)


def or_refused(case: Case, *statuses: int) -> Case:
    """Return ``case`` where HTTP leaves the reader the choice to refuse, by one of ``statuses`` (400 unless told)."""
    choices = tuple(Verdict((each,)) for each in statuses or (400,))
    return replace(case, verdicts=(*case.verdicts, *choices), cut=True)


def or_ended(case: Case) -> Case:
    """Return ``case`` where the server may end the connection instead of serving what comes behind.

    It does so when it answers before it has read the body, which depends on when that arrives.
    """
    (verdict,) = case.verdicts
    ended = Verdict(verdict.statuses[:-1], verdict.forwarded[:-1])
    return replace(case, verdicts=(verdict, ended))


def post(body: bytes = BODY) -> Forwarded:
    """Return what a service gets of a sound attack."""
    return Forwarded("POST", TARGET, body)


def by_name(cases: Iterable[Case]) -> dict[str, Case]:
    """Return ``cases`` by their names, each of which is there once."""
    named: dict[str, Case] = {}
    for case in cases:
        assert case.name not in named, case.name
        named[case.name] = case
    return named
