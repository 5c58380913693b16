"""What every request and socket passes: the edge around Quart, its record, its log line, its metrics, its headers."""
