"""How brokers are reached is checked at the start, the files included."""

import ssl
from pathlib import Path

import pytest

from common.settings.kafka import PLAINTEXT, KafkaSecuritySettings
from common.settings.variables import StartError, read_settings
from tests.support.certificates import Authority

USER = {
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": "edge",
    "KAFKA_SASL_PASSWORD": "correct horse",
}


def read(**environ: str) -> KafkaSecuritySettings:
    """Return the settings that ``environ`` spells."""
    return read_settings(KafkaSecuritySettings, environ)


def complaint(**environ: str) -> str:
    """Return the line that refuses ``environ``."""
    with pytest.raises(StartError) as refused:
        read(**environ)
    return str(refused.value)


def test_brokers_are_reached_in_plain_text_unless_said_otherwise() -> None:
    """Kafka's own default."""
    assert read().kafka_security() == PLAINTEXT
    assert PLAINTEXT.client_options()["security_protocol"] == "PLAINTEXT"
    assert PLAINTEXT.client_options()["ssl_context"] is None


def test_a_user_is_handed_to_every_client() -> None:
    """By the names aiokafka has for it."""
    options = read(KAFKA_SECURITY_PROTOCOL="SASL_PLAINTEXT", **USER).kafka_security().client_options()

    assert options == {
        "security_protocol": "SASL_PLAINTEXT",
        "ssl_context": None,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "edge",
        "sasl_plain_password": "correct horse",
    }


def test_tls_checks_the_brokers_name_and_certificate(tmp_path: Path) -> None:
    """There is no setting that turns either off."""
    authority = Authority(tmp_path)
    edge = authority.issue("edge")

    tls = (
        read(
            KAFKA_SECURITY_PROTOCOL="SASL_SSL",
            KAFKA_SSL_CAFILE=str(authority.file),
            KAFKA_SSL_CERTFILE=str(edge.certificate),
            KAFKA_SSL_KEYFILE=str(edge.key),
            **USER,
        )
        .kafka_security()
        .tls
    )

    assert tls is not None
    assert tls.check_hostname
    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert "tests authority" in str(tls.get_ca_certs())
    assert len(tls.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL: "),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_MECHANISM: KAFKA_SECURITY_PROTOCOL SASL_SSL needs it"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_USERNAME"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_PASSWORD"),
        (USER, "KAFKA_SASL_PASSWORD: KAFKA_SECURITY_PROTOCOL PLAINTEXT doesn't use it"),
        (USER | {"KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SASL_USERNAME"),
        (USER | {"KAFKA_SASL_MECHANISM": "GSSAPI"}, "KAFKA_SASL_MECHANISM: "),
        ({"KAFKA_SSL_CAFILE": "/ca.pem"}, "KAFKA_SSL_CAFILE: KAFKA_SECURITY_PROTOCOL PLAINTEXT doesn't use it"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEYFILE": "/k"}, "KAFKA_SSL_CERTFILE is needed beside it"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": "/no/such.pem"}, "No such file or directory"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": __file__}, "not PEM"),
    ],
)
def test_what_would_fail_at_the_first_connection_is_refused(environ: dict[str, str], told: str) -> None:
    """A value that the protocol wouldn't use is refused too: it was meant to be used."""
    line = complaint(**environ)

    assert told in line
    assert "correct horse" not in line


def test_a_certificate_without_its_own_key_is_refused(tmp_path: Path) -> None:
    """The broker would refuse every connection."""
    authority = Authority(tmp_path)

    line = complaint(
        KAFKA_SECURITY_PROTOCOL="SSL",
        KAFKA_SSL_CERTFILE=str(authority.issue("edge").certificate),
        KAFKA_SSL_KEYFILE=str(authority.issue("other").key),
    )

    assert "don't belong together" in line


def test_the_password_is_not_in_the_repr() -> None:
    """Nor in that of what is made of the settings."""
    settings = read(KAFKA_SECURITY_PROTOCOL="SASL_PLAINTEXT", **USER)

    assert "correct horse" not in repr(settings)
    assert "correct horse" not in repr(settings.kafka_security())
