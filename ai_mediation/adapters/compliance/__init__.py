"""Reading a text against a policy, by rules alone: no network, no model, the same findings for the same text every time."""
