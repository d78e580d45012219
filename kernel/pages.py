"""Middleware that only browsers need: a program that brings its own credentials passes it by.

The browser's session, its user and its messages cost a call of the API a share of its time and gave it nothing.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Messages
from django.contrib.sessions.middleware import SessionMiddleware as Sessions
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from kernel.registries import authenticators


def is_program(request: HttpRequest) -> bool:
    """Whether this is a call of the API under an Authorization header that we know, good or bad."""
    scheme = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0]
    return bool(scheme) and request.path_info.startswith("/api/") and authenticators.get(scheme.lower()) is not None


class ForPages(MiddlewareMixin):
    """A mixin, in front of a middleware class."""

    def __call__(self, request: HttpRequest) -> Any:
        if getattr(request, "accord_is_program", False):
            return self.get_response(request)
        return super().__call__(request)


class SessionMiddleware(ForPages, Sessions):
    """Django's, for pages."""


class AuthenticationMiddleware(ForPages, Authentication):
    """Django's, for pages."""


class MessageMiddleware(ForPages, Messages):
    """Django's, for pages."""
