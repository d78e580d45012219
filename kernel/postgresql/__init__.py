"""Django's PostgreSQL engine with one thing more: connections of the pool are looked at before they are used."""
