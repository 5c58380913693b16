"""A bounded memory forgets first what was longest unused."""

from common.lru import LruMemory


def test_the_longest_unused_is_forgotten_first() -> None:
    """Reading and writing are uses, and memory never holds more than it may."""
    memory = LruMemory[str, int](most=3)
    for place, key in enumerate("abc"):
        memory.put(key, place)
    memory.get("a")
    memory.put("b", 7)

    memory.put("d", 3)

    assert len(memory) == 3
    assert {key: memory.get(key) for key in "abcd"} == {"a": 0, "b": 7, "c": None, "d": 3}


def test_a_falsy_value_is_held_like_any_other() -> None:
    """Nought is a value: it is found, and finding it is a use."""
    memory = LruMemory[str, int](most=2)
    memory.put("nought", 0)
    memory.put("one", 1)
    memory.get("nought")

    memory.put("two", 2)

    assert (memory.get("nought"), memory.get("one")) == (0, None)
