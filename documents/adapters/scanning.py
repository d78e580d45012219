"""A stored file before the scanner."""

from documents.adapters import clamd
from documents.adapters.storage import open_checked
from documents.enums import ScanStatus
from documents.errors import FileDamagedError
from documents.models import StoredFile


def verdict_on(file: StoredFile) -> clamd.Verdict:
    """What the scanner says of a file; bytes that are not those that came cannot be scanned any more.

    Raises ScannerDownError, StorageUnavailableError.
    """
    try:
        with open_checked(file) as stream:
            return clamd.scan(stream)
    except FileDamagedError:
        return clamd.Verdict(ScanStatus.UNSCANNABLE, "The stored bytes are not those that came.")
