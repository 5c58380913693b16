"""Settings: how they are read from the environment, what their values may be, and those that both services share."""
