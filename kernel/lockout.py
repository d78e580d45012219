"""The lock-out after failed sign-ins (django-axes), without noting who failed from where.

An attempt's row holds keyed digests instead of the address typed and the client's own, and neither browser nor form.
They tell equal from different, which is all that counting needs; without SECRET_KEY they tell nothing.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.http import HttpRequest

from kernel.crypto import blind_index
from kernel.logs import mask_path
from kernel.ratelimit import client_address

SET_BY_AXES = "axes_"


def name_digest(name: str) -> str:
    """What failures under this e-mail address are counted by, in whatever spelling it was typed."""
    return blind_index(name.strip().lower()[:254], purpose="kernel.lockout.name").hex()[:32]


def address_digest(address: str) -> str:
    """The same for an IP address. axes' column takes nothing but addresses: the digest is one of fd00::/8, which nobody routes."""
    return str(ipaddress.IPv6Address(b"\xfd" + blind_index(address, purpose="kernel.lockout.address")[:15]))


def counted_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str | None:
    """AXES_USERNAME_CALLABLE."""
    name = credentials.get("username") if credentials else request.POST.get("username")
    return name_digest(name) if isinstance(name, str) else None


def counted_address(request: HttpRequest) -> str:
    """AXES_CLIENT_IP_CALLABLE."""
    return address_digest(client_address(request))


def forgive(name: str) -> int:
    """End the lock-out of an e-mail address; returns how many rows it had."""
    return forgive_digest(name_digest(name))


def forgive_digest(digest: str) -> int:
    """The same, for who sees only the digest."""
    return int(AxesProxyHandler.reset_attempts(username=digest))


class DiscreetHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """AXES_HANDLER: counts as axes does, but keeps neither browser, accepted types, query nor form."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is None:
            super().user_login_failed(sender, credentials, None, **kwargs)
            return
        bare = HttpRequest()
        bare.method = request.method
        _copy(request, bare)
        bare.axes_user_agent = bare.axes_http_accept = ""  # type: ignore[attr-defined]
        bare.axes_path_info = mask_path(request.path_info)[:255]  # type: ignore[attr-defined]
        super().user_login_failed(sender, credentials, bare, **kwargs)
        _copy(bare, request)  # whether it is locked out now, among others


def _copy(source: HttpRequest, target: HttpRequest) -> None:
    vars(target).update({name: value for name, value in vars(source).items() if name.startswith(SET_BY_AXES)})
