"""The production shape for `make bench`: plain HTTP on the loopback, keys of the data folder, limits too high to be met.

The rate limiter still runs and is paid for; only its number is out of reach.
"""

import os

os.environ.setdefault("ACCORD_ENV", "test")

from config.settings.base import *  # noqa: F403

ACCORD_DEVELOPMENT_PAGES = False
ACCORD_RATES = {"user": "100000000/min", "login": "100000/min", "sign": "100000/min", "ai": "100000/min"}
ACCESS_TOKEN_EXPIRE_MINUTES = 120
