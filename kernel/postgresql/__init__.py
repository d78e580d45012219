"""Django's PostgreSQL engine with one thing more: idle connections are looked at before they are used."""
