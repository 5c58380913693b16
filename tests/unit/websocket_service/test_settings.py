"""What is wrong with the feed's environment is said in one line that names the variable."""

import pytest

from common.settings.variables import StartError
from tests.support.signing import SECRET
from websocket_service.settings import load_settings

ENVIRON = {"JWT_SECRET_KEY": SECRET, "REDIS_URL": "redis://redis", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}


@pytest.mark.parametrize(
    ("variable", "mistyped", "fault"),
    [
        ("REDIS_URL", "REDIS_URI", "REDIS_URL: missing"),
        ("JWT_SECRET_KEY", "JWT_SECRETKEY", "set are: none"),
    ],
)
def test_a_missing_variable_is_told_with_the_mistyped_one(variable: str, mistyped: str, fault: str) -> None:
    """The operator who set it under a wrong name learns which name that is, and no value is shown."""
    renamed = {mistyped if name == variable else name: value for name, value in ENVIRON.items()}

    with pytest.raises(StartError) as refused:
        load_settings(renamed)

    assert str(refused.value).endswith(f"{fault}; {mistyped} is not read; the nearest known name is {variable}")
    assert ENVIRON[variable] not in str(refused.value)
