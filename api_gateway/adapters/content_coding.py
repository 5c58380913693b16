"""Bodies that came compressed although a whole answer, or an error, has to be read here."""

import zlib

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def decoded(body: bytes, coding: str, *, most_bytes: int) -> bytes | None:
    """Return ``body`` without its Content-Encoding, or None when it can't be undone within ``most_bytes``."""
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return body
    if coding not in _WINDOW_BITS:
        return None
    decoder = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        plain = decoder.decompress(body, most_bytes)
    except zlib.error:
        return None
    return plain if decoder.eof else None
