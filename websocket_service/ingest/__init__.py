"""From Kafka into the users' logs."""
