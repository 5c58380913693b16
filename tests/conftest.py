"""What all tests share."""

from hypothesis import HealthCheck, settings

from tests.support.log_lines import log_plainly
from tests.support.servers import kafka, valkey

__all__ = ["kafka", "valkey"]

# Neither chance nor the speed of the machine decides a test: examples follow from the test's own code.
# `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None)
settings.load_profile("house")

log_plainly()
