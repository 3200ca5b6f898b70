"""The web server and the processes, really started, stopped and killed."""
