"""The sandbox's secrets. Anyone may know them: it listens on loopback alone. Never use them elsewhere."""

JWT_SECRET = "public-secret-of-the-sandbox-never-use-it-elsewhere"
"""Signs the sandbox's tokens when the algorithm is HS256."""

INTERNAL_API_KEY = "public-internal-key-of-the-sandbox"
"""Opens the simulated services' internal routes."""
