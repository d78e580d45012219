"""Every test run: its addresses are fixed here, before Django reads its settings (kernel/testing/environment.py)."""

from kernel.testing import environment

environment.prepare()

pytest_plugins = ["kernel.testing.plugin"]
