"""HTTP in the production shape (granian, WSGI)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")
os.environ.setdefault("ACCORD_PROCESS", "web")

from django.core.wsgi import get_wsgi_application

from kernel.checks import refuse_wrong_settings

application = get_wsgi_application()
refuse_wrong_settings()
