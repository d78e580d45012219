"""HTTP and WebSocket in one process (`make run`), and the socket process of the production shape."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")
os.environ.setdefault("ACCORD_PROCESS", "sockets")  # `make run` says "web"

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

from config.settle import settle
from kernel.body_limit import BodyLimit
from kernel.checks import refuse_wrong_settings

http = get_asgi_application()
refuse_wrong_settings()

from config.routing import websocket_urlpatterns  # noqa: E402

router = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
# Room for the largest file and the form around it.
application = BodyLimit(router, limit=settings.EVIDENCE_MAX_BYTES + 1024 * 1024)
settle()
# The event loop carries every socket; a thread at work on a request hands it the interpreter after 1 ms, not after 5.
sys.setswitchinterval(0.001)
if os.environ["ACCORD_PROCESS"] == "web":
    from documents.public import start_sandbox_early

    start_sandbox_early()  # uploads and drawn signatures are looked at while their sender waits
