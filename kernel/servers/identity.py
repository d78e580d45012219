"""As whom PostgreSQL runs. It refuses to run as root, and root is what a container or a CI job usually is.

Ordinary user: plainly, or in a user namespace under another name when the user has no name here (initdb insists on one;
`docker run --user 4321` gives none). Root, in this order, the first that works:
1. in a user namespace where root goes by the name of an ordinary account (files stay root's);
2. as nobody with CAP_DAC_OVERRIDE, where namespaces are refused (Docker's default seccomp profile): the project may lie
   under a 0700 folder such as root's home, whose libraries plain nobody could not even load. The securebit keeps
   access(2), which asks with the real uid, in agreement with what open(2) would say;
3. as plain nobody, from a copy of the programs in a world-readable folder.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kernel.servers.binaries import PostgresPrograms
from kernel.servers.errors import LaunchError
from kernel.servers.processes import tethered

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
KEEP_ACCESS = ("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@dataclass(frozen=True)
class Identity:
    """How to run PostgreSQL's programs here, and who must own its files."""

    name: str
    programs: PostgresPrograms
    owner: int
    prefix: tuple[str, ...] = ()

    @property
    def needs_passage(self) -> bool:
        """Whether the folders above its files must let everybody pass (not read): plain nobody's way in."""
        return self.owner == NOBODY and not set(KEEP_ACCESS) <= set(self.prefix)

    def run(self, command: Sequence[str], *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a short-lived program to its end."""
        return subprocess.run(  # noqa: S603 - our own command lines
            [*self.prefix, *command],
            capture_output=True,
            text=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )

    def server(self, command: Sequence[str], *, death_signal: signal.Signals) -> list[str]:
        """The command line of a server that gets `death_signal` when we die."""
        if self.prefix[:1] == ("setpriv",):  # nobody may not be able to read our Python; setpriv sets the signal last
            return [*self.prefix, "--pdeathsig", death_signal.name.removeprefix("SIG"), *command]
        return [*self.prefix, *tethered(command, signal_number=death_signal)]

    def works(self) -> bool:
        try:
            return self.run([self.programs.postgres, "--version"], seconds=20).returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False

    def can_write(self, folder: Path) -> bool:
        """Whether PostgreSQL could keep its files in `folder`."""
        return self.run(["test", "-w", str(folder), "-a", "-x", str(folder)], seconds=20).returncode == 0

    def take(self, folder: Path) -> None:
        """Gives a folder with all that is in it to the owner, when it is somebody else's (only root can)."""
        if folder.stat().st_uid == self.owner:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner, self.owner, follow_symlinks=False)


def _namespace() -> tuple[str, ...]:
    """A user namespace in which we are an account that has a name: nobody, else whichever is not root's."""
    accounts = sorted(pwd.getpwall(), key=lambda account: (account.pw_uid != NOBODY, account.pw_uid))
    account = next((account for account in accounts if account.pw_uid != 0), None)
    uid, gid = (account.pw_uid, account.pw_gid) if account else (NOBODY, NOBODY)
    return ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def let_pass(folder: Path) -> None:
    folder.chmod(folder.stat().st_mode | 0o011)


def _world_readable_copy(programs: PostgresPrograms) -> PostgresPrograms:
    """The same programs in a folder of the system's temp folder that everybody may read and only root may write."""
    if not programs.packages:
        return programs
    key = hashlib.sha256(f"{programs.folder}{programs.folder.stat().st_mtime_ns}".encode()).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / f"accord-postgres-{key}"
    if not target.is_dir() or target.stat().st_uid != os.geteuid():
        fresh = Path(tempfile.mkdtemp(prefix="accord-postgres-"))
        for package in programs.packages:
            shutil.copytree(package, fresh / package.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))
        try:
            fresh.rename(target)
        except OSError:  # another start made it meanwhile, or a stranger's folder has the name
            if not target.is_dir() or target.stat().st_uid != os.geteuid():
                target = fresh
            else:
                shutil.rmtree(fresh)
    return replace(programs, folder=target / programs.folder.relative_to(programs.packages[0].parent), packages=())


def choose(programs: PostgresPrograms, folder: Path) -> Identity:
    """The first identity that works for data kept in `folder`; LaunchError names the way out when none does."""
    us = os.geteuid()
    if us != 0:
        nameless = Identity("user namespace", programs, us, _namespace())
        return nameless if not _has_name(us) and nameless.works() else Identity("ourselves", programs, us)
    ladder: tuple[Callable[[], Identity], ...] = (
        lambda: Identity("user namespace", programs, 0, _namespace()),
        lambda: Identity("nobody with access", programs, NOBODY, (*AS_NOBODY, *KEEP_ACCESS)),
        lambda: Identity("nobody", _world_readable_copy(programs), NOBODY, AS_NOBODY),
    )
    for step in ladder:
        identity = step()
        if not identity.works():
            continue
        before = folder.stat().st_uid
        identity.take(folder)
        if identity.needs_passage:
            let_pass(folder.parent)
        # Root without CAP_DAC_OVERRIDE could not look into a folder of nobody's.
        if identity.can_write(folder) and os.access(folder, os.W_OK | os.X_OK):
            return identity
        os.chown(folder, before, before)
    raise LaunchError(
        "PostgreSQL refuses to run as root, and this machine allows neither a user namespace nor a change to the user "
        "nobody: start Accord as an ordinary user, or set DATABASE_URL (and REDIS_URL) to servers of your own."
    )
