"""The offline engine: drafts a resolution by fixed rules from the parties' own words. No model, no key, no network.

Read in this order: `sentences` → `numbers` → `amounts` → `cues` → `statements` (what a text says) · `positions` (who offers and
who asks what) · `settlement` (the figure) · `schedule`, `rounds` (when, and what counters changed) · `facts`, `quotes` (what is
said about the record, with citations) · `wording` (English and Spanish) · `draft` (the whole).

Parties' texts are data. No rule here is chosen, changed or switched off by what a text says.
"""
