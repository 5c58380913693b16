"""Make the ``.docx`` and ``.pdf`` essays from their texts: ``python -m sandbox.essays.make``.

The same text always makes the same bytes, so that a test can tell whether the files are up to date.
"""

import io
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "sources"

LINE_CHARACTERS = 88
LINES_PER_PAGE = 46
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the zip format's first moment

CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
</Types>"""
RELATIONSHIPS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="word/document.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>
</Relationships>"""
DOCUMENT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{paragraphs}</w:body></w:document>"""


def docx(text: str) -> bytes:
    """Return ``text`` as a Word document, a paragraph for each line that is not empty (ECMA-376)."""
    runs = (f'<w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r>' for line in text.splitlines() if line)
    document = DOCUMENT.format(paragraphs="".join(f"<w:p>{run}</w:p>" for run in runs))
    parts = {"[Content_Types].xml": CONTENT_TYPES, "_rels/.rels": RELATIONSHIPS, "word/document.xml": document}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, LONG_AGO), content.encode())
    return buffer.getvalue()


def pdf(text: str) -> bytes:
    """Return ``text`` as a PDF of A4 pages in Helvetica (ISO 32000-1); its letters must be in Windows-1252."""
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, LINE_CHARACTERS) or [""]]
    pages = [lines[start : start + LINES_PER_PAGE] for start in range(0, len(lines), LINES_PER_PAGE)]
    first = 4  # objects 1 to 3 are the catalogue, the page tree and the font
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        content = page_content(page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (first + 2 * number + 1)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return pdf_file(objects)


def page_content(lines: list[str]) -> bytes:
    """Return the operators that show ``lines`` from the top of a page."""
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = "".join(f"({line}) Tj T*\n" for line in escaped)
    return f"BT /F1 11 Tf 16 TL 56 780 Td\n{shown}ET".encode("cp1252")


def pdf_file(objects: list[bytes]) -> bytes:
    """Return a file with ``objects``, numbered from 1, of which the first is the catalogue."""
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


MADE: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "ENG5/omar_haddad_a_school_without_phones.docx": ("omar_haddad_a_school_without_phones.txt", docx),
    "ENG5/asa_nystrom_the_winter_that_did_not_come.pdf": ("asa_nystrom_the_winter_that_did_not_come.txt", pdf),
    "SV1/sara_lind_varfor_vi_ska_ha_lov_pa_hosten.docx": ("sara_lind_varfor_vi_ska_ha_lov_pa_hosten.txt", docx),
}
"""Each made file, the text it is made from, and how."""


def make_file(name: str) -> bytes:
    """Return the bytes that the made file ``name`` ought to have."""
    source, render = MADE[name]
    return render((SOURCES / source).read_text(encoding="utf-8"))


def main() -> None:
    """Write every made file."""
    for name in MADE:
        (FOLDER / name).write_bytes(make_file(name))
        print(FOLDER / name)


if __name__ == "__main__":
    main()
