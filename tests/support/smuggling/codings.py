"""Transfer-Encoding in every spelling, alone and beside Content-Length."""

from tests.support.smuggling.cases import (
    BODY,
    TARGET,
    Case,
    Forwarded,
    by_name,
    passed,
    post,
    refused,
    request,
)

_CHUNKED = b"5\r\nhello\r\n0\r\n\r\n"
_EMPTY = b"0\r\n\r\n"

_CHUNKS = {
    "chunked": b"Transfer-Encoding: chunked",
    "without a blank": b"Transfer-Encoding:chunked",
    "capital": b"Transfer-Encoding: Chunked",
    "upper case": b"TRANSFER-ENCODING: CHUNKED",
    "mixed case": b"tRaNsFeR-eNcOdInG: cHuNkEd",
    "blanks around": b"Transfer-Encoding: \t chunked \t",
    "a tab in front": b"Transfer-Encoding:\tchunked",
}

_UNKNOWN = {
    "empty": b"Transfer-Encoding:",
    "twice": b"Transfer-Encoding: chunked, chunked",
    "twice, two lines": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "a comma behind": b"Transfer-Encoding: chunked,",
    "a comma in front": b"Transfer-Encoding: ,chunked",
    "a weight": b"Transfer-Encoding: chunked;q=1",
    "a parameter": b"Transfer-Encoding: chunked; foo=bar",
    "a letter in front": b"Transfer-Encoding: xchunked",
    "a letter behind": b"Transfer-Encoding: chunkedx",
    "a letter short": b"Transfer-Encoding: chunke",
    "quoted": b'Transfer-Encoding: "chunked"',
    "in apostrophes": b"Transfer-Encoding: 'chunked'",
    "in brackets": b"Transfer-Encoding: [chunked]",
    "split": b"Transfer-Encoding: chu\tnked",
    "identity": b"Transfer-Encoding: identity",
    "gzip": b"Transfer-Encoding: gzip",
    "unheard of": b"Transfer-Encoding: cow",
    "gzip first": b"Transfer-Encoding: gzip, chunked",
    "gzip last": b"Transfer-Encoding: chunked, gzip",
    "identity first": b"Transfer-Encoding: identity, chunked",
    "identity last": b"Transfer-Encoding: chunked, identity",
    "no comma": b"Transfer-Encoding: chunked identity",
    "two lines, identity first": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "two lines, identity last": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "two lines, one unheard of": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
    "two lines, one empty": b"Transfer-Encoding: chunked\r\nTransfer-Encoding:",
    "two lines in two cases": b"Transfer-Encoding: chunked\r\ntransfer-encoding: identity",
    "full-width": b"Transfer-Encoding: \xef\xbd\x83hunked",
    "a no-break space behind": b"Transfer-Encoding: chunked\xa0",
    "a no-break space in front": b"Transfer-Encoding: \xa0chunked",
}

_MALFORMED = {
    "NUL behind": b"Transfer-Encoding: chunked\x00",
    "NUL in front": b"Transfer-Encoding: \x00chunked",
    "vertical tab in front": b"Transfer-Encoding: \x0bchunked",
    "vertical tab behind": b"Transfer-Encoding: chunked\x0b",
    "form feed behind": b"Transfer-Encoding: chunked\x0c",
    "backspace behind": b"Transfer-Encoding: chunked\x08",
    "DEL behind": b"Transfer-Encoding: chunked\x7f",
    "CR behind": b"Transfer-Encoding: chunked\r",
    "CR in front": b"Transfer-Encoding: \rchunked",
    "a fold in front": b"Transfer-Encoding:\r\n chunked",
    "a fold of nothing": b"Transfer-Encoding: chunked\r\n ",
    "folded into another": b"X: y\r\n Transfer-Encoding: chunked",
    "a fold behind": b"Transfer-Encoding: chunked\r\n , identity",
    "a blank before the colon": b"Transfer-Encoding : chunked",
    "a tab before the colon": b"Transfer-Encoding\t: chunked",
    "NUL before the colon": b"Transfer-Encoding\x00: chunked",
    "CR before the colon": b"Transfer-Encoding\r: chunked",
    "LF before the colon": b"Transfer-Encoding\n: chunked",
    "vertical tab before the colon": b"Transfer-Encoding\x0b: chunked",
    "a blank for the hyphen": b"Transfer Encoding: chunked",
    "in the value of another, CR": b"X: y\rTransfer-Encoding: chunked",
    "NUL in front of the name": b"\x00Transfer-Encoding: chunked",
    "vertical tab in front of the name": b"\x0bTransfer-Encoding: chunked",
    "a zero-width space in the name": b"Transfer-Encoding\xe2\x80\x8b: chunked",
    "an accent in the name": b"Tr\xc3\xa1nsfer-Encoding: chunked",
    "a long s in the name": b"Tran\xc5\xbffer-Encoding: chunked",
    "a colon in front": b": Transfer-Encoding: chunked",
    "without a colon": b"Transfer-Encoding chunked",
    "without a value": b"Transfer-Encoding",
}

