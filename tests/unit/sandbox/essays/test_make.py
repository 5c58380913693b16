"""The made essays are valid files, and the ones in the repository are what the program makes."""

import io
import re
import zipfile
from xml.parsers import expat

import pytest

from sandbox.essays.make import FOLDER, MADE, docx, make_file, pdf


def texts_of(document: bytes) -> list[str]:
    """Return the text of each paragraph of a well-formed Word document."""
    paragraphs: list[str] = []

    def begin(name: str, _attributes: dict[str, str]) -> None:
        if name == "w:p":
            paragraphs.append("")

    def read(text: str) -> None:
        paragraphs[-1] += text

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.CharacterDataHandler = read
    parser.ParseFile(io.BytesIO(document))
    return paragraphs


@pytest.mark.parametrize("name", MADE)
def test_the_files_kept_are_the_files_made(name: str) -> None:
    """Whoever changes a text runs ``python -m sandbox.essays.make``."""
    assert (FOLDER / name).read_bytes() == make_file(name)


def test_a_word_document_holds_the_text_paragraph_by_paragraph() -> None:
    """The package opens, its parts are well-formed, and nothing of the text is lost or taken for markup."""
    text = "Åsas <titel> & mer\n\nEtt stycke.\n"

    package = zipfile.ZipFile(io.BytesIO(docx(text)))

    assert package.testzip() is None
    assert {"[Content_Types].xml", "_rels/.rels", "word/document.xml"} == set(package.namelist())
    assert texts_of(package.read("word/document.xml")) == ["Åsas <titel> & mer", "Ett stycke."]


def test_a_pdfs_table_of_objects_points_at_its_objects() -> None:
    """Every offset in the cross-reference table is where the object begins, and each stream is as long as it says."""
    content = pdf("Långt (mycket) långt\n\n" + "Rad efter rad. " * 800)

    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n ", content[start:])]
    assert content[start:].startswith(b"xref\n0 %d\n" % (len(offsets) + 1))
    assert [content[at:].split(b" ")[0] for at in offsets] == [b"%d" % n for n in range(1, len(offsets) + 1)]
    streams = re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", content, re.DOTALL)
    assert [int(length) for length, _ in streams] == [len(stream) for _, stream in streams]
    assert len(streams) > 1
    assert "Långt \\(mycket\\) långt".encode("cp1252") in content
