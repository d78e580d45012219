"""The local provider in a process of its own: prints its address and serves until its standard input ends."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.bench")
django.setup()

from ai_mediation.tests.stub_provider import StubProvider  # noqa: E402

if __name__ == "__main__":
    with StubProvider() as stub:
        print(stub.openai_url, flush=True)
        sys.stdin.read()
