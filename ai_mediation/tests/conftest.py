"""Fixtures of the AI's tests."""

from ai_mediation.tests.stub_provider import stub_provider

__all__ = ["stub_provider"]
