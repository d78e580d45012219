"""PostgreSQL and Valkey without an installation: found, started, shared and stopped.

`ensure(data_dir)` lends servers for a block, `discover(data_dir)` tells where running ones are, `broker_url(redis_url)`
says the same address in Celery's words. Standard library only until a server is started: settings import this.
"""

from kernel.servers.errors import LaunchError
from kernel.servers.services import Services, discover, ensure
from kernel.servers.valkey import broker_url

__all__ = ["LaunchError", "Services", "broker_url", "discover", "ensure"]
