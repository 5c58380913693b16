"""How connections to the brokers are secured: TLS, and the user."""

import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from common.settings.variables import environment_config


class SecurityProtocol(StrEnum):
    """Kafka's words for what a listener of a broker speaks."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def over_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self in {SecurityProtocol.SSL, SecurityProtocol.SASL_SSL}

    @property
    def by_name(self) -> bool:
        """Whether the broker asks for a user and a password."""
        return self in {SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL}


class SaslMechanism(StrEnum):
    """How a user and a password are proven."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSecurity:
    """How aiokafka's clients connect; without arguments in plain text and without a user."""

    protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    tls: ssl.SSLContext | None = None
    mechanism: SaslMechanism = SaslMechanism.PLAIN
    username: str | None = None
    password: SecretStr | None = None

    def client_options(self) -> dict[str, object]:
        """Return the arguments that any client of aiokafka takes for it."""
        return {
            "security_protocol": str(self.protocol),
            "ssl_context": self.tls,
            "sasl_mechanism": str(self.mechanism),
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password and self.password.get_secret_value(),
        }


PLAINTEXT: Final = KafkaSecurity()


class KafkaSecuritySettings(BaseModel):
    """The variables that say how brokers are reached. A value that the protocol wouldn't use is refused."""

    model_config = ConfigDict(**environment_config(), use_attribute_docstrings=True)

    kafka_security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    """Protocol of the brokers: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""

    kafka_sasl_mechanism: SaslMechanism | None = None
    """SASL mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""

    kafka_sasl_username: str | None = None
    """User name for SASL."""

    kafka_sasl_password: SecretStr | None = None
    """Password for SASL."""

    kafka_ssl_cafile: Path | None = None
    """PEM file with the CAs that sign the brokers' certificates; the system's CAs by default."""

    kafka_ssl_certfile: Path | None = None
    """PEM file with the client certificate, for brokers that require one."""

    kafka_ssl_keyfile: Path | None = None
    """PEM file with the key of the client certificate, if KAFKA_SSL_CERTFILE doesn't contain it."""

    def kafka_security(self) -> KafkaSecurity:
        """Return how to connect; the files are read anew.

        Raises:
            OSError, ssl.SSLError: they can't be read, or hold something else.
        """
        return KafkaSecurity(
            protocol=self.kafka_security_protocol,
            tls=self._tls() if self.kafka_security_protocol.over_tls else None,
            mechanism=self.kafka_sasl_mechanism or SaslMechanism.PLAIN,
            username=self.kafka_sasl_username,
            password=self.kafka_sasl_password,
        )

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.kafka_ssl_cafile)
        if self.kafka_ssl_certfile is not None:
            # The empty password keeps OpenSSL from asking a terminal for the one of an encrypted key.
            context.load_cert_chain(self.kafka_ssl_certfile, self.kafka_ssl_keyfile, password="")
        return context

    @model_validator(mode="after")
    def _check_kafka(self) -> Self:
        faults = self._unfit() or self._unreadable()
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unfit(self) -> list[str]:
        protocol = self.kafka_security_protocol
        needed = {
            "KAFKA_SASL_MECHANISM": self.kafka_sasl_mechanism,
            "KAFKA_SASL_USERNAME": self.kafka_sasl_username,
            "KAFKA_SASL_PASSWORD": self.kafka_sasl_password,
        }
        optional = {
            "KAFKA_SSL_CAFILE": self.kafka_ssl_cafile,
            "KAFKA_SSL_CERTFILE": self.kafka_ssl_certfile,
            "KAFKA_SSL_KEYFILE": self.kafka_ssl_keyfile,
        }
        missing = [name for name, value in needed.items() if protocol.by_name and value is None]
        unused = [name for name, value in needed.items() if not protocol.by_name and value is not None]
        unused += [name for name, value in optional.items() if not protocol.over_tls and value is not None]
        alone = protocol.over_tls and self.kafka_ssl_keyfile and not self.kafka_ssl_certfile
        return [
            *(f"{name}: KAFKA_SECURITY_PROTOCOL {protocol} needs it" for name in missing),
            *(f"{name}: KAFKA_SECURITY_PROTOCOL {protocol} doesn't use it" for name in unused),
            *(["KAFKA_SSL_KEYFILE: KAFKA_SSL_CERTFILE is needed beside it"] if alone else []),
        ]

    def _unreadable(self) -> list[str]:
        try:
            self.kafka_security()
        except ssl.SSLError:
            return ["KAFKA_SSL_CAFILE, KAFKA_SSL_CERTFILE or KAFKA_SSL_KEYFILE: not PEM, or they don't belong together"]
        except OSError as error:
            return [f"KAFKA_SSL_CAFILE, KAFKA_SSL_CERTFILE or KAFKA_SSL_KEYFILE: {error.strerror}"]
        return []
