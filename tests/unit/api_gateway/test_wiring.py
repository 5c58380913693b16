"""What the gateway is put together from."""

from collections.abc import Coroutine

from dishka import AsyncContainer
from dishka.entities.factory_type import FactoryType

from api_gateway.wiring import make_container
from tests.support.gateway import gateway_settings

ASYNC = {FactoryType.ASYNC_FACTORY, FactoryType.ASYNC_GENERATOR}


def made_asynchronously(container: AsyncContainer) -> list[type]:
    """Return what the app's container makes by coroutines."""
    factories = container.registry.factories.values()
    return [factory.provides.type_hint for factory in factories if factory.type in ASYNC]


async def test_no_part_waits_before_it_is_made() -> None:
    """The container has no lock: two requests at once can't make a part twice, since making it is one step."""
    container = make_container(gateway_settings())
    parts = made_asynchronously(container)
    waited = [part for part in parts if not is_one_step(container, part)]

    assert len(parts) >= len(["http", "limits", "idempotency", "redis"])
    assert waited == []
    await container.close()


def is_one_step(container: AsyncContainer, part: type) -> bool:
    """Tell whether ``container`` makes ``part`` without waiting for anything."""
    making: Coroutine[None, None, object] = container.get(part)
    try:
        making.send(None)
    except StopIteration:
        return True
    making.close()
    return False
