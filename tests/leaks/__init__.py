"""Nobody reads what he may not."""
