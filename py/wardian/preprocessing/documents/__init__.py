"""Documents as people have them, read to one text with its pages and headings; one file per format."""

from wardian.preprocessing.documents.document import Document, DocumentBuilder, Heading
from wardian.preprocessing.documents.reading import read_document

__all__ = ["Document", "DocumentBuilder", "Heading", "read_document"]
