"""How many examples a fuzz test makes: a few hundred in the suite, as many as one likes by ``make fuzz``."""

import os
from collections.abc import Sequence
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

_ASKED: Final = os.environ.get("FUZZ_EXAMPLES")
IN_THE_SUITE: Final = 200

fuzzed: Final = settings(
    max_examples=IN_THE_SUITE if _ASKED is None else int(_ASKED),
    derandomize=_ASKED is None,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""In the suite the same examples each time; with ``FUZZ_EXAMPLES`` that many new ones for each test."""


def mixed_text(*fragments: str, most: int = 12) -> st.SearchStrategy[str]:
    """Return texts that are made of ``fragments`` and anything between them."""
    return st.lists(st.sampled_from(fragments) | st.text(max_size=6), max_size=most).map("".join)


def mixed_bytes(fragments: Sequence[bytes], *, most: int = 12) -> st.SearchStrategy[bytes]:
    """Return bytes that are made of ``fragments`` and anything between them."""
    return st.lists(st.sampled_from(fragments) | st.binary(max_size=6), max_size=most).map(b"".join)
