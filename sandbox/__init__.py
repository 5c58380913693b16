"""The whole platform on one machine, for the demo, for development and for tests."""
