"""What manage.py does before Django reads its settings: see that the command finds its servers."""

import contextlib
import os
import sys
from collections.abc import Iterator

from kernel.servers.errors import LaunchError
from kernel.servers.folder import default_folder
from kernel.servers.launcher import Launch
from kernel.servers.services import ensure

# These neither read nor write the database.
WITHOUT_SERVERS = {
    *("help", "version", "check", "collectstatic", "compilemessages", "makemessages", "diffsettings", "findstatic"),
    *("startapp", "startproject", "makemigrations", "spectacular", "generateschema"),
}

_launch: Launch | None = None


def current_launch() -> Launch:
    """The launch that manage.py began for this process."""
    if _launch is None:
        raise LaunchError("Use `make run` or `python manage.py launch`: the launcher begins before Django's settings.")
    return _launch


@contextlib.contextmanager
def with_servers(arguments: list[str]) -> Iterator[None]:
    """Servers for one `manage.py` command: those of the environment, those that run, else our own until it ends."""
    command = arguments[1] if len(arguments) > 1 else "help"
    wants_help = command.startswith("-") or "--help" in arguments or "-h" in arguments
    if wants_help or command in WITHOUT_SERVERS or os.environ.get("ACCORD_ENV") == "prod":
        yield
        return
    try:
        with _begun() if command == "launch" else _lent():
            yield
    except LaunchError as error:
        print(f"accord: {error}", file=sys.stderr)  # noqa: T201 - one line instead of a trace
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@contextlib.contextmanager
def _begun() -> Iterator[None]:
    global _launch
    with Launch.begin() as _launch:
        yield


@contextlib.contextmanager
def _lent() -> Iterator[None]:
    with ensure(default_folder()) as services:
        os.environ |= services.environment
        yield
