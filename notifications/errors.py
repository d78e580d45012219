"""What notifications refuse."""

from kernel.errors import ConflictError


class MailNotFailedError(ConflictError):
    """Only a mail that was refused or given up can be sent again."""

    code = "mail_not_failed"
