"""Pages of accounts: what mailed links open."""
