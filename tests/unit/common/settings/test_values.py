"""Each kind of value is checked for what will be done with it."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from common.settings.values import BaseUrl, Brokers, JsonList, LogLevel, Origin, Port
from common.settings.variables import StartError, environment_config, read_settings


class Sample(BaseModel):
    """One of each kind."""

    model_config = environment_config("SAMPLE_")

    url: BaseUrl = "http://bos"
    origins: Annotated[tuple[Origin, ...], JsonList] = ()
    port: Port = 1
    log_level: LogLevel = "INFO"
    brokers: Brokers = "kafka:9092"


def read(variable: str, value: str) -> Sample:
    """Return the settings of an environment with this one variable."""
    return read_settings(Sample, {variable: value})


def complaint(variable: str, value: str) -> str:
    """Return the line that refuses it, which names the variable."""
    with pytest.raises(StartError, match=f"^{variable}") as refused:
        read(variable, value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("origin", "sent_by_browsers"),
    [
        ("https://app.example:443", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("https://app.example:80", "https://app.example:80"),
        ("https://app.example:4430", "https://app.example:4430"),
        ("http://[::1]:80", "http://[::1]"),
        (" https://app.example", "https://app.example"),
    ],
)
def test_an_origin_is_compared_as_browsers_send_it(origin: str, sent_by_browsers: str) -> None:
    """No browser sends the default port of its scheme (RFC 6454 section 6.2)."""
    assert read("SAMPLE_ORIGINS", f'["{origin}"]').origins == (sent_by_browsers,)


@pytest.mark.parametrize(
    "origin",
    ["https://App.example", "https://app.example/", "*", "app.example", "https://app.example:99999", "https://a:b"],
)
def test_what_no_browser_sends_is_refused(origin: str) -> None:
    """It would never match."""
    assert complaint("SAMPLE_ORIGINS", f'["{origin}"]').startswith("SAMPLE_ORIGINS.0: ")


@pytest.mark.parametrize(
    "url",
    [
        "bos:5000",
        "http://",
        "http://bos:port",
        "http://bos:70000",
        "http://bos:0",
        "http://[::1",
        "http://b\u00a0os",
        "http://bos service",
        "http://bos?x=1",
        "http://user:hunter2@bos",
    ],
)
def test_an_address_no_request_could_go_to_is_refused(url: str) -> None:
    """Each of these would otherwise break every request, behind a readiness that says all is well."""
    assert "hunter2" not in complaint("SAMPLE_URL", url)


def test_white_space_around_an_address_is_dropped() -> None:
    """It comes along when values are pasted."""
    assert read("SAMPLE_URL", " http://bos:5000/\n").url == "http://bos:5000"


@pytest.mark.parametrize(
    ("spelled", "brokers"),
    [
        (" a:9092 ,\n", "a:9092"),
        ("a:9092,b:9093", "a:9092,b:9093"),
        ("a, b", "a:9092,b:9092"),
        ("[::1]:9094", "[::1]:9094"),
    ],
)
def test_brokers_are_read_as_every_kafka_client_reads_them(spelled: str, brokers: str) -> None:
    """Blanks and a comma too many are harmless, and 9092 is Kafka's port."""
    assert read("SAMPLE_BROKERS", spelled).brokers == brokers


@pytest.mark.parametrize("brokers", [",", "a:b", "a:0", "a:99999", "a b:1", "a:1:2", "::1"])
def test_what_names_no_broker_is_refused(brokers: str) -> None:
    """With the form that is meant."""
    assert "host:port" in complaint("SAMPLE_BROKERS", brokers) or "white space" in complaint("SAMPLE_BROKERS", brokers)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_SSL"])
def test_a_listeners_scheme_is_refused_with_the_cure(protocol: str) -> None:
    """Brokers are configured with schemes, clients without."""
    line = complaint("SAMPLE_BROKERS", f"{protocol}://kafka:9092")

    assert f"host:port without {protocol}://" in line
    assert "KAFKA_SECURITY_PROTOCOL" in line


def test_a_port_set_by_kubernetes_is_explained() -> None:
    """A Service called ``sample`` gives each pod SAMPLE_PORT=tcp://…."""
    assert "enableServiceLinks" in complaint("SAMPLE_PORT", "tcp://10.96.0.12:8080")


@pytest.mark.parametrize("level", ["info", "Info", "INFO"])
def test_a_log_level_may_be_in_any_case(level: str) -> None:
    """As every logging library has it."""
    assert read("SAMPLE_LOG_LEVEL", level).log_level == "INFO"