_NOT_THE_CODING = {
    "underscore": b"Transfer_Encoding: chunked",
    "dot": b"Transfer.Encoding: chunked",
    "no hyphen": b"TransferEncoding: chunked",
    "a prefix": b"X-Transfer-Encoding: chunked",
    "a suffix": b"Transfer-Encoding-X: chunked",
    "Content-Encoding": b"Content-Encoding: identity",
    "TE": b"TE: chunked",
    "TE and trailers": b"TE: trailers, chunked;q=0.5",
    "a second colon": b"X: Transfer-Encoding: chunked",
}
"""Other headers: the length decides, for every reader."""

_LENGTH = b"Content-Length: 5"

CODINGS: dict[str, Case] = by_name(
    [
        *(passed(f"coding: {name}", request(line, body=_CHUNKED), post()) for name, line in _CHUNKS.items()),
        *(refused(f"coding: {name}", request(line, body=_CHUNKED), 501) for name, line in _UNKNOWN.items()),
        *(refused(f"coding: {name}", request(line, body=_CHUNKED), 400, 501) for name, line in _MALFORMED.items()),
        *(
            passed(f"not the coding: {name}", request(line, _LENGTH, body=BODY), post())
            for name, line in _NOT_THE_CODING.items()
        ),
        *(
            refused(f"coding, then length: {name}", request(line, _LENGTH, body=_EMPTY))
            for name, line in _CHUNKS.items()
        ),
        *(
            refused(f"length, then coding: {name}", request(_LENGTH, line, body=_EMPTY))
            for name, line in _CHUNKS.items()
        ),
        *(
            refused(f"length beside coding: {name}", request(_LENGTH, line, body=_EMPTY), 501, 400)
            for name, line in _UNKNOWN.items()
        ),
        *(
            refused(f"length beside coding: {name}", request(_LENGTH, line, body=_EMPTY), 400, 501)
            for name, line in _MALFORMED.items()
        ),
        refused("coding, length zero", request(b"Content-Length: 0", b"Transfer-Encoding: chunked", body=_CHUNKED)),
        refused(
            "coding, length of the chunks", request(b"Transfer-Encoding: chunked", b"Content-Length: 15", body=_CHUNKED)
        ),
        refused("coding, two lengths", request(b"Transfer-Encoding: chunked", _LENGTH, _LENGTH, body=_CHUNKED)),
        passed(
            "coding: of a GET",
            request(b"Transfer-Encoding: chunked", method=b"GET", body=_CHUNKED),
            Forwarded("GET", TARGET, BODY),
        ),
        refused(
            "coding: HTTP/1.0",
            request(b"Transfer-Encoding: chunked", b"Connection: keep-alive", version=b"HTTP/1.0", body=_CHUNKED),
        ),
        refused(
            "coding: HTTP/1.0 and a length",
            request(b"Transfer-Encoding: chunked", _LENGTH, version=b"HTTP/1.0", body=_CHUNKED),
        ),
    ]
)
