"""Measurements: ratios of two programs in one run on one machine. `python -m bench [ID …]` writes bench/results.json."""
