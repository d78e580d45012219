"""`make demo`: real cases, played by HTTP clients against a running server."""
