"""HTTP/1.1 as bytes, without I/O: requests read, responses written (RFC 9112)."""
