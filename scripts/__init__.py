"""What developers run; nothing that serves depends on it."""
