"""Tests with a real Chromium against the running product: what people see and do. See docs/testing.md."""
