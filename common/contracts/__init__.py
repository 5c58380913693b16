"""What the platform's services say to each other: envelopes, events, topics, statuses."""
