"""A bounded memory that forgets first what was longest unused."""

from collections import OrderedDict
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class LruMemory(Generic[KeyT, ValueT]):
    """Holds the ``most`` entries that were read or written last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[KeyT, ValueT] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: KeyT) -> ValueT | None:
        """Return what is held under ``key``, which counts as a use; None when it holds nothing."""
        if (found := self._entries.get(key)) is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: KeyT, value: ValueT) -> None:
        """Hold ``value`` under ``key``, in place of what was there."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
