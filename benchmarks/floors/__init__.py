"""The smallest programs that do a case's essential work on the same stack: what ours is measured against."""
