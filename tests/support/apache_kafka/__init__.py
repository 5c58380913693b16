"""A real Apache Kafka broker (KRaft, one node) from Maven Central's jars, for the tests marked ``kafka``."""
