"""Production: every key from the environment, HTTPS only, hashed static files. Wrong settings refuse to start."""

from urllib.parse import urlsplit

from config.settings.base import *  # noqa: F403
from config.settings.base import ACCORD_BASE_URL, ROOT, STORAGES

ACCORD_DEVELOPMENT_PAGES = False
SECURE_SSL_REDIRECT = False  # the proxy does it, and it alone knows the client's scheme
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31536000
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # subdomains and preload lists are the domain owner's decision, not ours
    "security.W021",
    "security.W008",  # see SECURE_SSL_REDIRECT
]

# Part of the build, not of the data: a new image must not meet the old one's files.
STATIC_ROOT = ROOT / "static-collected"
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # every page names files by their hash; half the compressing at build

DEFAULT_FROM_EMAIL = f"Accord <no-reply@{urlsplit(ACCORD_BASE_URL).hostname or 'localhost'}>"
