"""Takes pages out of a sealed PDF. Runs in the killable child; imports no Django."""

from io import BytesIO

from pypdf import PdfReader, PdfWriter


def pages_from(*, pdf: bytes, first: int) -> bytes:
    """The pages from number `first` (0 is the first) on, as a PDF of their own: the same bytes for the same file."""
    writer = PdfWriter()
    reader = PdfReader(BytesIO(pdf))
    for page in reader.pages[first:]:
        writer.add_page(page)
    writer.metadata = None
    target = BytesIO()
    writer.write(target)
    return target.getvalue()
