"""Reading stored files. Who may see one is decided by the app that owns it."""

from uuid import UUID

from documents.models import StoredFile
from kernel.errors import NotFoundError


def stored_file(file_id: UUID) -> StoredFile:
    """The file's row. Raises NotFoundError."""
    row = StoredFile.objects.filter(pk=file_id).first()
    if row is None:
        raise NotFoundError
    return row
