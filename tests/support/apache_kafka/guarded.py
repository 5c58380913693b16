"""Apache Kafka that lets each user do what deploy/kafka-topics.sh allows, and nothing else."""

from pathlib import Path

from common.settings.kafka import KafkaSecurity, KafkaSecuritySettings
from common.settings.variables import read_settings
from sandbox.ports import LOOPBACK, free_port
from scripts.docs.kept_files import ROOT
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.java import JAVA
from tests.support.programs import printed_by

SCRIPT = ROOT / "deploy" / "kafka-topics.sh"
USERS = ("edge-gateway", "edge-feed")
PASSWORD = "a-password-of-the-tests"
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_TOOLS = {
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
    "kafka-acls.sh": "org.apache.kafka.tools.AclCommand",
}


class GuardedKafka(ApacheKafkaServer):
    """A broker with the script's topics and users; its plain listener asks for no login and allows everything."""

    def __init__(self, folder: Path, *, jars: Path) -> None:
        self._guarded_port = free_port()
        self._folder = folder
        super().__init__(folder, jars=jars)

    @property
    def guarded(self) -> str:
        """The address where users log in."""
        return f"{LOOPBACK}:{self._guarded_port}"

    def login(self, user: str) -> dict[str, str]:
        """Return the variables with which a service is let in there as this user."""
        return {
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": PASSWORD,
        }

    def security(self, user: str) -> KafkaSecurity:
        """Return how this user is let in there."""
        return read_settings(KafkaSecuritySettings, self.login(user)).kafka_security()

    async def start(self) -> None:
        """Start the broker and play the script, with Kafka's own tools; return when it has."""
        await super().start()
        for name, tool in _TOOLS.items():
            program = self._folder / name
            program.write_text(f'#!/bin/sh\nexec {" ".join(JAVA)} -cp "{self._classpath}" {tool} "$@"\n')
            program.chmod(0o755)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "KAFKA": str(self._folder),
            "BOOTSTRAP": self.bootstrap,
            "REPLICAS": "1",
            "IN_SYNC": "1",
        }
        await printed_by("sh", SCRIPT, environment=environment)

    def properties(self) -> dict[str, str]:
        """Return the plain broker's, a listener where users log in, and the authorizer."""
        plain = super().properties()
        users = "".join(f' user_{user}="{PASSWORD}"' for user in USERS)
        return {
            **plain,
            "listeners": f"{plain['listeners']},SASL_PLAINTEXT://{self.guarded}",
            "advertised.listeners": f"{plain['advertised.listeners']},SASL_PLAINTEXT://{self.guarded}",
            "listener.security.protocol.map": (
                f"{plain['listener.security.protocol.map']},SASL_PLAINTEXT:SASL_PLAINTEXT"
            ),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": f"{_LOGIN} required{users};",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "auto.create.topics.enable": "false",
        }
