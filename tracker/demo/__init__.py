"""The demonstration: the founding story, told through the HTTP API to a running tracker.

``founding_story`` is the story; ``telling`` files it as reporters would; ``receiver`` is a subscriber's; ``running``
starts the house; ``showing`` prints what became of it.
"""
