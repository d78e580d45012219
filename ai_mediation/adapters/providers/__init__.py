"""The providers: each turns one `Call` into one `Completion`, or raises a `ProviderFailure` that says what kind it was."""
