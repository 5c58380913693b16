"""What every request and socket passes: the wrappers around Quart, the record, the access log, metrics and headers."""
