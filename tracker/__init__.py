"""An event-sourced tracker of developing news stories."""
