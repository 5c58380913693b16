"""The books of pipeline commands: what the gateway acknowledged, and what Kafka holds."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Command:
    """One command, which one ``Idempotency-Key`` names and one batch.

    Attributes:
        acknowledged: Whether the gateway answered 202.
        refused: Whether it refused the command for good.
        cut: Whether an attempt ended without an answer, or in a failure: it may have reached Kafka.
    """

    acknowledged: bool = False
    refused: bool = False
    cut: bool = False


@dataclass(slots=True)
class CommandLedger:
    """Compares commands, by batch, with the records on Kafka."""

    commands: dict[str, Command] = field(default_factory=dict)
    records: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def attempt(self, batch_id: str) -> Command:
        """Return the books of the batch's command."""
        return self.commands.setdefault(batch_id, Command())

    def record(self, batch_id: str, event_id: str) -> None:
        """Note a record that Kafka holds."""
        self.records[batch_id].append(event_id)

    @property
    def missing(self) -> list[str]:
        """Batches whose command was acknowledged and isn't on Kafka."""
        return [batch for batch, command in self.commands.items() if command.acknowledged and not self._of(batch)]

    @property
    def with_two_ids(self) -> list[str]:
        """Batches whose records bear more than one event id: a consumer would run the command twice."""
        return [batch for batch, ids in self.records.items() if len(set(ids)) > 1]

    @property
    def repeated(self) -> list[str]:
        """Batches with several records under one event id though no attempt was cut off."""
        return [batch for batch in self._repeats if not self.attempt(batch).cut]

    @property
    def repeated_after_cut(self) -> list[str]:
        """Batches with several records under one event id after an attempt was cut off: consumers drop the repeat."""
        return [batch for batch in self._repeats if self.attempt(batch).cut]

    @property
    def _repeats(self) -> list[str]:
        return [batch for batch, ids in self.records.items() if len(ids) > len(set(ids))]

    def _of(self, batch_id: str) -> list[str]:
        return self.records.get(batch_id, [])

    def summary(self) -> dict[str, object]:
        """Return the totals, and up to ten examples of what is wrong."""
        commands = self.commands.values()
        return {
            "sent": len(self.commands),
            "acknowledged": sum(command.acknowledged for command in commands),
            "refused": sum(command.refused for command in commands),
            "records": sum(len(ids) for ids in self.records.values()),
            "missing": len(self.missing),
            "two_ids": len(self.with_two_ids),
            "repeated": len(self.repeated),
            "repeated_after_cut": len(self.repeated_after_cut),
            "examples": [*self.missing, *self.with_two_ids, *self.repeated][:10],
        }
