"""A module for the warm server that never comes to an end of its import."""

import threading

threading.Event().wait(90)
