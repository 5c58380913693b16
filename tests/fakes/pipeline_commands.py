"""The platform's ear for pipeline commands, in memory."""

from dataclasses import dataclass, field

from common.contracts.envelope import EventEnvelope
from common.contracts.pipeline_command import PipelineCommand
from common.errors.exceptions import HuleEduError


@dataclass(slots=True)
class FakePipelineCommands:
    """Implements :class:`api_gateway.ports.PipelineCommands`; proven by the contract suite.

    ``published`` lists the commands in order. Set ``failure`` to have every publish raise it.
    """

    published: list[EventEnvelope[PipelineCommand]] = field(default_factory=list)
    failure: HuleEduError | None = None

    async def publish(self, envelope: EventEnvelope[PipelineCommand]) -> None:
        """Take the command, as it would read after its way over the wire."""
        if self.failure is not None:
            raise self.failure
        self.published.append(EventEnvelope[PipelineCommand].model_validate_json(envelope.to_bytes()))
