"""Development's post office: an SMTP server that keeps what it gets, and pages to read it."""
