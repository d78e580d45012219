"""What a new password must be."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from kernel.errors import FieldError, ValidationFailedError


def check_new_password(password: str, *, user: User, pointer: str) -> None:
    """Raise ValidationFailedError, naming each rule the password breaks (AUTH_PASSWORD_VALIDATORS)."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        errors = [FieldError(pointer, item.code or "invalid", " ".join(item.messages)) for item in error.error_list]
        raise ValidationFailedError(errors=errors) from error


def spend_a_hash(password: str) -> None:
    """Take as long as storing a password would, so that an answer's time does not tell whether an account exists."""
    make_password(password)
