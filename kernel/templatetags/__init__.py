"""Tags of every app's pages."""
