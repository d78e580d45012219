"""Refusals of documents."""

from django.utils.translation import gettext_noop

from kernel.errors import ConflictError, DomainError, ServiceUnavailableError


class TemplateNotFoundError(DomainError):
    """There is no published version for that kind and language."""

    code = "template_not_found"
    status = 404
    title = gettext_noop("No such template")


class RenderError(DomainError):
    """The document could not be rendered. `reason`: time | memory | crash | answer | template."""

    code = "render_failed"
    status = 422
    title = gettext_noop("The document could not be made")

    def __init__(self, detail: str, *, reason: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class RenderQueueFullError(ServiceUnavailableError):
    """More renderings wait than are taken on; `Retry-After` says when to ask again."""

    code = "render_queue_full"
    title = gettext_noop("Too many documents are waiting")


class UnacceptableFileError(DomainError):
    """A file that cannot be taken; see the subclasses."""

    code = "file_not_readable"
    status = 400
    title = gettext_noop("The file cannot be taken")


class FileTypeError(UnacceptableFileError):
    """The type is not on the list, or the content is not what the name says."""

    code = "file_type_not_accepted"
    status = 415
    title = gettext_noop("This type of file is not accepted")


class FileTooLargeError(UnacceptableFileError):
    """More bytes than may come."""

    code = "file_too_large"
    status = 413
    title = gettext_noop("The file is too large")


class StorageUnavailableError(ServiceUnavailableError):
    """The file storage does not answer."""

    code = "storage_unavailable"


class FileDamagedError(StorageUnavailableError):
    """The stored bytes are gone or are not those that were kept; they are not handed out until somebody restores them."""

    code = "file_damaged"
    title = gettext_noop("The stored file is damaged")


class QuotaExceededError(UnacceptableFileError):
    """The person's files would take more room than one person has."""

    code = "quota_exceeded"
    status = 413
    title = gettext_noop("There is no room left for your files")


class FileNotReadableError(ConflictError):
    """The scanner has not cleared the file (yet)."""

    code = "file_not_cleared"
    title = gettext_noop("The file is not available")


class StateConflictError(ConflictError):
    """The template version or document is not in a state that allows this."""
