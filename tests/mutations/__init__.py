"""Mutations of the product, each with the tests that must fail under it: `make mutate`."""
