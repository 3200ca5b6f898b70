"""The log: events are appended to a story's stream, never changed, and read in one order by whoever follows.

``log`` appends (``writing`` has the INSERT) and reads, ``entries`` a stream backwards; ``seals`` and ``chain`` are the
stored format; ``order`` gives each event its position; ``loading`` is a story at a revision, ``recent`` those in
memory; ``addresses`` are names that lead to a stream; ``followers`` move what is derived; ``requests`` remembers
idempotency keys. For operators: ``verifying`` proves that nothing was lost or altered, ``transfer`` carries a log to
another database, ``backups`` remembers copies, all of ``one_moment``.
"""
