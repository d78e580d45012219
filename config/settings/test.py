"""The tests' settings: like development, with a movable database clock and a cheap password hash."""

from config.settings.base import *  # noqa: F403

ACCORD_ENV = "test"
ACCORD_DEVELOPMENT_PAGES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
ACCORD_ANON_RATE = "off"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# The core is tested with the AI switched off; tests of the check itself switch it on.
DISPUTES_CONTRACT_CHECKS: tuple[str, ...] = ()
