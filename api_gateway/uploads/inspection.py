"""Inspects one upload as it passes: its parts, their names, types and sizes.

Only text fields are kept, and nothing is encoded anew.

The parser is ``multipart`` (docs/decisions/0016-multipart-parser.md): of the three at hand the one that refuses what is
ambiguous instead of guessing.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator
from posixpath import splitext
from typing import Self

from multipart import MultipartError, MultipartSegment, parse_options_header

from api_gateway.paths import holds_control
from api_gateway.uploads.parser import Delimiters, StrictParser, is_sound_boundary
from api_gateway.uploads.rules import (
    MULTIPART,
    Part,
    UploadRules,
    refuse_count,
    refuse_extension,
    refuse_field,
    refuse_malformed,
    refuse_missing,
    refuse_nested,
    refuse_not_multipart,
    refuse_request_size,
)

_BOUNDARY_PARAMETER = re.compile(r";\s*boundary[^\s=;]*\s*=", re.IGNORECASE)
_PARAMETER = r"""[ \t]*;[ \t]*(name|filename)=("(?:[^"\\]|\\(?!"))*"|[\w!#$%&'*+.^`|~-]+)"""
_DISPOSITION = re.compile(rf"form-data(?:{_PARAMETER})+[ \t]*", re.ASCII)
_PARAMETERS = re.compile(_PARAMETER, re.ASCII)
_EXTENDED_FILENAME = re.compile(r";[ \t]*filename\*", re.IGNORECASE)
_PLAIN_ENCODINGS = frozenset({"7bit", "8bit", "binary"})


class UploadInspection:
    """Sees a body piece by piece and refuses it as early as it can be known to break a rule.

    All methods raise HuleEduError: PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR,
    MISSING_REQUIRED_FIELD, or PARSING_ERROR for what isn't sound multipart.

    Args:
        content_type: the request's, with the boundary.
        content_length: the announced length, or None.
        rules: of the route.
    """

    def __init__(self, content_type: str | None, content_length: int | None, rules: UploadRules) -> None:
        if (content_length or 0) > rules.max_request_bytes:
            refuse_request_size(rules.max_request_bytes)
        boundary = boundary_of(content_type)
        self._rules = rules
        self._delimiters = Delimiters(boundary)
        self._parser = StrictParser(boundary)
        self._part: Part | None = None
        self._received = 0
        self._parts = 0
        self._files = 0
        self._texts: dict[str, str] = {}
        self._text_fields = 0

    def receive(self, chunk: bytes) -> None:
        """Look at the next piece of the body; it may be passed on when this returns."""
        self._received += len(chunk)
        if self._received > self._rules.max_request_bytes:
            refuse_request_size(self._rules.max_request_bytes)
        content_only = self._delimiters.receive(chunk)
        if content_only and self._part is not None and self._part.opaque and self._delimiters.seen == self._parts:
            self._part.count(len(chunk))  # the parser would only search it once more
            return
        if not self._delimiters.begins_well:
            refuse_malformed("it must begin with the boundary")
        self._parse(chunk)
        if self._delimiters.seen > self._parts + 1:
            refuse_malformed("the boundary occurs inside a part")
        if self._delimiters.closed:
            self._refuse_missing()

    def finish(self) -> None:
        """Look at the body as a whole, all of which has been received."""
        try:
            self._parser.close()
        except MultipartError as exc:
            refuse_malformed(str(exc.args[0]))
        self._refuse_missing()

    def _parse(self, chunk: bytes) -> None:
        try:
            for event in self._parser.parse(chunk):
                self._take(event)
        except MultipartError as exc:
            refuse_malformed(str(exc.args[0]))

    def _take(self, event: MultipartSegment | bytes | None) -> None:
        match event:
            case MultipartSegment():
                self._part = check_part(event, self._rules)
                self._count(self._part)
            case None:
                self._end_part()
            case content if self._part is not None:
                self._part.receive(content)

    def _count(self, part: Part) -> None:
        self._parts += 1
        self._files += bool(part.filename)
        self._text_fields += part.filename is None
        if self._files > self._rules.max_files:
            refuse_count(part.name, self._rules.max_files)
        if self._text_fields > self._rules.max_text_fields:
            refuse_count("text fields", self._rules.max_text_fields)
        if self._parts > self._rules.max_parts:
            refuse_count("parts", self._rules.max_parts)

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is None or part.filename is not None:
            return
        if part.name in self._texts:
            refuse_field(part.name, "may occur only once")
        try:
            text = part.text.decode()
        except UnicodeDecodeError:
            refuse_field(part.name, "is not UTF-8")
        if holds_control(text):
            refuse_field(part.name, "contains a control character")
        self._texts[part.name] = text

    def _refuse_missing(self) -> None:
        for field in sorted(self._rules.required_fields):
            if not self._texts.get(field, "").strip():
                refuse_missing(field)
        if not self._files:
            refuse_missing(self._rules.file_field)


def check_part(segment: MultipartSegment, rules: UploadRules) -> Part:
    """Check the part that ``segment`` begins by its headers: its field, its name, its type.

    Raises:
        HuleEduError: its headers are ambiguous, it is a file where none may be, or of a kind that isn't taken.
    """
    _refuse_ambiguous(segment.headerlist)
    name, filename = segment.name or "", segment.filename
    if (segment.content_type or "").startswith("multipart/"):
        refuse_nested(name, segment.content_type or "")
    if filename is None:
        if name == rules.file_field:
            refuse_field(name, "must carry files")
        return Part(name, None, rules.max_text_bytes)
    if not filename:
        return Part(name, filename, limit_bytes=0)
    if name != rules.file_field:
        refuse_field(name, f"may not contain a file; send files in {rules.file_field}")
    if splitext(filename.lower())[1] not in rules.extensions:
        refuse_extension(name, filename, sorted(rules.extensions))
    return Part(name, filename, rules.max_file_bytes, opaque=segment.header("Content-Length") is None)


def _refuse_ambiguous(headers: list[tuple[str, str]]) -> None:
    """Refuse headers that another parser might read in another way (RFC 7578 sections 4.2, 4.7, 4.8)."""
    fields = dict(headers)
    if len(fields) < len(headers):
        refuse_malformed("a part repeats a header")
    disposition = fields.get("Content-Disposition", "")
    parameters = [parameter for parameter, _ in _PARAMETERS.findall(disposition)]
    if not _DISPOSITION.fullmatch(disposition) or len(set(parameters)) < len(parameters) or "name" not in parameters:
        refuse_malformed(_disposition_fault(disposition))
    if fields.get("Content-Transfer-Encoding", "binary").strip().lower() not in _PLAIN_ENCODINGS:
        refuse_malformed("a part has a Content-Transfer-Encoding")


def _disposition_fault(disposition: str) -> str:
    if _EXTENDED_FILENAME.search(disposition):
        return "a part has filename*; send the name of the file as filename, in UTF-8, as browsers do"
    if '\\"' in disposition:
        return 'a name contains \\"; send a double quote within a name as %22, as browsers do'
    return "a part's Content-Disposition must be form-data with one name and at most one filename"


def boundary_of(content_type: str | None) -> str:
    """Return the boundary that ``content_type`` names.

    Raises:
        HuleEduError: UNSUPPORTED_MEDIA_TYPE, or PARSING_ERROR for a boundary that is missing, unsound or repeated.
    """
    media_type, options = parse_options_header(content_type or "")
    if media_type != MULTIPART:
        refuse_not_multipart()
    boundary: str = options.get("boundary", "")
    if len(_BOUNDARY_PARAMETER.findall(content_type or "")) != 1 or not is_sound_boundary(boundary):
        refuse_malformed("its Content-Type must specify one boundary")
    return boundary


class InspectedBody:
    """The chunks of ``source``, each handed on only after it was inspected.

    One chunk is held back, so that the last is sent only when the whole was found sound: whatever is refused, the
    upstream never gets a body that looks complete.
    """

    def __init__(self, source: AsyncIterable[bytes], inspection: UploadInspection) -> None:
        self._chunks: AsyncIterator[bytes] = aiter(source)
        self._inspection = inspection
        self._held = b""
        self._finished = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._finished:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self._inspection.finish()
                self._finished = True
            else:
                self._inspection.receive(chunk)
            ready, self._held = self._held, chunk or b""
            if ready:
                return ready
        raise StopAsyncIteration
