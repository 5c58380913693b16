"""What the feed says and what it decides, without any I/O (docs/feed.md is the client's view of it)."""
