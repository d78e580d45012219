"""Playing the demo against a live stack: what both kinds of tests need of it."""

import subprocess
import sys
from pathlib import Path

from kernel.testing.live import LiveStack
from kernel.testing.template import ROOT

# The demo writes into its own `out`; another home leaves the working tree as it is.
PLAYER = "import sys, demo.__main__ as m; from pathlib import Path; m.HERE = Path(sys.argv[1]); sys.exit(m.main(sys.argv[2:]))"


def player(stack: LiveStack, home: Path, *cases: str) -> list[str]:
    """The command line that plays `cases` and leaves the PDFs in `home`/out."""
    folders = [str(ROOT / "demo" / "cases" / case) for case in cases]
    return [sys.executable, "-u", "-c", PLAYER, str(home), stack.base_url, *folders]


def manage(stack: LiveStack, command: str) -> "subprocess.CompletedProcess[str]":
    """A command of ours against the stack's servers."""
    return subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=180,
    )


def load_templates(stack: LiveStack) -> None:
    """What `make run` does beside the demo people."""
    done = manage(stack, "loadtemplates")
    assert done.returncode == 0, done.stderr


def last_words(stack: LiveStack) -> str:
    """What the processes wrote last; their logs are gone with the test."""
    logs = sorted((stack.data / "logs").glob("*.log"))
    return "\n".join(f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}" for log in logs)
