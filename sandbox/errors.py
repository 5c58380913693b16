"""What can go wrong with the sandbox and its demo, each as a sentence for the person who runs it."""

from pathlib import Path


class SandboxError(Exception):
    """The sandbox cannot go on; the message is complete and meant for a person."""


class ProcessEndedError(SandboxError):
    """A process of the sandbox ended though nobody stopped it."""

    def __init__(self, name: str, *, exit_code: int | None, log: Path) -> None:
        super().__init__(f"{name} ended with exit code {exit_code}; its log: {log}{last_lines(log)}")
        self.name = name


class NotReadyError(SandboxError):
    """A process of the sandbox runs but did not become ready in time."""

    def __init__(self, name: str, *, waited_s: float, log: Path) -> None:
        super().__init__(f"{name} was not ready after {waited_s:g} s; its log: {log}{last_lines(log)}")
        self.name = name


class SceneError(Exception):
    """A step of the teacher's day did not come out as it should; the message says what was expected and what came."""


def last_lines(log: Path, *, count: int = 5) -> str:
    """Return the last ``count`` lines of ``log``, each on a line of its own, or nothing when it is empty."""
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "".join(f"\n  {line[:400]}" for line in lines)
