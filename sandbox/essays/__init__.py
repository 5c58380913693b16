"""Essays by pupils (invented for this purpose), as the files the demo uploads.

The ``.docx`` and ``.pdf`` files are made from ``sources/`` by ``python -m sandbox.essays.make``.
"""
