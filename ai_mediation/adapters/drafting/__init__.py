"""The drafter: a published template filled with somebody's inputs, and how good the result is, by named checks."""
