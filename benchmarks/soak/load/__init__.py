"""The load generator of a soak: a process of its own that plays every teacher and keeps the books."""
