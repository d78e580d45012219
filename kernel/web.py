"""What operators ask a process over HTTP: alive, ready, numbers. And the API's own description."""

import ipaddress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from kernel import metrics
from kernel.health import readiness
from kernel.problems import permission_denied

# Loopback, RFC 1918, RFC 4193. Not `is_private`, which also holds networks that nobody should be using.
NEIGHBOURHOOD = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
PROXY_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST", "HTTP_VIA")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything this process needs answers, else 503; either way the result of each check."""
    results = readiness()
    is_ready = all(result.is_well for result in results)
    return JsonResponse(
        {
            "status": "ok" if is_ready else "failing",
            "checks": {
                result.name: {
                    "status": "ok" if result.is_well else "failing",
                    "ms": result.milliseconds,
                    **({"reason": result.reason} if result.reason else {}),
                }
                for result in results
            },
        },
        status=200 if is_ready else 503,
    )


@never_cache
@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """The numbers, for a scraper beside us or an administrator."""
    if not (_is_neighbour(request) or _is_admin(request)):
        return permission_denied(request)
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _is_neighbour(request: HttpRequest) -> bool:
    """Called directly, not through the proxy, from this machine or its private network."""
    if any(name in request.META for name in PROXY_HEADERS):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in NEIGHBOURHOOD)


def _is_admin(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    return bool(user.is_superuser or getattr(user, "role", "") == "admin")


@cache_control(public=True, max_age=86400)
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here for pages that name no icon, such as a PDF."""
    return redirect(static("accord/favicon.svg"))


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """The API's description to read and try, without any inline script."""
    return render(request, "kernel/swagger.html")
