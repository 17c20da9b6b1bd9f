"""Small documents written by hand, for tests: PDF and Word files as bytes."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from xml.sax.saxutils import escape

TOP, LEFT, LEADING = 780, 72, 14


def pdf(pages: Sequence[Sequence[str]], *, packed: bool = False) -> bytes:
    """A PDF of these lines of Latin letters, page by page; a page without lines has an image alone."""
    objects: list[bytes] = [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    ]
    grey = b"/Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
    objects.append(_stream(b"\x80", b"/Type /XObject /Subtype /Image " + grey, False))
    kids = []
    for lines in pages:
        objects.append(_stream(_content(lines), b"", packed))
        place = b"/Type /Page /Parent PARENT 0 R /MediaBox [0 0 595 842]"
        uses = b"/Font << /F1 1 0 R >>" if lines else b"/XObject << /I1 2 0 R >>"
        objects.append(b"<< %s /Contents %d 0 R /Resources << %s >> >>" % (place, len(objects), uses))
        kids.append(len(objects))
    parent = len(objects) + 1
    objects = [one.replace(b"PARENT", b"%d" % parent) for one in objects]
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects.append(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids)))
    objects.append(b"<< /Type /Catalog /Pages %d 0 R >>" % parent)
    return _file(objects)


def _content(lines: Sequence[str]) -> bytes:
    if not lines:
        return b"q 100 0 0 100 72 600 cm /I1 Do Q"
    shown = []
    for line in lines:
        text = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        shown.append(b"(%s) Tj T*" % text)
    return b"BT /F1 11 Tf %d TL %d %d Td %s ET" % (LEADING, LEFT, TOP, b" ".join(shown))


def _stream(content: bytes, entries: bytes, packed: bool) -> bytes:
    if packed:
        content, entries = zlib.compress(content, 9), entries + b" /Filter /FlateDecode"
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _file(objects: Sequence[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size + 1, size, start)
    return bytes(out)


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(paragraphs: Sequence[tuple[int, str]], *, body: str = "", prolog: str = "") -> bytes:
    """A Word document of (level of a heading or 0, text); `body` and `prolog` are XML, put in as it is."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="H{level}"><w:name w:val="heading {level}"/></w:style>'
        for level in range(1, 4)
    )
    parts = "".join(
        "<w:p>"
        + (f'<w:pPr><w:pStyle w:val="H{level}"/></w:pPr>' if level else "")
        + f"<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
        for level, text in paragraphs
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        archive.writestr(zipfile.ZipInfo("word/styles.xml"), f"<w:styles {W}>{styles}</w:styles>")
        document = f"{prolog}<w:document {W}><w:body>{parts}{body}</w:body></w:document>"
        archive.writestr(zipfile.ZipInfo("word/document.xml"), document)
    return buffer.getvalue()
