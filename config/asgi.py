"""HTTP and WebSocket in one process (`make run`), and the socket process of the production shape."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")
os.environ.setdefault("ACCORD_PROCESS", "web")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

from kernel.checks import refuse_wrong_settings

http = get_asgi_application()
refuse_wrong_settings()

from config.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
