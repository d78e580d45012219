"""Pages of accounts: coming in and going, the profile, and what mailed links open."""
