"""How tests start a Java program."""

from typing import Final

JAVA: Final = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Compiled at once and collected by one thread: half the CPU of a start, and no test runs one for long."""
