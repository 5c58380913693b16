"""Request bodies: strict about JSON."""

from quart import Request


class StrictRequest(Request):
    """The request class of both services."""
