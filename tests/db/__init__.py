"""The two databases: their tables, their limits and their refusals."""
