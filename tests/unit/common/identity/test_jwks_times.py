"""When keys are fetched again."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from common.identity.jwks import JwksTimes
from common.identity.jwks_http import max_age_s


@pytest.mark.parametrize(
    ("said_s", "expected_s"),
    [
        pytest.param(None, 240.0, id="unsaid"),
        pytest.param(1000.0, 800.0, id="said"),
        pytest.param(0.0, 48.0, id="not to be kept"),
        pytest.param(10.0**9, 69_120.0, id="for ever"),
    ],
)
def test_what_the_source_says_counts_within_bounds(said_s: float | None, expected_s: float) -> None:
    """Neither a minute's flood nor a key kept for years."""
    assert JwksTimes().pause_after_success_s(said_s) == pytest.approx(expected_s)


def test_delays_double_after_failures() -> None:
    """Up to half a minute, however long it lasts."""
    pauses = [JwksTimes().backoff.delay_s(failures) for failures in (1, 2, 3, 6, 10_000)]

    assert pauses == [1, 2, 4, 30, 30]


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"Cache-Control": "public, max-age=600"}, 600.0, id="max-age"),
        pytest.param({"cache-control": 'MAX-AGE="600"'}, 600.0, id="quoted, upper case"),
        pytest.param({"Cache-Control": "max-age=600", "Age": "100"}, 500.0, id="aged"),
        pytest.param({"Cache-Control": "max-age=600", "Age": "700"}, 0.0, id="too old"),
        pytest.param({"Cache-Control": "max-age=600", "Age": "soon"}, 600.0, id="age a word"),
        pytest.param({"Cache-Control": "no-store, max-age=600"}, 0.0, id="no-store"),
        pytest.param({"Cache-Control": "s-maxage=600"}, None, id="for shared caches"),
        pytest.param({"Cache-Control": "max-age=-1"}, None, id="negative"),
    ],
)
def test_freshness_is_read_from_the_answer(headers: dict[str, str], expected_s: float | None) -> None:
    """RFC 9111 section 4.2; what can't be read counts as unsaid."""
    assert max_age_s(CIMultiDictProxy(CIMultiDict(headers))) == expected_s
