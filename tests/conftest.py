from tests.support.servers import kafka, valkey

__all__ = ["kafka", "valkey"]
