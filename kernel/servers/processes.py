"""One child process: started tied to this one, logged to a file, stopped by its own signal."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kernel.servers.errors import LaunchError

TETHER = str(Path(__file__).with_name("tether.py"))
LAST_LINES = 15


def tethered(command: Sequence[str], *, signal_number: int, parent: int | None = None) -> list[str]:
    """The command line that runs `command` so that it gets `signal_number` when `parent` (default: we) dies."""
    pid = os.getpid() if parent is None else parent
    return [sys.executable, "-S", "-E", TETHER, str(pid), str(int(signal_number)), *command]


def start_time(pid: int) -> str | None:
    """When the process started, in clock ticks since boot (proc(5)); None when there is no such process.

    A pid with its start time names one process for good; a pid alone may be a stranger's by tomorrow.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]


@dataclass
class Child:
    """A process of ours. `command` is complete (see `tethered`); `stop_signal` asks it to end in order."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    pid_file: Path | None = None
    folder: Path | None = None
    inherited: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it in a session of its own: Ctrl-C reaches only us, and we end things in order."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment) or None,
                cwd=self.folder,
                start_new_session=True,
                pass_fds=self.inherited,
            )
        if self.pid_file is not None:
            self.pid_file.parent.mkdir(parents=True, exist_ok=True)
            whole = self.pid_file.with_suffix(".part")  # a reader sees a pid or no file, never half of one
            whole.write_text(f"{self.process.pid}\n", encoding="ascii")
            whole.replace(self.pid_file)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Sends the stop signal; SIGKILL goes to the whole session, since nobody is left to pass it on."""
        if self.process is None or self.process.poll() is not None:
            return
        if self.stop_signal == signal.SIGKILL:
            self.kill()
        else:
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """SIGKILL for the process and whatever it left in its session."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def wait_stopped(self, seconds: float) -> None:
        """Waits for the end; after `seconds` it is killed."""
        if self.process is not None:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                self.process.wait(10)
            self.kill()  # stragglers of its session
        if self.pid_file is not None:
            self.pid_file.unlink(missing_ok=True)

    def stop(self, seconds: float = 10) -> None:
        self.ask_to_stop()
        self.wait_stopped(seconds)

    def last_words(self) -> str:
        """The last lines of its log, for the person who has to find out why it ended."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"  {self.name} | {line}" for line in lines[-LAST_LINES:])

    def must_run(self) -> None:
        """LaunchError with its last lines, if it has ended."""
        if not self.is_running:
            code = self.process.returncode if self.process else "never started"
            raise LaunchError(f"{self.name} ended at once ({code}); its log is {self.log}.\n{self.last_words()}")


def wait_gone(pid: int, seconds: float) -> bool:
    """Whether the process ended within `seconds`."""
    deadline = time.monotonic() + seconds
    while start_time(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
