"""What ends a teacher's day early."""


class SceneError(Exception):
    """A step did not come out as it should; the message says what was expected and what came."""
