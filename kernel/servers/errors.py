"""What the launcher says in one line instead of a trace."""


class LaunchError(Exception):
    """Something the person at the terminal has to put right; the message is one line and says what to do."""
