"""Which doors there are: every route of the URL resolver, and what each takes."""

import re
from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from config.tests.principals import UNKNOWN

ADMIN = "admin/"


def patterns(resolver: URLResolver | None = None, beginning: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(route, pattern) of everything that can be asked for."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = beginning + route_of(entry)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def route_of(entry: URLPattern | URLResolver) -> str:
    """`api/disputes/{dispute_id}`; Django's few regular expressions look the same."""
    text = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", str(entry.pattern))
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text).strip("^$")


def methods_of(route: str, pattern: URLPattern, client: Client) -> set[str]:
    """What a door takes. A page says so when it is asked for something that no page takes."""
    actions: dict[str, str] | None = getattr(pattern.callback, "actions", None)
    if actions is not None:
        return {method.upper() for method in actions} - {"HEAD", "OPTIONS"}
    names = re.findall(r"\{(\w+)\}", route)
    url = "/" + route.format(**dict.fromkeys(names, UNKNOWN))
    answer = client.generic("PROPFIND", url)
    if answer.status_code != 405:
        raise AssertionError(f"/{route} takes any method ({answer.status_code}); decorate it with what it takes")
    return {method.strip() for method in answer["Allow"].split(",")} - {"HEAD", "OPTIONS"}


def operations(client: Client) -> set[tuple[str, str]]:
    """(method, route) of everything but the admin, which has rules of its own."""
    return {
        (method, route)
        for route, pattern in patterns()
        if not route.startswith(ADMIN)
        for method in methods_of(route, pattern, client)
    }


def admin_pages(label: str) -> set[str]:
    """The pages of one model in the admin: `list`, `add`, `change`, `object` (leads to `change`) and its own verbs."""
    app, model = label.lower().split(".")
    beginning = f"{ADMIN}{app}/{model}/"
    ends = {route.removeprefix(beginning) for route, _pattern in patterns() if route.startswith(beginning)}
    return {page_of(end) for end in ends}


def page_of(end: str) -> str:
    if end in ("", "{object_id}/"):
        return "object" if end else "list"
    return end.removeprefix("{object_id}/").strip("/")


def admin_address(label: str, page: str, pk: object) -> str:
    """The address of an admin page."""
    end = {"list": "", "add": "add/", "object": f"{pk}/"}.get(page, f"{pk}/{page}/")
    return f"/{ADMIN}{label.lower().replace('.', '/')}/{end}"


def admin_site_routes() -> set[str]:
    """What the admin has besides the pages of models."""
    models = re.compile(rf"{ADMIN}\w+/\w+/(add/$|$|\{{object_id\}}/)")
    own = {route for route, _pattern in patterns() if route.startswith(ADMIN)}
    return {route for route in own if not models.match(route) or route.startswith(f"{ADMIN}password_change/")}
