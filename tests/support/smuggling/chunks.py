"""Chunks: their sizes, extensions and ends, and the trailer."""

from tests.support.smuggling.cases import (
    SMUGGLED,
    Case,
    by_name,
    or_refused,
    passed,
    post,
    refused,
    request,
    unanswered,
)

_READ = {
    "one": (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    "none": (b"0\r\n\r\n", b""),
    "two": (b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
    "a lower digit": (b"a\r\nhellohello\r\n0\r\n\r\n", b"hellohello"),
    "an upper digit": (b"A\r\nhellohello\r\n0\r\n\r\n", b"hellohello"),
    "leading zeros": (b"0005\r\nhello\r\n0\r\n\r\n", b"hello"),
    "zeros for the last": (b"5\r\nhello\r\n000\r\n\r\n", b"hello"),
    "an extension": (b"5;a=b\r\nhello\r\n0\r\n\r\n", b"hello"),
    "an extension without a value": (b"5;a\r\nhello\r\n0\r\n\r\n", b"hello"),
    "an extension in quotes": (b'5;a="b c"\r\nhello\r\n0\r\n\r\n', b"hello"),
    "an extension of the last": (b"5\r\nhello\r\n0;a=b\r\n\r\n", b"hello"),
    "a trailer": (b"5\r\nhello\r\n0\r\nX-Checksum: 1\r\n\r\n", b"hello"),
    "a trailer with a length": (b"5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n", b"hello"),
    "a trailer with another user": (b"5\r\nhello\r\n0\r\nX-User-ID: other\r\n\r\n", b"hello"),
    "a trailer with a host": (b"5\r\nhello\r\n0\r\nHost: other\r\n\r\n", b"hello"),
    "line ends for content": (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
    "a last chunk for content": (b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n"),
    "a request for content": (b"@SIZE@\r\n" + SMUGGLED + b"\r\n0\r\n\r\n", SMUGGLED),
}

_UNREADABLE = {
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "an extension for a size": b";a=b\r\nhello\r\n0\r\n\r\n",
    "no digit": b"g\r\nhello\r\n0\r\n\r\n",
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "a minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "minus zero": b"-0\r\n\r\n",
    "an underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "a decimal": b"5.0\r\nhello\r\n0\r\n\r\n",
    "a blank in front": b" 5\r\nhello\r\n0\r\n\r\n",
    "a tab in front": b"\t5\r\nhello\r\n0\r\n\r\n",
    "vertical tab behind": b"5\x0b\r\nhello\r\n0\r\n\r\n",
    "NUL behind": b"5\x00\r\nhello\r\n0\r\n\r\n",
    "another digit behind a blank": b"5 5\r\nhello\r\n0\r\n\r\n",
    "full-width five": b"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n",
    "h behind": b"5h\r\nhello\r\n0\r\n\r\n",
    "a comma": b"5,a\r\nhello\r\n0\r\n\r\n",
    "LF behind the size": b"5\nhello\r\n0\r\n\r\n",
    "CR behind the size": b"5\rhello\r\n0\r\n\r\n",
    "two CR behind the size": b"5\r\r\nhello\r\n0\r\n\r\n",
    "LF behind an extension": b"5;a\nhello\r\n0\r\n\r\n",
    "LF in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "NUL in an extension": b"5;a\x00b\r\nhello\r\n0\r\n\r\n",
    "LF behind the content": b"5\r\nhello\n0\r\n\r\n",
    "CR behind the content": b"5\r\nhello\r0\r\n\r\n",
    "nothing behind the content": b"5\r\nhello0\r\n\r\n",
    "two bytes behind the content": b"5\r\nhelloXX0\r\n\r\n",
    "two LF behind the content": b"5\r\nhello\n\n0\r\n\r\n",
    "LF and CR behind the content": b"5\r\nhello\n\r0\r\n\r\n",
    "too small a size": b"4\r\nhello\r\n0\r\n\r\n",
    "too large a size": b"6\r\nhello\r\n0\r\n\r\n",
    "a size beyond every number": b"f" * 40 + b"\r\nhello\r\n0\r\n\r\n",
    "a size of many zeros": b"0" * 70_000 + b"5\r\nhello\r\n0\r\n\r\n",
    "LF behind the last": b"5\r\nhello\r\n0\n\r\n",
    "two LF behind the last": b"5\r\nhello\r\n0\n\n",
    "a folded trailer": b"5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n",
    "a trailer without a colon": b"5\r\nhello\r\n0\r\nX\r\n\r\n",
    "a trailer with a blank before the colon": b"5\r\nhello\r\n0\r\nX : y\r\n\r\n",
    "a trailer with NUL": b"5\r\nhello\r\n0\r\nX: \x00\r\n\r\n",
    "a trailer with CR": b"5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n",
}

_EITHER = {
    "an endless extension": b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    "LF at the end": b"5\r\nhello\r\n0\r\n\n",
    "a trailer with a coding": b"5\r\nhello\r\n0\r\nTransfer-Encoding: identity\r\n\r\n",
    "a trailer that ends with LF": b"5\r\nhello\r\n0\r\nX: y\n\r\n",
    "an endless trailer": b"5\r\nhello\r\n0\r\n" + b"X: %b\r\n" % (b"y" * 90) * 800 + b"\r\n",
}
"""Read as ``hello`` or refused; what stands there is dropped, so that no service has to read it."""

_CODING = b"Transfer-Encoding: chunked"

CHUNKS: dict[str, Case] = by_name(
    [
        *(passed(f"chunk: {name}", request(_CODING, body=sent), post(body)) for name, (sent, body) in _READ.items()),
        *(
            refused(f"chunk: {name}", request(_CODING, body=sent), 400, 413, cut=True)
            for name, sent in _UNREADABLE.items()
        ),
        refused("chunk: far too large", request(_CODING, body=b"7fffffff\r\n" + b"x" * 2_000_000), 413, cut=True),
        *(
            or_refused(passed(f"chunk: {name}", request(_CODING, body=sent), post()), 400, 413, 431, 501)
            for name, sent in _EITHER.items()
        ),
        or_refused(
            unanswered(
                "chunk: a size beyond 2^64",
                request(_CODING, body=b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
                alone=False,
            ),
            400,
            413,
        ),
        unanswered("chunk: no last one", request(_CODING, body=b"5\r\nhello\r\n")),
        unanswered("chunk: no end of the trailer", request(_CODING, body=b"5\r\nhello\r\n0\r\n")),
    ]
)
