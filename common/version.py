"""The version both services report in their health answers."""

__version__ = "0.1.0"
