"""What one client is owed: in order, without a hole, without a duplicate."""

from collections import deque

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common.notification_log import Cursor
from websocket_service.live.delivery import Delivery, Offer, Outbox
from websocket_service.protocol.server_frames import Frame


def logged(seq: int, epoch: str = "e1") -> Frame:
    """Return the frame of the ``seq``-th entry."""
    text = f"{epoch}:{seq}"
    return Frame(text, len(text), Cursor(epoch, 1, seq))


def seen(seq: int, epoch: str = "e1") -> Frame:
    """Return the frame that tells that all up to the ``seq``-th entry was seen."""
    text = f"seen {epoch}:{seq}"
    return Frame(text, len(text), seen=Cursor(epoch, 1, seq))


DIRECT = Frame("direct", 6)


def delivery(*, frames: int = 8) -> Delivery:
    """Return the delivery of a client that has everything up to entry 0 and is still behind."""
    new = Delivery(Outbox(max_bytes=10_000, max_frames=frames), Outbox(max_bytes=10_000, max_frames=frames))
    new.advance(Cursor("e1", 1, 0))
    return new


def live_delivery(*, frames: int = 8) -> Delivery:
    """Return the delivery of a client that has everything up to entry 0 and is live."""
    new = delivery(frames=frames)
    new.begin_read()
    new.finish_read()
    return new


def drain(of: Delivery) -> list[str]:
    """Take everything out of the outbox, as the writer does."""
    texts = []
    while (frame := of.outbox.peek()) is not None:
        texts.append(frame.text)
        of.outbox.pop()
    return texts


def test_live_frames_pass() -> None:
    """A live client gets logged and direct frames in the order they came."""
    client = live_delivery()

    assert [client.offer(frame) for frame in (logged(1), DIRECT, logged(2))] == [Offer.TAKEN] * 3
    assert drain(client) == ["e1:1", "direct", "e1:2"]


def test_a_copy_is_dropped() -> None:
    """A frame the client has been given, or one from before it, is dropped."""
    client = live_delivery()
    client.offer(logged(1))
    client.offer(logged(2))

    assert client.offer(logged(2)) is Offer.DUPLICATE
    assert client.offer(logged(1)) is Offer.DUPLICATE
    assert drain(client) == ["e1:1", "e1:2"]


def test_a_frame_whose_predecessor_never_came() -> None:
    """It isn't given to the client, who catches up from the stream instead: nothing is passed over."""
    client = live_delivery()
    client.offer(logged(1))

    assert client.offer(logged(3)) is Offer.LAPSED
    assert not client.live
    assert drain(client) == ["e1:1"]


def test_the_seen_mark_never_moves_back() -> None:
    """A mark that was held while the client was told of a later one is dropped; another history's is told."""
    client = delivery()
    client.begin_read()
    held = [client.offer(frame) for frame in (seen(1), seen(2), seen(3))]
    told_while_read_up = client.learn_seen(Cursor("e1", 1, 2))
    client.finish_read()

    assert held == [Offer.HELD] * 3
    assert told_while_read_up
    assert not client.learn_seen(Cursor("e1", 1, 3))
    assert client.offer(seen(2)) is Offer.DUPLICATE
    assert client.offer(seen(0, epoch="e2")) is Offer.TAKEN
    assert drain(client) == ["seen e1:3", "seen e2:0"]


def test_held_until_read_up() -> None:
    """Frames that arrive during a read follow it; those that were in what was read don't come twice."""
    client = delivery()
    client.begin_read()
    held = [client.offer(logged(2)), client.offer(DIRECT), client.offer(logged(3))]
    client.advance(Cursor("e1", 1, 2))

    assert held == [Offer.HELD] * 3
    assert client.finish_read() is Offer.TAKEN
    assert client.live
    assert drain(client) == ["direct", "e1:3"]


def test_more_held_than_fits() -> None:
    """When the held frames pass their bound another read is asked for; direct frames are kept while they fit."""
    client = delivery(frames=2)
    client.begin_read()
    offers = [client.offer(frame) for frame in (DIRECT, logged(1), logged(2))]

    assert offers == [Offer.HELD] * 3
    assert client.finish_read() is Offer.LAPSED
    assert not client.live

    client.begin_read()
    client.advance(Cursor("e1", 1, 2))
    assert client.finish_read() is Offer.TAKEN
    assert drain(client) == ["direct"]


def test_direct_frames_without_room() -> None:
    """A direct frame that finds no room while the client is behind is dropped, and that is told."""
    client = delivery(frames=2)

    assert [client.offer(DIRECT) for _ in range(3)] == [Offer.HELD, Offer.HELD, Offer.DROPPED]


def test_lost_subscription_while_reading() -> None:
    """A read that was under way when the subscription was lost doesn't end in going live."""
    client = delivery()
    client.begin_read()
    client.fall_behind()

    assert client.finish_read() is Offer.LAPSED
    assert not client.live


def test_history_began_anew() -> None:
    """A message of another epoch sends a live client to the stream instead of being compared with its cursor."""
    client = live_delivery()

    assert client.offer(logged(1, epoch="e2")) is Offer.LAPSED
    assert not client.live
    assert drain(client) == []


