"""Django's session of a browser: opened for a person who has proved who they are, and closed."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest

from accounts.models import User


def open_page_session(request: HttpRequest, user: User) -> None:
    """Sign the browser in as `user`, whose identity was proved by password or by a mailed link.

    The session gets a new key; another person's session in the same browser ends. It ends when the person's password
    or credential generation changes (`User.get_session_auth_hash`).
    """
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])


def close_page_session(request: HttpRequest) -> None:
    """Sign the browser out."""
    logout(request)
