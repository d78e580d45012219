"""HTTP in the production shape (granian, WSGI)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")
os.environ.setdefault("ACCORD_PROCESS", "wsgi")

from django.core.wsgi import get_wsgi_application

from config.settle import settle
from kernel.checks import refuse_wrong_settings

application = get_wsgi_application()
refuse_wrong_settings()
settle()
