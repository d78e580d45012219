"""Writes of accounts, one file per flow."""
