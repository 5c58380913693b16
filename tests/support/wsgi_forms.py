"""How werkzeug, which Quart's request parsing rests on, reads a form."""

from io import BytesIO

from werkzeug.formparser import parse_form_data

Texts = list[tuple[str, str]]
Files = list[tuple[str, str, bytes]]


def parse_with_werkzeug(body: bytes, content_type: str) -> tuple[Texts, Files]:
    """Return the text fields, and field, name and content of each file."""
    environ = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type}
    _, form, files = parse_form_data(environ | {"REQUEST_METHOD": "POST"}, silent=False)
    texts = list(form.items(multi=True))
    read = []
    for name, file in files.items(multi=True):
        read.append((name, file.filename or "", file.read()))
        file.close()
    return texts, read
