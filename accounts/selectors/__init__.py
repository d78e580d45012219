"""Reads of accounts: people, links, access tokens."""
