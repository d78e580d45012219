"""The Content-Security-Policy: strict everywhere, and no wider in the admin than its pages need."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.template.loader import get_template
from django.test import Client

pytestmark = pytest.mark.django_db

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}
ADMIN = STRICT | {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}


def policy(client: Client, path: str) -> dict[str, str]:
    header = client.get(path)["Content-Security-Policy"]
    parts = [part.strip().partition(" ") for part in header.split(";")]
    assert len({name for name, _, _ in parts}) == len(parts)
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/signin/",
        "/verify/",
        "/staff/",
        "/nowhere",
        "/admin",
        "/administration/",
        "/api/schema/swagger/",
        "/api/me",
    ],
)
def test_pages_have_the_strict_policy(client: Client, path: str) -> None:
    assert policy(client, path) == STRICT


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/nowhere/", "/admin/accounts/user/"])
def test_the_admin_has_its_own(admin_client: Client, path: str) -> None:
    assert policy(admin_client, path) == ADMIN


def origin_of(name: str) -> Path:
    template: Any = get_template(name)
    return Path(template.origin.name)


def test_no_page_of_the_admin_brings_an_inline_script() -> None:
    """One would not run. What packages bring as their own templates is read too; a script of another type is data."""
    pages = {
        "admin/base.html",
        "admin/login.html",
        "admin/index.html",
        "admin/change_form.html",
        "admin/change_list.html",
    }
    for page in admin.site._registry.values():
        pages |= {
            str(name) for name in (page.change_form_template, page.change_list_template, page.add_form_template) if name
        }
    files = [origin_of(name) for name in pages]
    files += (Path(settings.ROOT) / "templates" / "staff").glob("*.html")
    found = [
        f"{file.name}: {script}"
        for file in files
        for script in re.findall(r"<script\b[^>]*>", file.read_text())
        if "src=" not in script and "application/json" not in script
    ]
    assert found == []
