"""`make reset` (`python -m kernel.servers.reset`): stop what runs from the data folder and forget all that is in it.

Not a management command: Django's settings make missing keys in the folder they are told of, and this one may be foreign.
"""

import os
import signal
import sys

from kernel.servers.errors import LaunchError
from kernel.servers.folder import DataFolder, default_folder
from kernel.servers.processes import wait_gone
from kernel.servers.services import owner_of


def reset(folder: DataFolder) -> str:
    """What was done, in a line; LaunchError when the folder is not ours."""
    if not folder.path.exists():
        return f"There is nothing at {folder.path}."
    if folder.marker.exists() and (pid := owner_of(folder.path)) is not None:
        os.kill(pid, signal.SIGTERM)
        if not wait_gone(pid, 60):
            raise LaunchError(f"Process {pid} still runs from {folder.path}: end it first.")
    folder.forget()
    return f"Forgot {folder.path}."


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{reset(DataFolder(default_folder()))}\n")
    except (LaunchError, OSError) as problem:
        sys.exit(f"accord: {problem}")
