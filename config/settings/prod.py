"""Production: every key from the environment, HTTPS only, hashed static files. Wrong settings refuse to start."""

from config.settings.base import *  # noqa: F403
from config.settings.base import STORAGES

ACCORD_DEVELOPMENT_PAGES = False
SECURE_SSL_REDIRECT = False  # the proxy does it, and it alone knows the client's scheme
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31536000
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
