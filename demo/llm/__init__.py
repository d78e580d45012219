"""Accord with a real language model on this machine: `make demo-llm`."""
