#!/bin/bash
# Run by the image's entrypoint when the data folder is empty, as the owner of the database.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -f /accord/application-role.sql
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v password="$(cat /run/secrets/database_app_password)" <<< "ALTER ROLE accord_app PASSWORD :'password';"