def test_too_slow() -> None:
    """A live client whose outbox is full overflows; what had been taken stays as it was."""
    client = live_delivery(frames=2)

    assert [client.offer(logged(seq)) for seq in (1, 2, 3)] == [Offer.TAKEN, Offer.TAKEN, Offer.OVERFLOW]
    assert drain(client) == ["e1:1", "e1:2"]


class Interleavings(RuleBasedStateMachine):
    """One user's stream, its pub/sub channel and one client, with everything happening in any order.

    The read is split where other things can happen in the real one: its request, its answer, and its end.
    """

    PAGE = 2

    def __init__(self) -> None:
        super().__init__()
        self.client = delivery(frames=4)
        self.stream: list[Frame] = []
        self.channel: deque[Frame] = deque()
        self.subscribed = True
        self.lost = False
        self.received: list[str] = []
        self.page: list[Frame] | None = None
        self.more = False
        self.reading = False

    @rule()
    def append(self) -> None:
        """A service appends and publishes; a lost subscription hears nothing."""
        frame = logged(len(self.stream) + 1)
        self.stream.append(frame)
        if self.subscribed:
            self.channel.append(frame)

    @precondition(lambda self: self.channel)
    @rule()
    def hear(self) -> None:
        """The relay hands over the channel's next message; a client that overflows comes back by its cursor."""
        if self.client.offer(self.channel.popleft()) is Offer.OVERFLOW:
            self.come_back()

    @precondition(lambda self: self.channel)
    @rule()
    def hear_twice(self) -> None:
        """A message is published twice."""
        self.channel.appendleft(self.channel[0])
        self.hear()

    @rule()
    def lose_subscription(self) -> None:
        """The pub/sub connection breaks with whatever was under way on it."""
        self.subscribed = False
        self.channel.clear()

    @precondition(lambda self: self.channel)
    @rule()
    def lose_a_message(self) -> None:
        """A message is lost on the way, as on the bus of a cluster; later ones come, and in the end it is noticed."""
        self.channel.popleft()
        self.lost = True

    @precondition(lambda self: not self.subscribed)
    @rule()
    def subscribe_again(self) -> None:
        """The relay has the server's confirmation again."""
        self.subscribed = True
        self.client.fall_behind()

    @precondition(lambda self: not self.client.live and not self.reading and not self.client.outbox)
    @rule()
    def ask(self) -> None:
        """The writer, with nothing else to write, asks for a page of the stream."""
        self.client.begin_read()
        self.reading = True

    @precondition(lambda self: self.reading and self.page is None)
    @rule()
    def answer(self) -> None:
        """The stream answers with what it has at that moment."""
        cursor = self.client.cursor
        assert cursor is not None
        self.page = self.stream[cursor.seq : cursor.seq + self.PAGE]
        self.more = len(self.stream) > cursor.seq + self.PAGE

    @precondition(lambda self: self.page)
    @rule()
    def write_page(self) -> None:
        """The writer writes one frame of the page."""
        assert self.page
        frame = self.page.pop(0)
        assert frame.cursor is not None
        self.received.append(frame.text)
        self.client.advance(frame.cursor)

    @precondition(lambda self: self.page == [])
    @rule()
    def finish(self) -> None:
        """The writer is through with the page; the stream's last one ends the reading."""
        self.page = None
        self.reading = False
        if not self.more and self.client.finish_read() is Offer.OVERFLOW:
            self.come_back()

    @rule()
    def write(self) -> None:
        """The writer writes the outbox's oldest frame."""
        frame = self.client.outbox.peek()
        if frame is not None:
            self.received.append(frame.text)
            self.client.outbox.pop()

    @rule()
    def come_back(self) -> None:
        """The client reconnects with the cursor of the last frame it received."""
        self.client = delivery(frames=4)
        self.client.advance(Cursor("e1", 1, len(self.received)))
        self.page = None
        self.reading = False

    @invariant()
    def exactly_once_in_order(self) -> None:
        """What the client has received is the beginning of the stream."""
        assert self.received == [frame.text for frame in self.stream[: len(self.received)]]

    def teardown(self) -> None:
        """When the dust settles, the client has received everything."""
        if not self.subscribed:
            self.subscribe_again()
        while self.channel:
            self.hear()
        if self.lost:
            self.client.fall_behind()
        self.settle()
        assert self.received == [frame.text for frame in self.stream]
        assert self.client.live

    def settle(self) -> None:
        """Let the writer work until the client is live with nothing waiting."""
        while self.client.outbox or not self.client.live or self.reading:
            for step, possible in (
                (self.write, bool(self.client.outbox)),
                (self.ask, not (self.client.live or self.reading or self.client.outbox)),
                (self.answer, self.reading and self.page is None),
                (self.write_page, bool(self.page)),
                (self.finish, self.page == []),
            ):
                if possible:
                    step()
                    break


Interleavings.TestCase.settings = settings(max_examples=300, stateful_step_count=60, deadline=None)
TestInterleavings = Interleavings.TestCase
