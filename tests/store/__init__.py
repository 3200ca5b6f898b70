"""The log, its order and format, and what is kept beside it."""
