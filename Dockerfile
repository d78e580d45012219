# syntax=docker/dockerfile:1
# Accord's one image: HTTP, sockets, worker, beat, relay and migrations differ by their command (docker-compose.yml).
# Debian, because the wheels need glibc.

FROM python:3.13-slim-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /opt/accord
ENV PATH=/opt/accord/bin:$PATH
COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes -r requirements/base.txt
COPY . .
# The settings want keys even to gather files; these are made for this one command and are in no layer that is kept.
RUN ACCORD_ENV=prod SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" JWT_SECRET_KEY=none ACCORD_MASTER_KEY=none python manage.py collectstatic --noinput
RUN python -m compileall -q -j 0 /app /opt/accord

FROM python:3.13-slim-bookworm
# What WeasyPrint loads at run time.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data accord \
    && install -d -m 0700 -o accord -g accord /data /data/checkpoints
COPY --from=build /opt/accord /opt/accord
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/accord/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ACCORD_ENV=prod ACCORD_DATA=/data
USER accord
VOLUME ["/data", "/data/checkpoints"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "8", "--no-ws", "config.wsgi:application"]
