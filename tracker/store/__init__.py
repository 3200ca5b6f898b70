"""The log: events are appended to a story's stream, never changed, and read in one order by whoever follows.

``log`` appends and reads; ``seals`` and ``chain`` are the stored format; ``order`` gives each event its position;
``loading`` is a story at a revision; ``followers`` move what is derived; ``requests`` remembers idempotency keys.
"""
