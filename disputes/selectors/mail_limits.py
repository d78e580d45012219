"""How often an address may be written to at a stranger's word."""

from kernel.errors import ThrottledError
from kernel.ratelimit import check

MAIL_RATE = "5/hour"


def may_mail_fresh_link(address: str) -> bool:
    """Counted for every address, known or not, and refused silently: nobody learns anything."""
    try:
        check("mail-fresh-link", address, MAIL_RATE)
    except ThrottledError:
        return False
    return True
