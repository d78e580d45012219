#!/usr/bin/env python
"""Django's command line for Accord; ACCORD_ENV (dev, test, prod) chooses the settings."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")
    from kernel.servers.commandline import with_servers

    with with_servers(sys.argv):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
