"""Counts the live objects of a replica."""
