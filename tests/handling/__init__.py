"""The one way to change a story."""
