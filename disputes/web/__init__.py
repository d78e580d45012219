"""Pages of disputes: the way in by invitation, a case to read, the staff's desk, the start page."""
