"""The frames of the feed and its decisions, without any I/O; docs/feed.md is the client's view of them."""
