"""Development and the one-machine start: mail catcher pages, plain HTTP on the loopback, whatever keys are missing are made."""

from config.settings.base import *  # noqa: F403

DEBUG = False  # errors are problems here too; the log has the trace
ACCORD_DEVELOPMENT_PAGES = True
INTERNAL_IPS = ["127.0.0.1"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
