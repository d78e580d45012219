"""Fixtures of the tests that reach over several apps."""

from ai_mediation.tests.stub_provider import stub_provider

__all__ = ["stub_provider"]
