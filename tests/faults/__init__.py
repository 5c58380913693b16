"""Breaks the edge's neighbours and parts one after the other, and measures what a client sees: ``make faults``."""
