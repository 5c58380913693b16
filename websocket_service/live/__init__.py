"""The connections of this process: who is connected, and what each one gets."""
