"""The tests' settings: like development, with a movable database clock and a cheap password hash."""

from config.settings.base import *  # noqa: F403

ACCORD_ENV = "test"
ACCORD_DEVELOPMENT_PAGES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
ACCORD_ANON_RATE = "off"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# No test ever asks a real provider, whatever the machine's environment holds; a stub on a local socket is one (stub_provider.py).
OPENAI_API_KEY = OPENAI_BASE_URL = ANTHROPIC_API_KEY = ANTHROPIC_BASE_URL = LLM_API_KEY = LLM_MODEL = ""
# The core is tested with the AI switched off; tests of the check itself switch it on.
DISPUTES_CONTRACT_CHECKS = ()
