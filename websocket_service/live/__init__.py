"""The connections of this process: how they are admitted, what each client gets, and how they end."""
