"""Runs a command that dies with its parent: `python tether.py PARENT SIGNAL command …`.

PR_SET_PDEATHSIG (prctl(2)) is set in the process that becomes the command, after every change of user or namespace
(which clear it), so that `kill -9` of the launcher leaves nothing behind. It fires when the parent's *thread* ends:
children are started from the launcher's main thread. Nothing of the project is imported, so this costs some 15 ms.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ties this process to PARENT (a pid; 0 skips the check) and becomes the command."""
    parent, signal_number, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if parent and os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


if __name__ == "__main__":
    main()
