"""What both edge services need, and nothing else."""

__version__ = "0.1.0"
"""The version that both services report in their health answers: the changelog's newest (``make docs``)."""
