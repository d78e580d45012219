"""The assistant: answers one person's questions about Accord and about that person's own case, with references."""
