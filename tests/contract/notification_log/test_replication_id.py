"""What every notification log promises about the server behind it."""

from uuid import uuid4

from tests.support.notification_logs import LogWorld, new_user
from tests.support.writing import MESSAGE


async def test_the_replication_id_stays_while_the_server_does(world: LogWorld) -> None:
    """Appends, repeated ones too, and the plain question have one answer as long as nothing happens to the server."""
    user, event_id = new_user(), uuid4()

    told = [
        (await world.log.append(user, event_id=event_id, message=MESSAGE)).replication_id,
        (await world.log.append(user, event_id=event_id, message=MESSAGE)).replication_id,
        await world.log.replication_id(user),
    ]

    assert len(set(told)) == 1
    assert told[0]
