"""A long mixed day under rolling restarts and kills: ``make soak MINUTES=20``."""
