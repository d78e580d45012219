"""The data folder (ACCORD_DATA): ours by its marker file, used by one starter at a time, forgotten by `reset`."""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernel.servers.errors import LaunchError

MARKER = ".accord-data"
FORMAT = 1
LONGEST_RUN_PATH = 80  # a socket's whole path may have 107 characters (unix(7))


def default_folder() -> Path:
    """ACCORD_DATA, else .accord/ in the project."""
    named = os.environ.get("ACCORD_DATA")
    return (Path(named) if named else Path(__file__).resolve().parents[2] / ".accord").absolute()


def _person(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


@dataclass(frozen=True)
class DataFolder:
    """One data folder. Nothing is written before `claim` has said that it is ours."""

    path: Path

    @property
    def marker(self) -> Path:
        return self.path / MARKER

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def services_file(self) -> Path:
        return self.run / "services.json"

    @property
    def sockets(self) -> Path:
        """Where sockets lie: `run`, or a folder of our own in the temp folder when that path is too long."""
        if len(str(self.run)) <= LONGEST_RUN_PATH:
            return self.run
        key = hashlib.sha256(str(self.path).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"accord-{os.geteuid()}-{key}"

    def claim(self) -> None:
        """Makes the folder with its marker, or checks that the one there is ours; LaunchError if it is not."""
        try:
            if self.path.exists() and not self.path.is_dir():
                raise LaunchError(f"{self.path} is not a folder: set ACCORD_DATA to a folder that Accord may fill.")
            if self.path.is_dir():
                self._check_ours()
            self.path.mkdir(parents=True, exist_ok=True)
            if not self.marker.exists():
                self.path.chmod(0o700)
                self.marker.write_text(json.dumps({"format": FORMAT, "of": "accord"}) + "\n", encoding="ascii")
            self.run.mkdir(exist_ok=True, mode=0o700)
            self.logs.mkdir(exist_ok=True, mode=0o700)
            self._make_sockets_folder()
        except OSError as error:
            raise LaunchError(
                f"The data folder {self.path} cannot be used ({error.strerror}): "
                "set ACCORD_DATA to a folder of your own."
            ) from error

    def _check_ours(self) -> None:
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise LaunchError(
                f"The data folder {self.path} belongs to {_person(owner)}, and this is {_person(os.geteuid())}: "
                "start as that user, or set ACCORD_DATA to another folder."
            )
        # Settings make the keys' folder and its neighbours before a first launch; anything else is somebody's.
        expected = {"run", "logs", "secrets", "media", "static", "metrics", "mail", "cache", "uv-cache", MARKER}
        if not self.marker.exists() and (strangers := {path.name for path in self.path.iterdir()} - expected):
            raise LaunchError(
                f"The folder {self.path} holds other things ({', '.join(sorted(strangers)[:3])}) and no {MARKER}: "
                "it is not a data folder of Accord. Set ACCORD_DATA to an empty or new folder."
            )
        if self.marker.exists():
            try:
                found = json.loads(self.marker.read_text(encoding="ascii")).get("format")
            except (ValueError, AttributeError):
                found = "unreadable"
            if found != FORMAT:
                raise LaunchError(
                    f"The data folder {self.path} has format {found}, this Accord needs {FORMAT}: "
                    "set ACCORD_DATA to another folder."
                )

    def _make_sockets_folder(self) -> None:
        folder = self.sockets
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o066:
            if folder == self.run:
                folder.chmod(0o700)
                return
            raise LaunchError(f"{folder} belongs to somebody else: set ACCORD_DATA to a shorter path.")

    @contextlib.contextmanager
    def lock(self, *, wait_seconds: float, busy: str) -> Iterator[None]:
        """Holds the folder alone for the block, as whoever starts or stops servers must; LaunchError(busy) if taken."""
        descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise LaunchError(busy) from None
                    time.sleep(0.1)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def guest(self) -> Iterator[None]:
        """While the block runs, a command that lent its servers to us waits for us before it stops them."""
        descriptor = os.open(self.run / "guests", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    def wait_for_guests(self) -> None:
        """Returns when no other command uses our servers any more."""
        descriptor = os.open(self.run / "guests", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)

    def forget(self) -> None:
        """Removes the folder with all that is in it; LaunchError unless it carries our marker."""
        if not self.path.exists():
            return
        if not self.marker.exists():
            raise LaunchError(f"{self.path} carries no {MARKER}, so it is not ours to remove: remove it yourself.")
        self._check_ours()
        sockets = self.sockets
        shutil.rmtree(self.path)
        if sockets.exists() and sockets.lstat().st_uid == os.geteuid():
            shutil.rmtree(sockets)
