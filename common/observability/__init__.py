"""Structured logs without secrets, and traces."""
