"""Who is calling: the verified principal, the tokens that prove it, the headers that tell services."""
