"""The client library's table of codes decides as the catalogue does."""

import pytest

from common.errors.catalogue import CATALOGUE
from common.errors.catalogue.entry import ErrorEntry
from scripts.docs.error_types import RETRYABLE_STATUSES, retryable_exceptions


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code.value)
def test_the_client_retries_what_the_catalogue_calls_retryable(entry: ErrorEntry) -> None:
    """The library looks for the code among the exceptions, then for its status."""
    retryable = retryable_exceptions().get(entry.code.value, entry.status in RETRYABLE_STATUSES)

    assert retryable == entry.retryable
