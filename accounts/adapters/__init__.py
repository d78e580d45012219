"""Where accounts meets Django's own sign-in machinery."""
