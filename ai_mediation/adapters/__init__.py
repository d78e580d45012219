"""Everything that drafts: the gateway to drafting engines, and the engine that needs no network."""
