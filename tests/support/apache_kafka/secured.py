"""Apache Kafka with a listener for each way of being let in."""

from collections.abc import Sequence
from pathlib import Path

from common.settings.kafka import KafkaSecurity, KafkaSecuritySettings, SecurityProtocol
from common.settings.variables import read_settings
from sandbox.ports import LOOPBACK, free_port
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.certificates import Authority

USERNAME = "edge"
PASSWORD = "a password with blanks"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


class SecuredKafka(ApacheKafkaServer):
    """A broker with certificates of its own authority, and one user.

    Beside the plain listener, over which its topics are made, it has one for each other protocol; that for SSL alone
    asks clients for a certificate.
    """

    def __init__(self, folder: Path, *, jars: Path, topics: Sequence[str] = ()) -> None:
        self._authority = Authority(folder)
        self._broker = self._authority.issue("broker")
        self._client = self._authority.issue("client")
        self._ports: dict[SecurityProtocol, int] = {
            protocol: free_port() for protocol in SecurityProtocol if protocol is not SecurityProtocol.PLAINTEXT
        }
        super().__init__(folder, jars=jars, topics=topics)

    def address_for(self, protocol: SecurityProtocol) -> str:
        """Return the address of the listener for ``protocol``."""
        return f"{LOOPBACK}:{self._ports[protocol]}"

    def security(self, protocol: SecurityProtocol, **changes: str) -> KafkaSecurity:
        """Return how a client is let in there, as its environment would say it with ``changes``."""
        environ = {"KAFKA_SECURITY_PROTOCOL": str(protocol)}
        if protocol.over_tls:
            environ["KAFKA_SSL_CAFILE"] = str(self._authority.file)
        if protocol is SecurityProtocol.SSL:
            environ["KAFKA_SSL_CERTFILE"] = str(self._client.certificate)
            environ["KAFKA_SSL_KEYFILE"] = str(self._client.key)
        if protocol.by_name:
            environ |= {
                "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
                "KAFKA_SASL_USERNAME": USERNAME,
                "KAFKA_SASL_PASSWORD": PASSWORD,
            }
        return read_settings(KafkaSecuritySettings, environ | changes).kafka_security()

    def format_options(self) -> Sequence[str]:
        """Return the user's credentials, which are part of the log."""
        return [
            option
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for option in ("--add-scram", f'{mechanism}=[name={USERNAME},password="{PASSWORD}"]')
        ]

    def properties(self) -> dict[str, str]:
        """Return the plain broker's, and a listener for each protocol."""
        plain = super().properties()
        certificate, key = self._broker.one_line
        listeners = "".join(f",{protocol}://{self.address_for(protocol)}" for protocol in self._ports)
        protocols = "".join(f",{protocol}:{protocol}" for protocol in self._ports)
        logins = {
            f"listener.name.{protocol.lower()}.{mechanism}.sasl.jaas.config": f"{module} required{user};"
            for protocol in self._ports
            if protocol.by_name
            for mechanism, module, user in [
                ("plain", _PLAIN, f' user_{USERNAME}="{PASSWORD}"'),
                ("scram-sha-256", _SCRAM, ""),
                ("scram-sha-512", _SCRAM, ""),
            ]
        }
        return {
            **plain,
            "listeners": plain["listeners"] + listeners,
            "advertised.listeners": plain["advertised.listeners"] + listeners,
            "listener.security.protocol.map": plain["listener.security.protocol.map"] + protocols,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": certificate,
            "ssl.keystore.key": key,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.certificates": self._authority.file.read_text().replace("\n", "\\n"),
            "listener.name.ssl.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            **logins,
        }
